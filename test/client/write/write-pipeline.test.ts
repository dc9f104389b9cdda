// Tests the write pipeline with test/scenarios/pipeline-*.txt: runs the commands and compares the trace.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AppendPoint } from '../../../client/write/pipeline-events.ts';
import type { WritePipelineOptions } from '../../../client/write/pipeline-options.ts';
import { appendPoint, PipelineScenario } from './pipeline-scenario.ts';

/*
 * Each file of test/scenarios/pipeline-*.txt has commands, `----`, and the effects that the commands must have.
 * UPDATE_SCENARIOS=1 rewrites the expected effects.
 */
const DIR = path.join(import.meta.dirname, '../../scenarios');

function play(text: string): string {
  let scenario = new PipelineScenario();
  const played = text
    .trimEnd()
    .split('\n\n')
    .map((part) => {
      const [commands = ''] = part.split('\n----');
      const trace: string[] = [];
      for (const line of commands.split('\n')) {
        if (line.startsWith('#') || line === '') continue;
        if (line.startsWith('writer ')) scenario = new PipelineScenario(optionsOf(line));
        else trace.push(...scenario.run(line));
      }
      return trace.length > 0 ? `${commands}\n----\n${trace.join('\n')}` : commands;
    });
  return `${played.join('\n\n')}\n`;
}

function optionsOf(line: string): Partial<WritePipelineOptions> {
  const words = Object.fromEntries(
    line
      .split(' ')
      .slice(1)
      .map((word) => word.split('=') as [string, string]),
  );
  return {
    ...(words.replication ? { replication: Number(words.replication) } : {}),
    ...(words.window ? { packetsInFlightMax: Number(words.window) } : {}),
    ...(words.local ? { isLocal: (n) => words.local === 'true' || words.local === n.id.hostName } : {}),
    ...(words.append ? { append: appendPoint(Number(words.append), words.nodes) } : {}),
    ...(words.newBlockAfter ? { append: newBlockPoint(Number(words.newBlockAfter)) } : {}),
    ...(words.ackTimeout ? { ackTimeoutMs: (nodes) => Number(words.ackTimeout) + 5000 * nodes } : {}),
    ...(words.slowNodeThreshold ? { slowNodeThreshold: Number(words.slowNodeThreshold) } : {}),
    replaceDatanode: {
      policy: (words.policy ?? 'DEFAULT') as 'DEFAULT',
      bestEffort: words.bestEffort === 'true',
      nodesMin: Number(words.nodesMin ?? 0),
    },
  };
}

function newBlockPoint(numBytes: number): AppendPoint {
  const previous = { poolId: 'BP', blockId: 1, generationStamp: 1001, numBytes };
  return { kind: 'newBlock', previous };
}

describe('HDFS design: replication pipelining', () => {
  const files = fs.readdirSync(DIR).filter((f) => f.startsWith('pipeline-') && f.endsWith('.txt'));
  it.each(files)('%s', (file) => {
    const name = path.join(DIR, file);
    const text = fs.readFileSync(name, 'utf8');
    const played = play(text);
    if (process.env.UPDATE_SCENARIOS) fs.writeFileSync(name, played);
    else expect(played).toBe(text);
  });
});

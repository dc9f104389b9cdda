// Tests a writer's calls to the NameNode.
import { describe, expect, it } from 'vitest';
import type { DfsClient } from '../../../client/dfs/dfs-client.ts';
import { StepTeller } from '../../../client/dfs/explain.ts';
import { WriterCalls } from '../../../client/write/writer-calls.ts';
import { eventually } from '../../support/until.ts';

describe('calls of a writer to the NameNode', () => {
  // fsync sends the length of the file's last block, so no other block may become the last one meanwhile.
  it('complete waits for the answer of every fsync under way', async () => {
    const sent: { name: string; answer: (value: unknown) => void }[] = [];
    const callForWriter = ({ name }: { name: string }) =>
      new Promise((answer) => {
        sent.push({ name, answer });
      });
    const client = { clientName: 'DFSClient_1', callForWriter } as unknown as DfsClient;
    const calls = new WriterCalls(client, { path: '/f', fileId: 1 }, new StepTeller('write', undefined));
    const fsyncs = [calls.fsync(10), calls.fsync(20)];
    sent[0]?.answer({});
    await fsyncs[0];
    const completing = calls.perform({ kind: 'complete', last: undefined });
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent.map((call) => call.name)).toEqual(['fsync', 'fsync']);
    sent[1]?.answer({});
    await fsyncs[1];
    await eventually(() => expect(sent.map((call) => call.name)).toEqual(['fsync', 'fsync', 'complete']));
    sent[2]?.answer({ result: true });
    expect(await completing).toEqual({ kind: 'completed', done: true });
  });
});

// --engine inline: a debugger stops in the job's TypeScript file, and process.exit() does not end the client.
import fs from 'node:fs';
import inspector from 'node:inspector';
import { SourceMap } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { job } from '../../../mapreduce/api/api.ts';
import { runJobFile } from '../../../mapreduce/engines/job-client.ts';
import { runJob } from '../../../mapreduce/engines/run-job.ts';
import { localConf, readParts, recordConsole, writeBelow } from '../helpers.ts';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-inline-'));
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

// As a debugger does: it reads the source map of each script, and sets the breakpoint at the generated place.
it('a breakpoint in the job’s TypeScript file is hit by each record', async () => {
  const file = writeBelow(
    directory,
    'job.ts',
    `import { job } from 'calf';
type Line = string;
export default job<string, number>({
  map(line: Line, { emit }) {
    emit(line, line.length);
  },
});`,
  );
  const breakpoint = { url: pathToFileURL(file).href, line: 4 };
  writeBelow(directory, 'in/lines', 'one\nthree\n');
  const session = new inspector.Session();
  session.connect();
  const seen: string[] = [];
  Object.assign(globalThis, { seenAtBreakpoint: seen });
  try {
    session.on('Debugger.scriptParsed', ({ params: { scriptId, url, sourceMapURL } }) => {
      if (!url.endsWith('/job.mjs')) return;
      const place = generatedPlace(sourceMapURL ?? '', breakpoint);
      // A thread that stopped here could not go on: the condition notes the variable, and is false.
      const condition = 'globalThis.seenAtBreakpoint.push(line), false';
      if (place) session.post('Debugger.setBreakpoint', { location: { scriptId, ...place }, condition });
    });
    session.post('Debugger.enable');
    const { err, io } = recordConsole();
    const args = [path.join(directory, 'in'), path.join(directory, 'out')];
    const status = await runJobFile({ file, conf: localConf(directory, 1), args, ...io });
    expect(status, err.join('\n')).toBe(0);
  } finally {
    session.disconnect();
    Reflect.deleteProperty(globalThis, 'seenAtBreakpoint');
  }
  expect(seen).toEqual(['one', 'three']);
  expect(readParts(path.join(directory, 'out'))).toEqual({ 'part-r-00000': ['one\t3', 'three\t5'] });
});

/** Returns the first place in a script that its source map takes to a line, counted from 0, of a source. */
function generatedPlace(sourceMapUrl: string, { url, line }: { url: string; line: number }) {
  const [, base64] = /^data:application\/json;base64,(.*)$/.exec(sourceMapUrl) ?? [];
  if (base64 === undefined) return undefined;
  const payload = JSON.parse(Buffer.from(base64, 'base64').toString());
  const map = new SourceMap(payload);
  for (let lineNumber = 0; lineNumber < payload.mappings.split(';').length; lineNumber++) {
    for (let columnNumber = 0; columnNumber < 20; columnNumber++) {
      const entry = map.findEntry(lineNumber, columnNumber);
      if (!('originalLine' in entry) || entry.originalLine !== line) continue;
      const source = new URL(entry.originalSource, payload.sourceRoot).href;
      if (source === url && entry.generatedLine === lineNumber) return { lineNumber, columnNumber };
    }
  }
  return undefined;
}

// YARN tells of an attempt whose process has ended; here the process is the client's own.
it.each([
  ['in a map', () => process.exit(3)],
  [
    'whose error is caught',
    () => {
      try {
        process.exit(3);
      } catch {
        return;
      }
    },
  ],
  ['in a timer', () => void setTimeout(() => process.exit(3), 1)],
])('process.exit() %s fails the attempt, and the job says so', async (_where, map) => {
  const exit = process.exit;
  const failing = job<string, number>({ map, reducers: 0 });
  const conf = { 'mapreduce.map.maxattempts': 1 };
  const running = runJob(failing, { inputs: [{ content: 'line\n' }], conf });
  await expect(running).rejects.toThrow(
    /process\.exit\(3\) was called in attempt_local\d+_0001_m_000000_0: a function of a job throws an error to fail/,
  );
  expect(process.exit).toBe(exit);
});

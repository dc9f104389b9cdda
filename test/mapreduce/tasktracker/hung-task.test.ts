// A map call that computes for longer than mapreduce.task.timeout is at work; one that waits for ever hangs (real processes).
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { runJobFile } from '../../../mapreduce/engines/job-client.ts';
import { prepareTaskChild, readParts, recordConsole } from '../helpers.ts';
import { Trackers, trackerConf, writeFile } from '../trackers.ts';

let directory: string;
let remove: () => void;
let trackers: Trackers;

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
});
afterAll(() => remove());
afterEach(() => trackers.stop());

/** Runs a job whose map calls `body`, with a time limit of two seconds. */
async function run(name: string, body: string): Promise<{ status: number; err: string; output: string }> {
  trackers = await Trackers.start(trackerConf(directory), 1);
  const conf = trackers.conf.set('mapreduce.task.timeout', 2000).set('mapreduce.map.maxattempts', 1);
  const file = writeFile(
    directory,
    `${name}.ts`,
    `import { job } from 'calf';
     export default job<string, number>({ reducers: 0, async map(line, { emit }) { ${body} emit(line, 1); } });`,
  );
  writeFile(directory, `in-${name}/a.txt`, 'x\n');
  const output = path.join(directory, `out-${name}`);
  const { err, io } = recordConsole();
  const status = await runJobFile({ file, conf, args: [path.join(directory, `in-${name}`), output], ...io });
  return { status, err: err.join('\n'), output };
}

it('a call that computes for three times the limit is left alone', async () => {
  const { status, output } = await run(
    'busy',
    'const end = performance.now() + 6000; while (performance.now() < end);',
  );
  expect(status).toBe(0);
  expect(readParts(output)).toEqual({ 'part-m-00000': ['x\t1'] });
});

it('a call that waits for ever is killed', async () => {
  const { status, err } = await run('waiting', 'await new Promise(() => undefined);');
  expect(status).toBe(1);
  expect(err).toMatch(/attempt_\w+_m_000000_0 failed to report status for 2 seconds\. Killing!/);
});

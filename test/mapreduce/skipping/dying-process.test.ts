// A bad record that ends the process of its task: the TaskTracker was told of the record before the process ended.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runJobFile } from '../../../mapreduce/engines/job-client.ts';
import { localConf, prepareTaskChild, readParts, recordConsole, writeBelow } from '../helpers.ts';

let directory: string;
let remove: () => void;
beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
});
afterAll(() => remove());

it('is skipped alone', async () => {
  writeBelow(directory, 'in/a.txt', 'a\nb\nbad\nc\n');
  const file = writeBelow(
    directory,
    'job.mjs',
    `import { job } from 'calf';
     export default job({ map(line, { emit }) { if (line === 'bad') process.kill(process.pid, 'SIGKILL'); emit(line, 1); }, reducers: 0 });`,
  );
  const { err, io } = recordConsole();
  const conf = localConf(directory, 2).set('mapreduce.map.skip.maxrecords', 1);
  const output = path.join(directory, 'out');
  expect(await runJobFile({ file, conf, args: [path.join(directory, 'in'), output], ...io })).toBe(0);
  expect(readParts(output)).toEqual({ 'part-m-00000': ['a\t1', 'b\t1', 'c\t1'] });
  expect(err.join('\n')).toContain('Map skipped records=1\n');
  expect(fs.readdirSync(path.join(output, '_logs', 'skip'))).toHaveLength(1);
});

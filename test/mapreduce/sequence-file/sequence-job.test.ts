// Jobs that write and read SequenceFiles, through the formats of the job API and a bundle.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runJobFile } from '../../../mapreduce/engines/job-client.ts';
import { localConf, readParts, recordConsole } from '../helpers.ts';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-sequence-'));
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

const JOBS = {
  write: `import { job, sequenceFileOutput } from 'calf';
    export default job({
      map(line, { emit }) { for (const word of line.split(' ')) emit(word, 1); },
      reduce(word, ones, { emit }) { let n = 0; for (const one of ones) n += one; emit(word, n); },
      output: sequenceFileOutput({ value: 'IntWritable' }),
    });`,
  read: `import { job, sequenceFileInput } from 'calf';
    export default job({
      input: sequenceFileInput(),
      map(count, { key, emit }) { emit(key, count * 10); },
    });`,
};

async function run(
  name: keyof typeof JOBS,
  args: readonly string[],
  properties: Readonly<Record<string, string>> = {},
) {
  const file = path.join(directory, `${name}.mjs`);
  fs.writeFileSync(file, JOBS[name]);
  const { err, io } = recordConsole();
  const conf = localConf(directory, 1).set('mapreduce.map.maxattempts', 1).set('mapreduce.reduce.maxattempts', 1);
  for (const [property, value] of Object.entries(properties)) conf.set(property, value);
  expect(await runJobFile({ file, conf, args, ...io }), err.join('\n')).toBe(0);
}

it.each(['NONE', 'BLOCK'])('a job writes and another one reads, compression %s', async (type) => {
  const input = path.join(directory, 'in.txt');
  fs.writeFileSync(input, 'b a\na c\n'.repeat(10));
  const middle = path.join(directory, `middle-${type}`);
  const out = path.join(directory, `out-${type}`);
  await run('write', [input, middle], {
    'mapreduce.output.fileoutputformat.compress': String(type !== 'NONE'),
    'mapreduce.output.fileoutputformat.compress.type': type,
    'mapreduce.output.fileoutputformat.compress.codec': 'bzip2',
  });
  const bytes = fs.readFileSync(path.join(middle, 'part-r-00000'));
  expect(bytes.toString('latin1', 0, 5)).toBe('SEQ\u0006\u0019');
  expect(bytes.includes('org.apache.hadoop.io.Text org.apache.hadoop.io.IntWritable')).toBe(true);
  expect(bytes.includes('org.apache.hadoop.io.compress.BZip2Codec')).toBe(type !== 'NONE');
  await run('read', [middle, out]);
  expect(readParts(out)['part-r-00000']).toEqual(['a\t200', 'b\t100', 'c\t100']);
});

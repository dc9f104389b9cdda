// Many small files share splits if the job has reduces; other jobs have a split for each file, as in Hadoop.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { bytesInput, combineInput, nLineInput, textInput, wholeFileInput } from '../../../mapreduce/api/api.ts';
import { runJobFile } from '../../../mapreduce/engines/job-client.ts';
import { FileSystems } from '../../../mapreduce/files/file-systems.ts';
import type { InputFormat } from '../../../mapreduce/formats/format.ts';
import { jobConfiguration } from '../../../mapreduce/job/job-configuration.ts';
import { findSplits } from '../../../mapreduce/submit/input-splits.ts';
import { localConf, readParts, recordConsole } from '../helpers.ts';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-small-'));
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));
fs.mkdirSync(path.join(directory, 'in'));
for (let i = 0; i < 100; i++) fs.writeFileSync(path.join(directory, 'in', `f${i}`), `${i}\nx\n`);

async function splits(
  format: InputFormat<number, unknown> | InputFormat<string, unknown>,
  mayCombine: boolean,
  properties: Record<string, string> = {},
): Promise<number> {
  const conf = new Configuration(properties);
  await using fileSystems = new FileSystems(conf);
  const sizes = { minBytes: 0, maxBytes: conf.get('mapreduce.input.fileinputformat.split.maxsize') };
  const found = await findSplits(
    format,
    [path.join(directory, 'in')],
    fileSystems,
    jobConfiguration(conf),
    sizes,
    mayCombine,
  );
  return found.splits.length;
}

it('combines small files from the limit on, and not for a format that does not say so', async () => {
  expect(await splits(textInput(), true)).toBe(1);
  expect(await splits(bytesInput(), false)).toBe(100);
  expect(await splits(wholeFileInput(), true)).toBe(100);
  expect(await splits(textInput(), true, { 'calf.input.combine.min-files': '101' })).toBe(100);
  expect(await splits(textInput(), true, { 'calf.input.combine.min-files': '0' })).toBe(100);
});

it('combines for combineInput() always, up to split.maxsize', async () => {
  expect(await splits(combineInput(wholeFileInput()), false)).toBe(1);
  const maxsize = { 'mapreduce.input.fileinputformat.split.maxsize': '100' };
  expect(await splits(combineInput(textInput()), false, maxsize)).toBe(5);
  const perNode = { ...maxsize, 'mapreduce.input.fileinputformat.split.minsize.per.node': '101' };
  await expect(splits(combineInput(textInput()), false, perNode)).rejects.toThrow(
    'Minimum split size per node 101 cannot be larger than maximum split size 100',
  );
  expect(() => combineInput(nLineInput())).toThrow('the format makes its splits itself');
});

it('gives map() the path of each record, and refuses it where there is no one file', async () => {
  const run = async (name: string, body: string): Promise<{ log: string; out: string }> => {
    const file = path.join(directory, `${name}.ts`);
    fs.writeFileSync(
      file,
      `import { job, sum } from 'calf'; export default job<string, number>({ ${body}, reduce: sum });`,
    );
    const out = path.join(directory, `${name}-out`);
    const { err, io } = recordConsole();
    const conf = localConf(directory, 1).set('mapreduce.map.maxattempts', 1);
    await runJobFile({ file, conf, args: [path.join(directory, 'in'), out], ...io });
    return { log: err.join('\n'), out };
  };
  const map = "map(line, { emit, path }) { if (line !== 'x' && path.endsWith('/f' + line)) emit('right', 1); }";
  const { log, out } = await run('paths', map);
  expect(log).toContain('number of splits:1');
  expect(readParts(out)['part-r-00000']).toEqual(['right\t100']);
  const wrong = await run('setup', `${map}, setup(context) { if (context.phase === 'map') context.path; }`);
  expect(wrong.log).toContain('This map reads 100 files, so that context.path is the file of a record');
});

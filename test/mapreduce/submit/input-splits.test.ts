// The input of a job is found from its paths and patterns, and is cut into splits.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { FileSystems } from '../../../mapreduce/files/file-systems.ts';
import type { InputFormat } from '../../../mapreduce/formats/format.ts';
import { nLineInput } from '../../../mapreduce/formats/n-line-input.ts';
import { textInput } from '../../../mapreduce/formats/text-input.ts';
import { jobConfiguration } from '../../../mapreduce/job/job-configuration.ts';
import type { SplitSizes } from '../../../mapreduce/job/splits.ts';
import { inputPathsOf } from '../../../mapreduce/submit/input-paths.ts';
import { findSplits } from '../../../mapreduce/submit/input-splits.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-input-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));
const sizes = { minBytes: 0, maxBytes: Number.MAX_SAFE_INTEGER };

function write(name: string, text: string): void {
  const file = path.join(root, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}

async function find(
  inputs: readonly string[],
  properties: Record<string, string> = {},
  format: InputFormat<number, string> = textInput(),
  limits: SplitSizes = sizes,
) {
  const conf = new Configuration(properties);
  await using fileSystems = new FileSystems(conf);
  const found = await findSplits(
    format,
    inputs.map((i) => path.join(root, i)),
    fileSystems,
    jobConfiguration(conf),
    limits,
  );
  return found.splits.map((s) => (s.kind === 'file' ? path.relative(root, s.path) : ''));
}

describe('findSplits', () => {
  it('takes files, directories and globs, and skips hidden files', async () => {
    for (const name of ['d/a', 'd/b', 'd/_logs', 'd/.x', 'e/c1', 'e/c2']) write(name, 'x');
    expect((await find(['d', 'e/c[12]', 'e/c1'])).sort()).toEqual(['d/a', 'd/b', 'e/c1', 'e/c1', 'e/c2']);
  });

  it('names every path that does not exist, and patterns that match nothing', async () => {
    write('d/a', 'x');
    await expect(find(['none', 'd', 'no*'])).rejects.toThrow(
      `Input path does not exist: file:${root}/none\nInput Pattern file:${root}/no* matches 0 files`,
    );
    await expect(find([])).rejects.toThrow('No input paths specified in job');
  });

  it('goes into directories within directories only when it is told to', async () => {
    write('deep/in/a', 'x');
    await expect(find(['deep'])).rejects.toThrow(`Not a file: file:${root}/deep/in`);
    expect(await find(['deep'], { 'mapreduce.input.fileinputformat.input.dir.recursive': 'true' })).toEqual([
      'deep/in/a',
    ]);
  });

  // FileInputFormat.hiddenFileFilter also holds for the path itself: Globber.doGlob returns null for it.
  it('never takes hidden files, whether a pattern or a path names them', async () => {
    for (const name of ['ind/a', 'ind/_SUCCESS', 'ind/.hide', '_d/a', 'only/_x']) write(name, 'x');
    expect(await find(['ind/*', 'in[d]'])).toEqual(['ind/a', 'ind/a']);
    await expect(find(['ind/_SUCCESS'])).rejects.toThrow(`Input path does not exist: file:${root}/ind/_SUCCESS`);
    await expect(find(['_d'])).rejects.toThrow(`Input path does not exist: file:${root}/_d`);
    await expect(find(['only/*'])).rejects.toThrow(`Input Pattern file:${root}/only/* matches 0 files`);
    expect(await find(['_d/a', 'only'])).toEqual(['_d/a']);
  });

  // FileInputFormat.getPathStrings.
  it('takes a list of paths with commas', async () => {
    for (const name of ['l/a', 'l/b', 'l/c,d']) write(name, 'x');
    expect((await find([`l/a,${root}/l/b`])).sort()).toEqual(['l/a', 'l/b']);
    expect((await find(['l/{a,b}'])).sort()).toEqual(['l/a', 'l/b']);
    expect(await find(['l/c\\,d'])).toEqual(['l/c,d']);
    await expect(find([`l/a,,${root}/l/b`])).rejects.toThrow('Can not create a Path from an empty string');
    expect(inputPathsOf('a,{b,{c,d}},e}f,g\\,h')).toEqual(['a', '{b,{c,d}}', 'e}f', 'g\\,h']);
    expect(inputPathsOf('a\\')).toEqual(['a\\']);
    expect(inputPathsOf('a\\\\')).toEqual(['a\\\\']);
  });

  it('leaves directories within directories out when it is told to', async () => {
    write('mixed/sub/a', 'x');
    write('mixed/b', 'x');
    const ignore = { 'mapreduce.input.fileinputformat.input.dir.nonrecursive.ignore.subdirs': 'true' };
    expect(await find(['mixed'], ignore)).toEqual(['mixed/b']);
    const both = { ...ignore, 'mapreduce.input.fileinputformat.input.dir.recursive': 'true' };
    expect((await find(['mixed'], both)).sort()).toEqual(['mixed/b', 'mixed/sub/a']);
  });

  it('makes one split of a compressed file, unless its format takes the bytes as they are', async () => {
    write('big.gz', 'x'.repeat(100));
    write('big.txt', 'x'.repeat(100));
    const small = { minBytes: 0, maxBytes: 10 };
    expect(await find(['big.gz'], {}, textInput(), small)).toEqual(['big.gz']);
    expect(await find(['big.txt'], {}, textInput(), small)).toHaveLength(10);
    expect(await find(['big.gz'], {}, { ...textInput(), compression: 'kept' }, small)).toHaveLength(10);
  });

  it('refuses compressed files that would be read as if they were text', async () => {
    for (const name of ['z/a.lzo', 'z/c.gz', 'z/d.txt']) write(name, 'x');
    await expect(find(['z'])).rejects.toThrow(
      `Input file file:${root}/z/a.lzo: Calf has no LzopCodec. Decompress it first: ` +
        `hdfs dfs -cat file:${root}/z/a.lzo | lzop -dc | hdfs dfs -put - file:${root}/z/a`,
    );
    await expect(find(['z/c.gz'], {}, nLineInput())).rejects.toThrow(
      `Input file file:${root}/z/c.gz: the job's input format can't split a compressed file.`,
    );
    expect(await find(['z'], {}, { ...textInput(), compression: 'kept' })).toHaveLength(3);
  });

  it('nLineInput gives each map its number of lines, whatever they are', async () => {
    const line = fc.constantFrom('', 'a', 'bcd', 'é');
    const end = fc.constantFrom('\n', '\r\n');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(line, end), { maxLength: 20 }),
        fc.integer({ min: 1, max: 5 }),
        async (lines, n) => {
          const bytes = Buffer.from(lines.map((l) => l.join('')).join(''));
          write('lines', bytes.toString());
          const conf = new Configuration();
          await using fileSystems = new FileSystems(conf);
          const format = nLineInput({ lines: n });
          const { splits } = await findSplits(
            format,
            [path.join(root, 'lines')],
            fileSystems,
            jobConfiguration(conf),
            sizes,
          );
          const read = splits
            .filter((split) => split.kind === 'file')
            .toSorted((a, b) => a.start - b.start)
            .map((split) => {
              const reader = format.createReader(split, jobConfiguration(conf));
              reader.feed(bytes.subarray(split.start));
              reader.end();
              const found: string[] = [];
              while (reader.next()) found.push(reader.value);
              return found;
            });
          expect(read.flat()).toEqual(lines.map(([l]) => l));
          for (const part of read.slice(0, -1)) expect(part).toHaveLength(n);
        },
      ),
      { numRuns: 50 },
    );
  });
});

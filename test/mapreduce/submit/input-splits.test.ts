// The input of a job is found from its paths and patterns, and is cut into splits.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { FileSystems } from '../../../mapreduce/files/file-systems.ts';
import { nLineInput } from '../../../mapreduce/formats/n-line-input.ts';
import { textInput } from '../../../mapreduce/formats/text-input.ts';
import { jobConfiguration } from '../../../mapreduce/job/job-configuration.ts';
import { findSplits } from '../../../mapreduce/submit/input-splits.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-input-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));
const sizes = { minBytes: 0, maxBytes: Number.MAX_SAFE_INTEGER };

function write(name: string, text: string): void {
  const file = path.join(root, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
}

async function find(inputs: readonly string[], properties: Record<string, string> = {}, format = textInput()) {
  const conf = new Configuration(properties);
  await using fileSystems = new FileSystems(conf);
  const found = await findSplits(
    format,
    inputs.map((i) => path.join(root, i)),
    fileSystems,
    jobConfiguration(conf),
    sizes,
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

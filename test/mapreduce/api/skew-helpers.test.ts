// The cures of skew: ranges by sampling, and salting. The programs of docs/skew.md are run as they are printed.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { salting } from '../../../mapreduce/api/api.ts';
import { compareKeys } from '../../../mapreduce/api/order-of-keys.ts';
import { chooseBorders, rangePartitioner } from '../../../mapreduce/api/range-partitioner.ts';
import { runJobFile } from '../../../mapreduce/engines/job-client.ts';
import { localConf, readParts, recordConsole, writeBelow } from '../helpers.ts';

const PAGE = path.resolve(import.meta.dirname, '../../../docs/skew.md');

let dir: string;
beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-skew-helpers-'));
});
afterAll(() => fs.rmSync(dir, { recursive: true }));

/** Saves a program of the page below `dir`. Returns its path. */
function programOf(name: string): string {
  const page = fs.readFileSync(PAGE, 'utf8');
  const [, text = ''] = new RegExp(`^\`\`\`ts file=${name}\\n(.*?)^\`\`\``, 'ms').exec(page) ?? [];
  return writeBelow(dir, name, text);
}

async function runProgram(name: string, args: readonly string[]): Promise<void> {
  const console = recordConsole();
  const status = await runJobFile({ file: programOf(name), conf: localConf(dir, 1), args, ...console.io });
  expect([status, console.err.filter((line) => /Error:|Exception/.test(line))]).toEqual([0, []]);
}

describe('ranges', () => {
  it('sort lines over all part files, in shares of about the same size', async () => {
    const words = Array.from({ length: 2000 }, (_, i) => `word ${(i * 7919) % 2000}`);
    const input = writeBelow(dir, 'words.txt', `${words.join('\n')}\n`);
    await runProgram('sort-lines.ts', [input, path.join(dir, 'sorted'), '4']);
    const parts = Object.values(readParts(path.join(dir, 'sorted')));
    expect(parts.flat()).toEqual(words.toSorted());
    const sizes = parts.map((lines) => lines.length);
    expect([sizes.length, Math.max(...sizes) < 2 * 500]).toEqual([4, true]);
  });

  it('leave out a border whose key fills a whole range', () => {
    expect(chooseBorders([1, 2, 3, 4, 5, 6, 7, 8], 4)).toEqual([3, 5, 7]);
    expect(chooseBorders(['a', 'b', 'b', 'b', 'b', 'b', 'b', 'c'], 4)).toEqual(['b', 'c']);
    expect(chooseBorders([], 4)).toEqual([]);
  });

  it('are not used before setup() has read them', () => {
    expect(() => rangePartitioner<string>().partition('a', null, 2)).toThrow('mapreduce.totalorderpartitioner.path');
    expect(rangePartitioner<string>().partition('a', null, 1)).toBe(0);
  });

  it.each([
    ['a', 'b'],
    ['a', 'ab'],
    ['\uffff', '\u{10000}'],
    [-2, 10],
    [
      ['a', 9],
      ['a', 10],
    ],
    [['a'], ['a', 0]],
  ])('are in the order of the shuffle: %j before %j', (less, more) => {
    expect(Math.sign(compareKeys(less, more))).toBe(-1);
    expect(Math.sign(compareKeys(more, less))).toBe(1);
    expect(compareKeys(less, less)).toBe(0);
  });

  it('refuse keys of different kinds', () => {
    expect(() => compareKeys('a', 1)).toThrow('string and number');
  });
});

describe('salting', () => {
  it('joins and counts what a heavy key has, in several reduces', async () => {
    const visits = Array.from({ length: 200 }, (_, i) => `bot\t/${i % 2 === 0 ? 'a' : 'b'}\n`).join('');
    const input = writeBelow(dir, 'visits.txt', `${visits}ann\t/a\nbob\t/c\n`);
    const names = writeBelow(dir, 'names.txt', 'bot\tCrawler\nann\tAnn\n');
    await runProgram('visits.ts', [input, names, path.join(dir, 'visited')]);
    expect(readParts(path.join(dir, 'visited'))).toEqual({
      'part-r-00000': ['Ann /a\t1', 'Crawler /a\t100', 'Crawler /b\t100', 'bob /c\t1'],
    });
  });

  it('gives the salts in turn, and one to keys that are not heavy', () => {
    const salts = salting<string>(3, (key) => key === 'the');
    expect(['the', 'a', 'the', 'the', 'the'].map((key) => salts.salt(key)[1])).toEqual([0, 0, 1, 2, 0]);
    expect(salts.every('the')).toEqual([
      ['the', 0],
      ['the', 1],
      ['the', 2],
    ]);
    expect(salts.every('a')).toEqual([['a', 0]]);
    expect(salts.unsalt(['the', 2])).toBe('the');
    expect(() => salting(0)).toThrow(RangeError);
  });
});

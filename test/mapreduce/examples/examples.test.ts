// The built-in examples give the results of Hadoop's hadoop-mapreduce-examples.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runExample } from '../../../mapreduce/engines/job-client.ts';
import { decimalOfPi } from '../../../mapreduce/examples/pi/pi.ts';
import { medianOf } from '../../../mapreduce/examples/wordmedian.ts';
import { localConf, prepareTaskChild, readParts, recordConsole } from '../helpers.ts';

let directory: string;
let remove: () => void;

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
});
afterAll(() => remove());

/** Runs an example in this process on a text. Paths are absolute: temporary files go to the working directory. */
async function run(name: string, text: string, ...more: string[]) {
  const at = fs.mkdtempSync(path.join(directory, `${name}-`));
  fs.mkdirSync(path.join(at, 'in'));
  fs.writeFileSync(path.join(at, 'in', 'a.txt'), text);
  const { out, err, io } = recordConsole();
  const args = [path.join(at, 'in'), path.join(at, 'out'), ...more];
  const status = await runExample(name, { conf: localConf(directory, 1), args, ...io });
  const parts = fs.existsSync(path.join(at, 'out')) ? readParts(path.join(at, 'out')) : {};
  return { status, out, err, parts };
}

// The expected results below are those that Hadoop 3.4.2's examples print for this input.
const TEXT = 'hello world\nhello calf\n';

describe('built-in examples', () => {
  it('grep counts matches, the most frequent first', async () => {
    const { status, parts } = await run('grep', `${TEXT}hat\n`, 'h[a-z]+');
    expect(status).toBe(0);
    expect(parts).toEqual({ 'part-r-00000': ['2\thello', '1\that'] });
  });

  it('grep counts a group of the expression', async () => {
    const { parts } = await run('grep', TEXT, 'h(.)l', '1');
    expect(parts).toEqual({ 'part-r-00000': ['2\te'] });
  });

  it('wordmean, wordmedian and wordstandarddeviation print their figure', async () => {
    expect(await run('wordmean', TEXT)).toMatchObject({
      out: ['The mean is: 4.75'],
      parts: { 'part-r-00000': ['count\t4', 'length\t19'] },
    });
    expect(await run('wordmedian', TEXT)).toMatchObject({
      out: ['The median is: 5'],
      parts: { 'part-r-00000': ['4\t1', '5\t3'] },
    });
    expect(await run('wordstandarddeviation', TEXT)).toMatchObject({
      out: ['The standard deviation is: 0.4330127018922193'],
      parts: { 'part-r-00000': ['count\t4', 'length\t19', 'square\t91'] },
    });
  });

  it('secondarysort sorts the second numbers of each first number', async () => {
    const { parts } = await run('secondarysort', '2 9\n-1 5\n2 1\n-1 -7\n');
    const line = '-'.repeat(48);
    expect(parts).toEqual({ 'part-r-00000': [line, '-1\t-7', '-1\t5', line, '2\t1', '2\t9'] });
  });

  it('sort sorts lines by key', async () => {
    const { parts } = await run('sort', 'b\t2\na\t1\nc\nb\t1\n');
    expect(parts).toEqual({ 'part-r-00000': ['a\t1', 'b\t2', 'b\t1', 'c'] });
  });

  it('pi estimates pi', async () => {
    const { out, io } = recordConsole();
    const conf = localConf(directory, 2);
    const before = process.cwd();
    process.chdir(directory);
    try {
      expect(await runExample('pi', { conf, args: ['2', '10'], ...io })).toBe(0);
    } finally {
      process.chdir(before);
    }
    expect(out.slice(0, 5)).toEqual([
      'Number of Maps  = 2',
      'Samples per Map = 10',
      'Wrote input for Map #0',
      'Wrote input for Map #1',
      'Starting Job',
    ]);
    expect(out.at(-1)).toBe('Estimated value of Pi is 3.80000000000000000000');
    expect(fs.readdirSync(directory).filter((name) => name.startsWith('Quasi'))).toEqual([]);
  });

  it('lists the programs without one, and for an unknown one, with status 255', async () => {
    const conf = localConf(directory, 1);
    const { err, io } = recordConsole();
    expect(await runExample(undefined, { conf, args: [], ...io })).toBe(255);
    expect(await runExample('nosuch', { conf, args: [], ...io })).toBe(255);
    expect(err[0]).toBe('An example program must be given as the first argument.');
    expect(err).toContain("Unknown program 'nosuch' chosen.");
    expect(err).toContain('  wordcount: A map/reduce program that counts the words in the input files.');
  });

  it('prints the usage for wrong arguments, with status 2', async () => {
    const { err, io } = recordConsole();
    expect(await runExample('wordcount', { conf: localConf(directory, 1), args: ['x'], ...io })).toBe(2);
    expect(err.at(-1)).toBe('Usage: wordcount <in> [<in>...] <out>');
  });
});

describe('figures of the examples', () => {
  it('pi has 20 digits', () => {
    expect(decimalOfPi(2, 3)).toBe('2.66666666666666666667');
    expect(decimalOfPi(0, 3)).toBe('0.00000000000000000000');
  });

  it('the median of an even number is the lower one', () => {
    expect(
      medianOf(
        new Map([
          [4, 2],
          [7, 2],
        ]),
      ),
    ).toBe(4);
    expect(
      medianOf(
        new Map([
          [7, 3],
          [4, 2],
        ]),
      ),
    ).toBe(7);
  });
});

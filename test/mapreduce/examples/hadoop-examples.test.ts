// Hadoop's examples as whole jobs: the files that Hadoop 3.4.2's examples write for the same input.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runExample } from '../../../mapreduce/engines/job-client.ts';
import { exampleList } from '../../../mapreduce/examples/index.ts';
import { javaDate } from '../../../mapreduce/examples/random/random-input.ts';
import { localConf, prepareTaskChild, recordConsole } from '../helpers.ts';

let directory: string;
let remove: () => void;

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
  write('in/a.txt', 'hello world hello\nfoo bar  baz\tfoo\nhello Z\n');
  write('in/b.txt', 'x y z hello\nZ z\n');
  write('left/part-00000', 'a\t1\nc\t3\nc\t4\n');
  write('right/part-00000', 'c\tx\nc\ty\nd\tw\n');
});
afterAll(() => remove());

const at = (name: string): string => path.join(directory, name);

function write(name: string, text: string): void {
  fs.mkdirSync(path.dirname(at(name)), { recursive: true });
  fs.writeFileSync(at(name), text);
}

async function run(name: string, args: readonly string[], conf: Readonly<Record<string, string>> = {}) {
  const { out, err, io } = recordConsole();
  const properties = localConf(directory, 1);
  for (const [key, value] of Object.entries(conf)) properties.set(key, value);
  const status = await runExample(name, { conf: properties, args, ...io });
  return { status, out, err };
}

const text = (name: string): string => fs.readFileSync(at(name), 'utf8');

const COUNTS = 'Z\t2\nbar\t1\nbaz\t1\nfoo\t2\nhello\t4\nworld\t1\nx\t1\ny\t1\nz\t2\n';
const LIB = 'org.apache.hadoop.mapreduce.lib';

describe('Hadoop’s examples', () => {
  it('have all 22 names', () => {
    const hadoop =
      'aggregatewordcount aggregatewordhist bbp dbcount distbbp grep join multifilewc pentomino pi randomtextwriter ' +
      'randomwriter secondarysort sort sudoku teragen terasort teravalidate wordcount wordmean wordmedian wordstandarddeviation';
    const names = exampleList().map((line) => line.split(':')[0]);
    expect(names.filter((name) => hadoop.split(' ').includes(name ?? '')).join(' ')).toBe(hadoop);
  });

  it('aggregatewordcount counts words', async () => {
    expect((await run('aggregatewordcount', [at('in'), at('awc'), '1', 'textinputformat'])).status).toBe(0);
    expect(text('awc/part-r-00000')).toBe(COUNTS);
  });

  it('aggregatewordhist writes one line of figures; two blanks have an empty word between them', async () => {
    expect((await run('aggregatewordhist', [at('in'), at('awh'), '1', 'textinputformat'])).status).toBe(0);
    expect(text('awh/part-r-00000')).toBe('WORD_HISTOGRAM\t10\t1\t1\t4\t1.6\t0.9165151389911681\n');
  });

  it('multifilewc counts the words of all files in one map', async () => {
    const { status, err } = await run('multifilewc', [at('in'), at('mwc')]);
    expect(status).toBe(0);
    expect(text('mwc/part-r-00000')).toBe(COUNTS);
    expect(err.some((line) => line.endsWith('number of splits:1'))).toBe(true);
  });

  it('bbp writes the digits as bytes and as text', async () => {
    const { status, out } = await run('bbp', ['1', '40', '3', at('bbp')]);
    expect(status).toBe(0);
    expect(fs.readFileSync(at('bbp/pi_1_40.hex')).toString('hex')).toBe('243f6a8885a308d313198a2e03707344a4093822');
    expect(text('bbp/pi.txt')).toContain('\nPi = 3.1415926535 8979323846 2643383279 5028841971\n');
    expect(out.slice(0, 6)).toEqual([
      `Working Directory = ${at('bbp')}`,
      '',
      'Start Digit      = 1',
      'Number of Digits = 40',
      'Number of Maps   = 3',
      '\nStarting Job ...',
    ]);
    expect((await run('bbp', ['1', '40', '3', at('bbp')])).err.join('\n')).toContain('already exists');
    expect((await run('bbp', [])).status).toBe(255);
  });

  it('distbbp prints the bits, and computes none again that it has', async () => {
    const first = await run('distbbp', ['20', '2', '1', 'm', '2', at('remote'), at('local')]);
    expect(first.out.at(-1)).toBe('A8885A308D31 C (12 hex digits)');
    for (const file of fs.readdirSync(at('local'))) if (/P20_(7|19)/.test(file)) fs.rmSync(at(`local/${file}`));
    const second = await run('distbbp', ['20', '2', '1', 'r', '2', at('remote2'), at('local')]);
    expect(second.out).toContain('execute 2 computation(s)');
    expect(second.out.at(-1)).toBe('A8885A308D31 C (12 hex digits)');
    const third = await run('distbbp', ['20', '2', '1', 'x', '2', at('remote3'), at('local')]);
    expect(third.out).toContain('No computation');
    expect(third.out.at(-1)).toBe('A8885A308D31 C (12 hex digits)');
  });

  it('pentomino writes each prefix with its solutions', async () => {
    const conf = { 'mapreduce.pentomino.class': 'org.apache.hadoop.examples.dancing.Pentomino' };
    const args = [at('pent'), '-depth', '1', '-height', '20', '-width', '3'];
    expect((await run('pentomino', args, { ...conf, 'mapreduce.job.maps': '2' })).status).toBe(0);
    expect(text('pent/part-r-00000').slice(0, 14)).toBe('1\t\nuuu\nuxu\nxxx');
    expect(text('pent/part-r-00000').split('\n').length).toBe(4 * 22 + 1);
    expect(fs.existsSync(at('pent_input'))).toBe(false);
    expect((await run('pentomino', [at('pent2')], conf)).err.join()).toContain('A board of 9 by 10 has 90 cells');
  });

  it('sudoku prints the solution', async () => {
    write('puzzle', '1 ? 3 4\n3 4 1 2\n2 1 4 3\n4 3 2 ?\n');
    expect((await run('sudoku', [at('puzzle')])).out).toEqual([
      `Solving ${at('puzzle')}`,
      '1 2 3 4 ',
      '3 4 1 2 ',
      '2 1 4 3 ',
      '4 3 2 1 ',
      '',
      'Found 1 solutions',
    ]);
    expect(await run('sudoku', [])).toMatchObject({ status: 0, out: ['Include a puzzle on the command line.'] });
  });

  it('join joins in the maps', async () => {
    const formats = [
      '-inFormat',
      `${LIB}.input.KeyValueTextInputFormat`,
      '-outFormat',
      `${LIB}.output.TextOutputFormat`,
    ];
    const join = (output: string, ...args: string[]) =>
      run('join', [...args, ...formats, at('left'), at('right'), at(output)]);
    const inner = await join('inner', '-r', '0');
    expect(inner.status, inner.err.join('\n')).toBe(0);
    expect(text('inner/part-m-00000')).toBe('c\t[3,x]\nc\t[3,y]\nc\t[4,x]\nc\t[4,y]\n');
    await join('outer', '-r', '1', '-joinOp', 'outer');
    expect(text('outer/part-r-00000')).toBe('a\t[1,]\nc\t[3,x]\nc\t[3,y]\nc\t[4,x]\nc\t[4,y]\nd\t[,w]\n');
    const toSequenceFile = [...formats.slice(0, 2), '-r', '0', at('left'), at('right')];
    expect((await run('join', ['-joinOp', 'override', ...toSequenceFile, at('override')])).status).toBe(0);
    const back = ['-joinOp', 'outer', ...formats.slice(2), '-r', '0', at('override'), at('override'), at('back')];
    expect((await run('join', back)).status).toBe(0);
    expect(text('back/part-m-00000')).toContain('a\t[1,1]\nc\t[x,x]\nc\t[x,y]\n');
    expect((await run('join', [...toSequenceFile, at('x')])).err.join()).toContain('Calf has no TupleWritable');
    expect((await join('x', '-joinOp', 'foo')).err.join()).toContain('No nodetype for foo');
    expect((await run('join', [...formats, at('left'), at('in'), at('x')])).err.join()).toContain(
      'Inconsistent split cardinality from child 1 (1/2)',
    );
  });

  it('randomtextwriter writes lines of words in each map', async () => {
    const conf = { 'mapreduce.randomtextwriter.totalbytes': '4000', 'mapreduce.randomtextwriter.bytespermap': '2000' };
    const { status, out } = await run(
      'randomtextwriter',
      ['-outFormat', `${LIB}.output.TextOutputFormat`, at('rtw')],
      conf,
    );
    expect(status).toBe(0);
    expect(out[0]).toBe('Running 2 maps.');
    for (const part of ['rtw/part-m-00000', 'rtw/part-m-00001']) {
      expect(text(part).length).toBeGreaterThanOrEqual(2000);
      for (const line of text(part).trimEnd().split('\n')) expect(line).toMatch(/^([a-z]+ ){5,9}\t([a-z]+ ?){10,99}$/);
    }
  });

  it('randomwriter writes SequenceFiles of bytes, which sort sorts', async () => {
    const conf = { totalbytes: '6000', bytespermap: '3000', maxkey: '20', maxvalue: '100' };
    const properties = Object.entries(conf).map(([name, value]) => [`mapreduce.randomwriter.${name}`, value]);
    const written = await run('randomwriter', [at('rw')], Object.fromEntries(properties));
    expect(written.status, written.err.join('\n')).toBe(0);
    const header = '\x06"org.apache.hadoop.io.BytesWritable"org.apache.hadoop.io.BytesWritable';
    expect(
      fs
        .readFileSync(at('rw/part-m-00000'))
        .toString('latin1')
        .slice(0, 4 + 2 * 35),
    ).toBe(`SEQ${header}`);
    const records = (lines: readonly string[], name: string): string | undefined =>
      lines
        .map((line) => line.trim())
        .find((line) => line.startsWith(`${name}=`))
        ?.slice(name.length + 1);
    const sorted = await run('sort', ['-r', '1', at('rw'), at('rw-sorted')]);
    expect(sorted.status, sorted.err.join('\n')).toBe(0);
    expect(records(sorted.err, 'Reduce output records')).toBe(records(written.err, 'RECORDS_WRITTEN'));
    expect(fs.readFileSync(at('rw-sorted/part-r-00000')).toString('latin1').startsWith(`SEQ${header}`)).toBe(true);
    expect((await run('sort', ['-totalOrder', '1', '2', '3', at('rw'), at('x')])).status).toBe(255);
  });

  it('dbcount tells why it does not run', async () => {
    const { status, err } = await run('dbcount', []);
    expect(status).toBe(255);
    expect(err.join()).toContain('Calf has no JVM');
  });

  it('a time is written as Java writes it', () => {
    expect(javaDate(new Date(Date.UTC(2026, 11, 1, 0, 17, 50)))).toBe('Tue Dec 01 00:17:50 UTC 2026');
  });
});

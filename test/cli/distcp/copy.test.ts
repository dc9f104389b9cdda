// Copies between local directories, in this process: what is copied, deleted, kept and refused.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCopy } from '../../../cli/distcp/main.ts';
import { localConf } from '../../mapreduce/helpers.ts';

const base = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-distcp-'));
// The inline engine prints the lines of tasks.
const printed = (['log', 'error'] as const).map((name) => vi.spyOn(console, name).mockImplementation(() => undefined));
afterAll(() => {
  for (const spy of printed) spy.mockRestore();
  fs.rmSync(base, { recursive: true, force: true });
});

let root: string;
let err: string[];
let count = 0;
beforeEach(() => {
  root = path.join(base, String(count++));
  err = [];
});

/** Makes files below the root; a name that ends with a slash is a directory. */
function make(files: Readonly<Record<string, string>>, ageSeconds = 0): void {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(root, name);
    if (name.endsWith('/')) fs.mkdirSync(file, { recursive: true });
    else {
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, text);
      const time = new Date(Date.now() - ageSeconds * 1000);
      fs.utimesSync(file, time, time);
    }
  }
}

/** Returns what lies below a directory, as make() takes it; undefined if it is not there. */
function tree(name: string): Record<string, string> | undefined {
  const directory = path.join(root, name);
  if (!fs.existsSync(directory)) return undefined;
  if (fs.statSync(directory).isFile()) return { '': fs.readFileSync(directory, 'utf8') };
  const found: Record<string, string> = {};
  for (const entry of fs.readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const relative = path.relative(directory, file);
    if (entry.isFile()) found[relative] = fs.readFileSync(file, 'utf8');
    else if (fs.readdirSync(file).length === 0) found[`${relative}/`] = '';
  }
  return found;
}

/** Runs `distcp`, with paths below the root for words like `@name`. Returns its exit status. */
async function distCp(words: string, properties: Readonly<Record<string, string>> = {}): Promise<number> {
  const conf = localConf(base, 1).set('mapreduce.jobtracker.staging.root.dir', path.join(base, 'staging'));
  for (const [name, value] of Object.entries({ 'mapreduce.map.maxattempts': '1', ...properties }))
    conf.set(name, value);
  const args = words.split(' ').map((word) => word.replace('@', `file:${root}/`));
  return await runCopy(conf, args, { out: () => undefined, err: (line) => void err.push(line) });
}

const counters = (): Record<string, number> =>
  Object.fromEntries(
    [...(/\tDistCp Counters\n((?:\t\t.*\n?)*)/.exec(err.join('\n'))?.[1] ?? '').matchAll(/\t\t(.*)=(\d+)/g)]
      .filter(([, name]) => name !== 'Bandwidth in Bytes')
      .map(([, name = '', value]) => [name, Number(value)]),
  );

describe('refusals', () => {
  it.each([
    ['@none @to', 255, /Invalid input: \n.*InvalidInputException: file:.*\/none doesn't exist/],
    ['@src @file', 255, /Cannot copy file:.*\/src, which is not a file to file:.*\/file/],
    ['@file @src/a @src/a', 255, /Multiple source being copied to a file: file:.*\/src\/a/],
    [
      '@src/d @other/d @to',
      254,
      /DuplicateFileException: File file:.*\/src\/d and .*\/other\/d would cause duplicates/,
    ],
    ['-update @src @other @to', 254, /would cause duplicates. Aborting/],
    ['-atomic @src @other', 255, /Target path for atomic-commit already exists: file:.*\/other/],
    ['-filters /no/such/file @src @to', 25, /Can't find filters file \/no\/such\/file/],
  ])('%s ends with %i', async (words, status, message) => {
    make({ 'src/a': 'A', 'src/d/b': 'B', 'other/d/c': 'C', file: 'F' });
    expect(await distCp(words)).toBe(status);
    expect(err.join('\n')).toMatch(message);
    expect(tree('to')).toBeUndefined();
  });
});

describe('files that are there', () => {
  it('stay as they are without -update and -overwrite, whatever they hold', async () => {
    make({ 'src/a': 'new', 'to/src/a': 'old', 'src/b': 'B' });
    expect(await distCp('@src @to')).toBe(0);
    expect(tree('to/src')).toEqual({ a: 'old', b: 'B' });
    expect(counters()).toEqual({
      'Bytes Copied': 1,
      'Bytes Expected': 1,
      'Bytes Skipped': 3,
      'Files Copied': 1,
      'Files Skipped': 1,
      DIR_COPY: 1,
    });
  });

  it('are replaced by -update if they are shorter or longer, or older where there are no checksums', async () => {
    make({ 'src/same': 'abc', 'src/longer': 'abcd', 'src/empty': '' }, 60);
    make({ 'src/newer': 'new' });
    make({ 'to/same': 'xyz', 'to/longer': 'abc', 'to/empty': '' }, 30);
    make({ 'to/newer': 'old' }, 60);
    expect(await distCp('-update @src @to')).toBe(0);
    // HADOOP-18596: a copy of the same length that is younger than its source counts as up to date.
    expect(tree('to')).toEqual({ same: 'xyz', longer: 'abcd', newer: 'new', empty: '' });
    expect(counters()).toMatchObject({ 'Files Copied': 2, 'Files Skipped': 2 });
    expect(await distCp('-update @src @to', { 'distcp.update.modification.time': 'false' })).toBe(0);
    expect(await distCp('-overwrite @src @to')).toBe(0);
    expect(tree('to')).toEqual({ same: 'abc', longer: 'abcd', newer: 'new', empty: '' });
  });

  it('must be of the same kind', async () => {
    make({ 'src/a': 'A', 'to/a/x': 'X' });
    expect(await distCp('-update @src @to')).toBe(25);
    expect(err.join('\n')).toMatch(/Can't replace file:.*\/to\/a. Target is dir, Source is file/);
    expect(tree('to')).toEqual({ 'a/x': 'X' });
  });
});

it('-delete removes what the source lacks, and keeps what -filters leaves out', async () => {
  make({ 'src/a': 'A', 'src/d/b': 'B', 'src/skip.tmp': 'no', filters: '.*\\.tmp\n' });
  make({ 'to/gone': 'G', 'to/d/gone': 'G', 'to/old/deep/x': 'X', 'to/own.tmp': 'T' });
  expect(await distCp(`-update -delete -filters ${root}/filters @src @to`)).toBe(0);
  expect(tree('to')).toEqual({ a: 'A', 'd/b': 'B', 'own.tmp': 'T' });
});

it('-p takes over permissions and times, those of directories when all is copied', async () => {
  make({ 'src/d/a': 'A' }, 1000);
  fs.chmodSync(path.join(root, 'src/d/a'), 0o640);
  fs.chmodSync(path.join(root, 'src/d'), 0o500);
  const time = new Date('2001-02-03T04:05:06.789Z');
  fs.utimesSync(path.join(root, 'src/d'), time, time);
  expect(await distCp('-ppt @src @to')).toBe(0);
  const [d, a] = ['to/d', 'to/d/a'].map((name) => fs.statSync(path.join(root, name)));
  // Some versions of Node add a part of a millisecond.
  expect(d && Math.floor(d.mtimeMs)).toBe(time.getTime());
  expect(d && d.mode & 0o777).toBe(0o500);
  expect(a && a.mode & 0o777).toBe(0o640);
  expect(a && Math.floor(a.mtimeMs)).toBe(Math.floor(fs.statSync(path.join(root, 'src/d/a')).mtimeMs));
});

it('-atomic makes the target of a directory below -tmp', async () => {
  make({ 'src/a': 'A', 'src/b': 'B', 'tmp/': '' });
  expect(await distCp('-atomic -tmp @tmp @src @to')).toBe(0);
  expect(tree('to')).toEqual({ a: 'A', b: 'B' });
  expect(tree('tmp')).toEqual({});
});

it('-log has a file for each map, -f names the sources, and nothing else is left', async () => {
  make({ 'src/a': 'A', 'src/b': 'BB', 'to/b': 'BB', 'log/part-m-00000': 'of an earlier copy' });
  make({ list: `file:${root}/src/a\nfile:${root}/src/b\n` });
  expect(await distCp('-m 1 -v -log @log -f @list @to')).toBe(0);
  const [from, to] = [`file:${root}/src`, `file:${root}/to`];
  expect(tree('log')).toEqual({
    _SUCCESS: '',
    'part-m-00000': [
      `FILE_COPIED: source=${from}/a, size=1 --> target=${to}/a, size=0`,
      `SKIP: ${from}/b`,
      `FILE_SKIPPED: source=${from}/b, size=2 --> target=${to}/b, size=2`,
      '',
    ].join('\n'),
  });
  expect(tree('to')).toEqual({ a: 'A', b: 'BB' });
  const staging = fs.readdirSync(path.join(base, 'staging'), { recursive: true }) as string[];
  expect(staging.filter((name) => name.includes('_distcp'))).toEqual([]);
});

it('-strategy dynamic and -direct copy the same', async () => {
  const files = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i % 3}/${i}`, 'x'.repeat(i)]));
  make(Object.fromEntries(Object.entries(files).map(([name, text]) => [`src/${name}`, text])));
  expect(await distCp('-strategy dynamic -m 3 -direct @src @to')).toBe(0);
  expect(tree('to')).toEqual(files);
  expect(counters()).toMatchObject({ 'Files Copied': 30, DIR_COPY: 4 });
});

it('copies an empty directory with -update: there is nothing to list', async () => {
  make({ 'src/': '', 'to/old': 'O' });
  expect(await distCp('-update -delete @src @to')).toBe(0);
  expect(tree('to')).toEqual({});
});

// The names of copies below the target (DistCp.md; SimpleCopyListing.computeSourceRootPath of Hadoop).
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseDistCp } from '../../../cli/distcp/arguments.ts';
import { Configuration } from '../../../conf/configuration.ts';
import { copyFilter, filterLines } from '../../../mapreduce/distcp/copy-filter.ts';
import { findSources, findTarget, listSources } from '../../../mapreduce/distcp/copy-listing.ts';
import { FileSystems } from '../../../mapreduce/files/file-systems.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-distcp-listing-'));
const fileSystems = new FileSystems(new Configuration({ 'fs.defaultFS': 'file:///' }));
beforeAll(() => {
  for (const directory of ['src/d', 'src/e', 'dir']) fs.mkdirSync(path.join(root, directory), { recursive: true });
  for (const file of ['src/a', 'src/d/b', 'file']) fs.writeFileSync(path.join(root, file), path.basename(file));
});
afterAll(async () => {
  await fileSystems[Symbol.asyncDispose]();
  fs.rmSync(root, { recursive: true });
});

/** Returns the paths below the target, in order. */
async function listed(words: string, filters = ''): Promise<string[]> {
  const { options } = parseDistCp(words.split(' ').map((word) => word.replace('@', `file:${root}/`)));
  const target = await findTarget(fileSystems, options.target);
  const sources = await findSources(options, target, fileSystems);
  const paths: string[] = [];
  await listSources(sources, target, options, copyFilter(filterLines(filters)), async (entry) => {
    paths.push(entry.path);
  });
  return paths.sort();
}

const CHILDREN = ['/a', '/d', '/d/b', '/e'];
const below = (name: string): string[] => [name, ...CHILDREN.map((child) => name + child)];

it.each([
  // A directory alone becomes a target that is missing, and goes into one that is there.
  ['@src @none', ['', ...CHILDREN]],
  ['@src @dir', below('/src')],
  ['@src @dir/', below('/src')],
  // -update and -overwrite take what is in a directory.
  ['-update @src @none', CHILDREN],
  ['-update @src @dir', CHILDREN],
  ['-overwrite @src @dir', CHILDREN],
  ['-overwrite -updateRoot @src @dir', ['', ...CHILDREN]],
  ['@src/a @none', ['']],
  ['@src/a @file', ['']],
  ['@src/a @dir', ['/a']],
  ['-update @src/a @dir', ['/a']],
  ['@src/a @src/d @none', ['/a', '/d', '/d/b']],
  ['-update @src/a @src/d @none', ['/a', '/b']],
  ['@src/* @none', CHILDREN],
  ['@src/[ad] @dir', ['/a', '/d', '/d/b']],
])('%s', async (words, paths) => expect(await listed(words)).toEqual(paths));

it('lists the same with several listings under way', async () => {
  expect(await listed('-numListstatusThreads 4 @src @dir')).toEqual(below('/src'));
});

it('leaves out the paths whose whole URI matches a regular expression of Java', async () => {
  expect(await listed('@src @none', '.*/d\n')).toEqual(['', '/a', '/d/b', '/e']);
  expect(await listed('@src @none', 'd\n[a-z]+:.*\\p{Lower}{3}/[ae]\n')).toEqual(['', '/d', '/d/b']);
});

// Cases for status, listing and globs: Hadoop's AbstractContractGetFileStatusTest, and "listStatus()" and
// "globStatus()" of its filesystem specification.
import assert from 'node:assert/strict';
import type { ContractCase } from '../ground.ts';

export const LOOK: readonly ContractCase[] = [
  {
    name: 'getFileStatus: a missing path is an error',
    run: (t) => t.refused(t.status('none'), 'FileNotFoundException'),
  },
  {
    name: 'getFileStatus: a file',
    run: async (t) => {
      await t.write('f', 'abc');
      const { path, type, length, owner } = await t.status('f');
      assert.deepEqual({ path, type, length, owner }, { path: t.at('f'), type: 'FILE', length: 3, owner: t.fs.user });
    },
  },
  {
    name: 'getFileStatus: a directory has no length and no replicas',
    run: async (t) => {
      await t.fs.mkdirs(t.at('d'));
      const { path, type, length, replication } = await t.status('d');
      assert.deepEqual(
        { path, type, length, replication },
        { path: t.at('d'), type: 'DIRECTORY', length: 0, replication: 0 },
      );
    },
  },
  {
    name: 'getFileStatus: the root is a directory',
    run: async (t) => {
      const { path, type } = await t.fs.getFileStatus('/');
      assert.deepEqual({ path, type }, { path: '/', type: 'DIRECTORY' });
    },
  },
  {
    name: 'getFileStatus: below a file is an error',
    run: async (t) => {
      await t.write('f', 'x');
      await t.refused(t.status('f/child'), 'FileNotFoundException');
    },
  },
  {
    name: 'listStatus: a missing path is an error',
    run: (t) => t.refused(t.list('none'), 'FileNotFoundException'),
  },
  {
    name: 'listStatus: an empty directory has no entries',
    run: async (t) => {
      await t.fs.mkdirs(t.at('d'));
      assert.deepEqual(await t.list('d'), []);
    },
  },
  {
    name: 'listStatus: a file lists itself',
    run: async (t) => {
      await t.write('f', 'x');
      assert.deepEqual(await t.list('f'), ['f']);
    },
  },
  {
    name: 'listStatus: the entries of a directory in order, and nothing deeper',
    run: async (t) => {
      for (const name of ['d/b', 'd/a/deep', 'd/c', 'd/B']) await t.write(name, 'x');
      assert.deepEqual(await t.list('d'), ['d/B', 'd/a', 'd/b', 'd/c']);
    },
  },
  {
    name: 'listStatus: an entry is what getFileStatus says of it',
    run: async (t) => {
      await t.write('d/f', 'abc');
      for await (const entry of t.fs.listStatus(t.at('d'))) assert.deepEqual(entry, await t.status('d/f'));
    },
  },
  {
    name: 'globStatus: * is any name in one directory',
    run: async (t) => {
      for (const name of ['b', 'a', 'd/c']) await t.write(name, 'x');
      assert.deepEqual(await t.glob('*'), ['a', 'b', 'd']);
      assert.deepEqual(await t.glob('*/*'), ['d/c']);
    },
  },
  {
    name: 'globStatus: ? is one character',
    run: async (t) => {
      for (const name of ['a1', 'a2', 'a10']) await t.write(name, 'x');
      assert.deepEqual(await t.glob('a?'), ['a1', 'a2']);
    },
  },
  {
    name: 'globStatus: [ ] is one of some characters, or none of them',
    run: async (t) => {
      for (const name of ['a', 'b', 'c']) await t.write(name, 'x');
      assert.deepEqual(await t.glob('[ab]'), ['a', 'b']);
      assert.deepEqual(await t.glob('[a-b]'), ['a', 'b']);
      assert.deepEqual(await t.glob('[^a]'), ['b', 'c']);
    },
  },
  {
    name: 'globStatus: { } is one of some words, with slashes too',
    run: async (t) => {
      for (const name of ['ab', 'cd', 'x/y', 'x/z']) await t.write(name, 'x');
      assert.deepEqual(await t.glob('{ab,cd}'), ['ab', 'cd']);
      assert.deepEqual(await t.glob('{ab,x/y}'), ['ab', 'x/y']);
    },
  },
  {
    name: 'globStatus: nothing matches a wildcard, or a plain name is not there',
    run: async (t) => {
      assert.deepEqual(await t.glob('no*'), []);
      assert.equal(await t.glob('none'), null);
    },
  },
  {
    name: 'globStatus: a backslash makes a wildcard a plain character',
    run: async (t) => {
      for (const name of ['a*', 'ab']) await t.write(name, 'x');
      assert.deepEqual(await t.glob('a\\*'), ['a*']);
    },
  },
];

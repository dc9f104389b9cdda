// Cases for mkdirs, rename and delete: Hadoop's AbstractContractMkdirTest, AbstractContractRenameTest and
// AbstractContractDeleteTest.
import assert from 'node:assert/strict';
import type { ContractCase } from '../ground.ts';

export const MKDIRS: readonly ContractCase[] = [
  {
    name: 'mkdirs: a directory with all of its parents',
    run: async (t) => {
      await t.fs.mkdirs(t.at('a/b/c'));
      assert.equal((await t.status('a')).type, 'DIRECTORY');
      assert.equal((await t.status('a/b/c')).type, 'DIRECTORY');
    },
  },
  {
    name: 'mkdirs: an existing directory is left as it is',
    run: async (t) => {
      await t.write('a/f', 'x');
      await t.fs.mkdirs(t.at('a'));
      assert.deepEqual(await t.list('a'), ['a/f']);
    },
  },
  {
    name: 'mkdirs: a file is not replaced',
    run: async (t) => {
      await t.write('f', 'x');
      await t.refused(t.fs.mkdirs(t.at('f')), 'FileAlreadyExistsException');
      assert.equal(await t.text('f'), 'x');
    },
  },
  {
    name: 'mkdirs: below a file is refused',
    run: async (t) => {
      await t.write('f', 'x');
      await t.refused(t.fs.mkdirs(t.at('f/a/b')), 'ParentNotDirectoryException');
    },
  },
  {
    name: 'mkdirs: the permission loses the bits of the umask 022',
    run: async (t) => {
      await t.fs.mkdirs(t.at('a'));
      await t.fs.mkdirs(t.at('b'), 0o772);
      assert.equal((await t.status('a')).permission, 0o755);
      assert.equal((await t.status('b')).permission, 0o750);
    },
  },
  {
    name: 'mkdir: one level, in a parent that exists',
    run: async (t) => {
      await t.fs.mkdir(t.at('a'));
      await t.fs.mkdir(t.at('a/b'));
      assert.deepEqual(await t.list('a'), ['a/b']);
    },
  },
  {
    name: 'mkdir: a missing parent is an error',
    run: (t) => t.refused(t.fs.mkdir(t.at('a/b')), 'FileNotFoundException'),
  },
  {
    name: 'mkdir: what exists is an error',
    run: async (t) => {
      await t.fs.mkdir(t.at('a'));
      await t.refused(t.fs.mkdir(t.at('a')), 'FileAlreadyExistsException');
    },
  },
];

export const RENAME: readonly ContractCase[] = [
  {
    name: 'rename: a file in its directory',
    run: async (t) => {
      await t.write('a', 'x');
      assert.equal(await t.fs.rename(t.at('a'), t.at('b')), true);
      assert.deepEqual(await t.list(''), ['b']);
      assert.equal(await t.text('b'), 'x');
    },
  },
  {
    name: 'rename: a file to another directory, under another name',
    run: async (t) => {
      await t.write('d/a', 'x');
      await t.fs.mkdirs(t.at('e'));
      assert.equal(await t.fs.rename(t.at('d/a'), t.at('e/b')), true);
      assert.deepEqual(await t.list('d'), []);
      assert.equal(await t.text('e/b'), 'x');
    },
  },
  {
    name: 'rename: a directory moves with all that is in it',
    run: async (t) => {
      await t.write('d/e/f', 'x');
      assert.equal(await t.fs.rename(t.at('d'), t.at('g')), true);
      assert.equal(await t.text('g/e/f'), 'x');
      assert.equal(await t.exists('d'), false);
    },
  },
  {
    name: 'rename: into a directory that exists, below which the name stays',
    run: async (t) => {
      await t.write('a', 'x');
      await t.fs.mkdirs(t.at('d'));
      assert.equal(await t.fs.rename(t.at('a'), t.at('d')), true);
      assert.equal(await t.text('d/a'), 'x');
    },
  },
  {
    name: 'rename: a directory onto a directory goes below it',
    run: async (t) => {
      await t.write('d/f', 'x');
      await t.write('e/g', 'y');
      assert.equal(await t.fs.rename(t.at('d'), t.at('e')), true);
      assert.deepEqual(await t.list('e'), ['e/d', 'e/g']);
    },
  },
  {
    name: 'rename: a missing source is false',
    run: async (t) => assert.equal(await t.fs.rename(t.at('none'), t.at('b')), false),
  },
  {
    name: 'rename: an existing file is not replaced',
    run: async (t) => {
      await t.write('a', 'x');
      await t.write('b', 'y');
      assert.equal(await t.fs.rename(t.at('a'), t.at('b')), false);
      assert.equal(await t.text('a'), 'x');
      assert.equal(await t.text('b'), 'y');
    },
  },
  {
    name: 'rename: a directory does not replace a file',
    run: async (t) => {
      await t.fs.mkdirs(t.at('d'));
      await t.write('f', 'x');
      assert.equal(await t.fs.rename(t.at('d'), t.at('f')), false);
      assert.equal(await t.text('f'), 'x');
    },
  },
  {
    name: 'rename: a missing parent of the destination is false',
    run: async (t) => {
      await t.write('a', 'x');
      assert.equal(await t.fs.rename(t.at('a'), t.at('none/b')), false);
      assert.equal(await t.text('a'), 'x');
    },
  },
  {
    name: 'rename: a directory does not go below itself',
    run: async (t) => {
      await t.fs.mkdirs(t.at('d/e'));
      assert.equal(await t.fs.rename(t.at('d'), t.at('d/e/d')), false);
      assert.equal(await t.exists('d/e'), true);
    },
  },
  {
    name: 'rename: a file onto itself is true and changes nothing',
    run: async (t) => {
      await t.write('a', 'x');
      assert.equal(await t.fs.rename(t.at('a'), t.at('a')), true);
      assert.equal(await t.text('a'), 'x');
    },
  },
  {
    name: 'rename: a directory onto itself is false',
    run: async (t) => {
      await t.fs.mkdirs(t.at('d'));
      assert.equal(await t.fs.rename(t.at('d'), t.at('d')), false);
      assert.equal(await t.exists('d'), true);
    },
  },
  {
    name: 'strict rename: a missing source is an error',
    run: (t) => t.refused(t.fs.renameStrict(t.at('none'), t.at('b')), 'FileNotFoundException'),
  },
  {
    name: 'strict rename: an existing destination is an error',
    run: async (t) => {
      await t.write('a', 'x');
      await t.write('b', 'y');
      await t.refused(t.fs.renameStrict(t.at('a'), t.at('b')), 'FileAlreadyExistsException');
      assert.equal(await t.text('b'), 'y');
    },
  },
  {
    name: 'strict rename with overwrite: a file replaces a file',
    run: async (t) => {
      await t.write('a', 'x');
      await t.write('b', 'y');
      await t.fs.renameStrict(t.at('a'), t.at('b'), { overwrite: true });
      assert.deepEqual(await t.list(''), ['b']);
      assert.equal(await t.text('b'), 'x');
    },
  },
  {
    name: 'strict rename with overwrite: a directory replaces an empty one',
    run: async (t) => {
      await t.write('d/f', 'x');
      await t.fs.mkdirs(t.at('e'));
      await t.fs.renameStrict(t.at('d'), t.at('e'), { overwrite: true });
      assert.equal(await t.text('e/f'), 'x');
    },
  },
  {
    name: 'strict rename with overwrite: a directory that is not empty is not replaced',
    run: async (t) => {
      await t.fs.mkdirs(t.at('d'));
      await t.write('e/f', 'x');
      await t.refused(t.fs.renameStrict(t.at('d'), t.at('e'), { overwrite: true }), 'IOException');
      assert.equal(await t.text('e/f'), 'x');
    },
  },
  {
    name: 'strict rename with overwrite: a file does not replace a directory',
    run: async (t) => {
      await t.write('a', 'x');
      await t.fs.mkdirs(t.at('d'));
      await t.refused(t.fs.renameStrict(t.at('a'), t.at('d'), { overwrite: true }), 'IOException');
      assert.equal(await t.text('a'), 'x');
    },
  },
  {
    name: 'strict rename: a missing parent of the destination is an error',
    run: async (t) => {
      await t.write('a', 'x');
      await t.refused(t.fs.renameStrict(t.at('a'), t.at('none/b')), 'FileNotFoundException');
    },
  },
  {
    name: 'strict rename: below a file is an error',
    run: async (t) => {
      await t.write('a', 'x');
      await t.write('f', 'y');
      await t.refused(t.fs.renameStrict(t.at('a'), t.at('f/b')), 'ParentNotDirectoryException');
    },
  },
];

export const DELETE: readonly ContractCase[] = [
  {
    name: 'delete: a missing path is false',
    run: async (t) => {
      assert.equal(await t.fs.delete(t.at('none'), false), false);
      assert.equal(await t.fs.delete(t.at('none'), true), false);
    },
  },
  {
    name: 'delete: a file is gone',
    run: async (t) => {
      await t.write('f', 'x');
      assert.equal(await t.fs.delete(t.at('f'), false), true);
      assert.equal(await t.exists('f'), false);
    },
  },
  {
    name: 'delete: an empty directory is gone',
    run: async (t) => {
      await t.fs.mkdirs(t.at('d'));
      assert.equal(await t.fs.delete(t.at('d'), false), true);
      assert.equal(await t.exists('d'), false);
    },
  },
  {
    name: 'delete: a directory that is not empty needs recursive',
    run: async (t) => {
      await t.write('d/f', 'x');
      await t.refused(t.fs.delete(t.at('d'), false), 'PathIsNotEmptyDirectoryException');
      assert.equal(await t.text('d/f'), 'x');
    },
  },
  {
    name: 'delete recursively: a directory is gone with all that is in it',
    run: async (t) => {
      await t.write('d/e/f', 'x');
      await t.write('d/g', 'y');
      assert.equal(await t.fs.delete(t.at('d'), true), true);
      assert.deepEqual(await t.list(''), []);
    },
  },
  {
    name: 'delete recursively: a file is gone too',
    run: async (t) => {
      await t.write('f', 'x');
      assert.equal(await t.fs.delete(t.at('f'), true), true);
      assert.equal(await t.exists('f'), false);
    },
  },
  {
    name: 'delete: a file being written can not be closed any more',
    run: async (t) => {
      const out = await t.fs.create(t.at('f'));
      await out.write(Buffer.from('x'));
      assert.equal(await t.fs.delete(t.at('f'), false), true);
      await t.refused(out.close(), 'FileNotFoundException', 'LeaseExpiredException');
    },
  },
];

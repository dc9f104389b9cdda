// Cases for append, truncate and concat: Hadoop's AbstractContractAppendTest, AbstractContractConcatTest, and
// "truncate()" of its filesystem specification.
import assert from 'node:assert/strict';
import { pattern } from '../../support/pattern.ts';
import type { ContractCase } from '../ground.ts';

export const CHANGE: readonly ContractCase[] = [
  {
    name: 'append: bytes go behind those that are there',
    run: async (t) => {
      await t.write('f', 'one ');
      await t.append('f', 'two ');
      await t.append('f', 'three');
      assert.equal(await t.text('f'), 'one two three');
    },
  },
  {
    name: 'append: an empty file takes bytes',
    run: async (t) => {
      await t.write('f', '');
      await t.append('f', 'x');
      assert.equal(await t.text('f'), 'x');
    },
  },
  {
    name: 'append: the position begins at the length',
    run: async (t) => {
      await t.write('f', 'abc');
      const out = await t.fs.append(t.at('f'));
      assert.equal(out.position, 3);
      await out.close();
      assert.equal((await t.status('f')).length, 3);
    },
  },
  {
    name: 'append in a new block: the bytes are one file, in one block more',
    run: async (t) => {
      await t.write('f', 'abc');
      await t.append('f', 'def', { newBlock: true });
      assert.equal(await t.text('f'), 'abcdef');
      assert.equal((await t.fs.getFileBlockLocations(t.at('f'))).length, 2);
    },
  },
  {
    name: 'append: a missing file is an error',
    run: (t) => t.refused(t.fs.append(t.at('none')), 'FileNotFoundException'),
  },
  {
    name: 'append: a directory is an error',
    run: async (t) => {
      await t.fs.mkdirs(t.at('d'));
      await t.refused(t.fs.append(t.at('d')), 'FileAlreadyExistsException');
    },
  },
  {
    name: 'append: a file that another client appends to is refused',
    run: async (t) => {
      await t.write('f', 'abc');
      const out = await t.fs.append(t.at('f'));
      await t.refused(t.other.append(t.at('f')), 'AlreadyBeingCreatedException');
      await out.close();
    },
  },
  {
    name: 'append: a file that is renamed while it is appended to has all bytes at its new path',
    run: async (t) => {
      await t.write('f', 'one ');
      const out = await t.fs.append(t.at('f'));
      await out.write(Buffer.from('two'));
      assert.equal(await t.fs.rename(t.at('f'), t.at('g')), true);
      await out.close();
      assert.equal(await t.text('g'), 'one two');
    },
  },
  {
    name: 'truncate: a file keeps its first bytes',
    run: async (t) => {
      await t.write('f', pattern(1000));
      await t.truncate('f', 321);
      assert.ok((await t.bytes('f')).equals(pattern(1000).subarray(0, 321)));
    },
  },
  {
    name: 'truncate to 0: the file is empty, and takes bytes again',
    run: async (t) => {
      await t.write('f', 'abc');
      await t.truncate('f', 0);
      assert.equal((await t.status('f')).length, 0);
      await t.append('f', 'x');
      assert.equal(await t.text('f'), 'x');
    },
  },
  {
    name: 'truncate to the length: nothing changes, and the answer is at once true',
    run: async (t) => {
      await t.write('f', 'abc');
      assert.equal(await t.fs.truncate(t.at('f'), 3), true);
      assert.equal(await t.text('f'), 'abc');
    },
  },
  {
    name: 'truncate: a file does not grow',
    run: async (t) => {
      await t.write('f', 'abc');
      await t.refused(t.fs.truncate(t.at('f'), 4), 'HadoopIllegalArgumentException');
      assert.equal(await t.text('f'), 'abc');
    },
  },
  {
    name: 'truncate: a missing file is an error',
    run: (t) => t.refused(t.fs.truncate(t.at('none'), 0), 'FileNotFoundException'),
  },
  {
    name: 'truncate: a directory is an error',
    run: async (t) => {
      await t.fs.mkdirs(t.at('d'));
      await t.refused(t.fs.truncate(t.at('d'), 0), 'FileNotFoundException');
    },
  },
  {
    name: 'concat: the target has the bytes of all, and the sources are gone',
    run: async (t) => {
      for (const name of ['a', 'b', 'c']) await t.write(name, `${name} is one of the files. `);
      await t.concat('a', ['b', 'c']);
      assert.equal(await t.text('a'), 'a is one of the files. b is one of the files. c is one of the files. ');
      assert.deepEqual(await t.list(''), ['a']);
    },
  },
  {
    name: 'concat: a missing target is an error',
    run: async (t) => {
      await t.write('b', 'b');
      await t.refused(t.concat('none', ['b']), 'FileNotFoundException');
      assert.equal(await t.text('b'), 'b');
    },
  },
  {
    name: 'concat: no source is an error',
    run: async (t) => {
      await t.write('a', 'a');
      await t.refused(t.concat('a', []), 'IllegalArgumentException', 'HadoopIllegalArgumentException');
    },
  },
  {
    name: 'concat: a file is not joined to itself',
    run: async (t) => {
      await t.write('a', 'a');
      await t.refused(t.concat('a', ['a']), 'HadoopIllegalArgumentException');
      assert.equal(await t.text('a'), 'a');
    },
  },
];

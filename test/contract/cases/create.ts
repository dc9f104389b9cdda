// Cases for create: Hadoop's AbstractContractCreateTest, and "create()" of its filesystem specification.
import assert from 'node:assert/strict';
import { pattern } from '../../support/pattern.ts';
import type { ContractCase } from '../ground.ts';

export const CREATE: readonly ContractCase[] = [
  {
    name: 'create: a new file holds what was written',
    run: async (t) => {
      await t.write('f', pattern(200_000));
      assert.ok((await t.bytes('f')).equals(pattern(200_000)));
    },
  },
  {
    name: 'create: a file without bytes has length 0',
    run: async (t) => {
      await t.write('f', '');
      assert.equal((await t.status('f')).length, 0);
      assert.equal(await t.text('f'), '');
    },
  },
  {
    name: 'create: pieces make one stream, and the position counts their bytes',
    run: async (t) => {
      const out = await t.fs.create(t.at('f'));
      assert.equal(out.position, 0);
      for (const piece of ['a', 'bc', '', 'def']) await out.write(Buffer.from(piece));
      assert.equal(out.position, 6);
      await out.close();
      assert.equal(await t.text('f'), 'abcdef');
    },
  },
  {
    name: 'create: a file is there before it is closed',
    run: async (t) => {
      const out = await t.fs.create(t.at('f'));
      assert.equal((await t.status('f')).type, 'FILE');
      await out.close();
    },
  },
  {
    name: 'create: replaces a file by default',
    run: async (t) => {
      await t.write('f', 'old and longer');
      await t.write('f', 'new');
      assert.equal(await t.text('f'), 'new');
      assert.equal((await t.status('f')).length, 3);
    },
  },
  {
    name: 'create without overwrite: an existing file is refused and keeps its bytes',
    run: async (t) => {
      await t.write('f', 'old');
      await t.refused(t.fs.create(t.at('f'), { overwrite: false }), 'FileAlreadyExistsException');
      assert.equal(await t.text('f'), 'old');
    },
  },
  {
    name: 'create without overwrite: a file that another client writes is refused',
    run: async (t) => {
      await using out = await t.fs.create(t.at('f'));
      await t.refused(t.other.create(t.at('f'), { overwrite: false }), 'AlreadyBeingCreatedException');
      await out.close();
    },
  },
  {
    name: 'create: a directory is not replaced',
    run: async (t) => {
      await t.fs.mkdirs(t.at('d'));
      await t.refused(t.fs.create(t.at('d')), 'FileAlreadyExistsException');
      assert.equal((await t.status('d')).type, 'DIRECTORY');
    },
  },
  {
    name: 'create without overwrite: a directory is refused',
    run: async (t) => {
      await t.fs.mkdirs(t.at('d'));
      await t.refused(t.fs.create(t.at('d'), { overwrite: false }), 'FileAlreadyExistsException');
    },
  },
  {
    name: 'create: missing parents are made',
    run: async (t) => {
      await t.write('a/b/f', 'x');
      assert.equal((await t.status('a/b')).type, 'DIRECTORY');
    },
  },
  {
    name: 'create without createParent: a missing parent is an error',
    run: async (t) => {
      await t.refused(t.fs.create(t.at('a/f'), { createParent: false }), 'FileNotFoundException');
      assert.equal(await t.exists('a'), false);
    },
  },
  {
    name: 'create: below a file is refused',
    run: async (t) => {
      await t.write('f', 'x');
      await t.refused(t.fs.create(t.at('f/child')), 'ParentNotDirectoryException');
      assert.equal(await t.text('f'), 'x');
    },
  },
  {
    name: 'create: the permission is 0666 without the bits of the umask 022',
    run: async (t) => {
      await t.write('f', 'x');
      assert.equal((await t.status('f')).permission, 0o644);
    },
  },
  {
    name: 'create: a permission that is asked for loses the bits of the umask',
    run: async (t) => {
      await (await t.fs.create(t.at('f'), { permission: 0o622 })).close();
      assert.equal((await t.status('f')).permission, 0o600);
    },
  },
  {
    name: 'create: replication and block size are those asked for',
    run: async (t) => {
      await (await t.fs.create(t.at('f'), { replication: 2, blockSizeBytes: 1 << 20 })).close();
      const { replication, blockSizeBytes } = await t.status('f');
      assert.deepEqual({ replication, blockSizeBytes }, { replication: 2, blockSizeBytes: 1 << 20 });
    },
  },
  {
    name: 'create: a file that is closed takes no more bytes, and may be closed again',
    run: async (t) => {
      const out = await t.fs.create(t.at('f'));
      await out.close();
      await out.close();
      await t.refused(out.write(Buffer.from('x')), 'ClosedChannelException');
    },
  },
  {
    name: 'hflush: another client reads what was flushed',
    run: async (t) => {
      const out = await t.fs.create(t.at('f'));
      await out.write(Buffer.from('flushed'));
      await out.hflush();
      const input = await t.other.open(t.at('f'));
      assert.equal(Buffer.from(await input.pread(0, 100)).toString(), 'flushed');
      await input.close();
      await out.close();
    },
  },
  {
    name: 'hsync: another client reads what was synced, and the file grows on',
    run: async (t) => {
      const out = await t.fs.create(t.at('f'));
      await out.write(Buffer.from('one '));
      await out.hsync();
      await out.write(Buffer.from('two'));
      await out.close();
      assert.equal(await t.text('f'), 'one two');
    },
  },
];

// Cases for open, read and block locations: Hadoop's AbstractContractOpenTest, AbstractContractSeekTest and
// FileSystem.getFileBlockLocations.
import assert from 'node:assert/strict';
import { pattern } from '../../support/pattern.ts';
import type { ContractCase } from '../ground.ts';

const DATA = pattern(10_000);

export const READ: readonly ContractCase[] = [
  {
    name: 'open: a missing file is an error',
    run: (t) => t.refused(t.fs.open(t.at('none')), 'FileNotFoundException'),
  },
  {
    name: 'open: a directory is an error',
    run: async (t) => {
      await t.fs.mkdirs(t.at('d'));
      await t.refused(t.fs.open(t.at('d')), 'FileNotFoundException');
    },
  },
  {
    name: 'open: the length is the length of the file',
    run: async (t) => {
      await t.write('f', DATA);
      const input = await t.fs.open(t.at('f'));
      assert.equal(input.length, DATA.length);
      await input.close();
    },
  },
  {
    name: 'pread: any part of the file',
    run: async (t) => {
      await t.write('f', DATA);
      const input = await t.fs.open(t.at('f'));
      for (const [at, length] of [
        [0, 1],
        [9_999, 1],
        [511, 2],
        [512, 512],
        [0, 10_000],
        [1234, 5678],
      ] as const) {
        assert.ok(Buffer.from(await input.pread(at, length)).equals(DATA.subarray(at, at + length)), `${at}+${length}`);
      }
      await input.close();
    },
  },
  {
    name: 'pread: at the end there are fewer bytes, behind it none',
    run: async (t) => {
      await t.write('f', DATA);
      const input = await t.fs.open(t.at('f'));
      assert.ok(Buffer.from(await input.pread(9_990, 100)).equals(DATA.subarray(9_990)));
      assert.equal((await input.pread(10_000, 1)).length, 0);
      assert.equal((await input.pread(20_000, 1)).length, 0);
      await input.close();
    },
  },
  {
    name: 'pread: no bytes of an empty file',
    run: async (t) => {
      await t.write('f', '');
      const input = await t.fs.open(t.at('f'));
      assert.equal(input.length, 0);
      assert.equal((await input.pread(0, 10)).length, 0);
      await input.close();
    },
  },
  {
    name: 'pread: a negative position is an error',
    run: async (t) => {
      await t.write('f', DATA);
      const input = await t.fs.open(t.at('f'));
      await t.refused(input.pread(-1, 1), 'EOFException');
      await input.close();
    },
  },
  {
    name: 'stream: a range, in order',
    run: async (t) => {
      await t.write('f', DATA);
      const input = await t.fs.open(t.at('f'));
      const chunks: Uint8Array[] = [];
      for await (const chunk of input.stream({ start: 100, end: 9_000 })) chunks.push(Buffer.from(chunk));
      assert.ok(Buffer.concat(chunks).equals(DATA.subarray(100, 9_000)));
      await input.close();
    },
  },
  {
    name: 'stream: a reader may stop early, and read on elsewhere',
    run: async (t) => {
      await t.write('f', DATA);
      const input = await t.fs.open(t.at('f'));
      for await (const chunk of input.stream()) {
        assert.equal(chunk[0], DATA[0]);
        break;
      }
      assert.equal((await input.pread(777, 1))[0], DATA[777]);
      await input.close();
    },
  },
  {
    name: 'readable: the same bytes as a Web stream',
    run: async (t) => {
      await t.write('f', DATA);
      const input = await t.fs.open(t.at('f'));
      const chunks: Uint8Array[] = [];
      for await (const chunk of input.readable()) chunks.push(Buffer.from(chunk));
      assert.ok(Buffer.concat(chunks).equals(DATA));
      await input.close();
    },
  },
  {
    name: 'open: two readers of one file read by themselves',
    run: async (t) => {
      await t.write('f', DATA);
      const [one, two] = [await t.fs.open(t.at('f')), await t.fs.open(t.at('f'))];
      const [a, b] = await Promise.all([one.pread(0, 5000), two.pread(5000, 5000)]);
      assert.ok(Buffer.concat([a, b]).equals(DATA));
      await one.close();
      assert.equal((await two.pread(0, 1))[0], DATA[0]);
      await two.close();
    },
  },
  {
    name: 'open: a reader that is closed may be closed again',
    run: async (t) => {
      await t.write('f', DATA);
      const input = await t.fs.open(t.at('f'));
      await input.close();
      await input.close();
      assert.ok((await t.bytes('f')).equals(DATA));
    },
  },
  {
    name: 'getFileBlockLocations: the blocks of a file, end to end',
    run: async (t) => {
      const data = pattern(2_500_000);
      const out = await t.fs.create(t.at('f'), { blockSizeBytes: 1 << 20 });
      await out.write(Buffer.from(data));
      await out.close();
      const blocks = await t.fs.getFileBlockLocations(t.at('f'));
      assert.deepEqual(
        blocks.map(({ offset, length }) => [offset, length]),
        [
          [0, 1 << 20],
          [1 << 20, 1 << 20],
          [2 << 20, 2_500_000 - (2 << 20)],
        ],
      );
      assert.ok((await t.bytes('f')).equals(data));
    },
  },
  {
    name: 'getFileBlockLocations: every block has a host and its address',
    run: async (t) => {
      await t.write('f', DATA);
      const [block] = await t.fs.getFileBlockLocations(t.at('f'));
      assert.equal(block?.hosts.length, block?.names.length);
      assert.match(block?.names[0] ?? '', /^[\w.:-]+:\d+$/);
      assert.equal(block?.corrupt, false);
    },
  },
  {
    name: 'getFileBlockLocations: an empty file has no blocks',
    run: async (t) => {
      await t.write('f', '');
      assert.deepEqual(await t.fs.getFileBlockLocations(t.at('f')), []);
    },
  },
  {
    name: 'getFileBlockLocations: a missing file is an error',
    run: (t) => t.refused(t.fs.getFileBlockLocations(t.at('none')), 'FileNotFoundException'),
  },
];

// Tests append, hflush, hsync, truncate and recoverLease on a whole cluster.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import type { AppendOptions } from '../../client/filesystem/file-system.ts';
import { pattern } from '../support/pattern.ts';
import { until } from '../support/until.ts';
import { Cluster, writeFile } from './cluster.ts';
import { readAll } from './support.ts';

// Small blocks of 64 KiB and packets of 4 KiB, so that short files cross their borders.
const BLOCK_BYTES = 65536;
let cluster: Cluster;
let fs: DistributedFileSystem;

beforeAll(async () => {
  cluster = await Cluster.start(3);
  fs = cluster.client();
});
afterAll(() => cluster.stop());

async function append(path: string, data: Buffer, options: AppendOptions = {}): Promise<void> {
  const out = await fs.append(path, options);
  await out.write(data);
  await out.close();
}

/** Checks a file's bytes as a new reader reads them, and its length as the NameNode reports it. */
async function expectFile(path: string, data: Buffer): Promise<void> {
  const read = await readAll(cluster.client(), path);
  expect(read.length).toBe(data.length);
  expect(read.equals(data)).toBe(true);
}

const blockLengths = async (path: string): Promise<number[]> =>
  (await fs.getFileBlockLocations(path)).map((b) => b.length);

describe('append', () => {
  // The last block is missing, ends within a checksum chunk, ends at a chunk's end, or is full.
  it.each([0, 1, 100, 511, 512, 5000, 65_024, 65_535, 65_536, 70_000])('goes on at byte %i', async (length) => {
    const path = `/at-${length}`;
    const data = pattern(length + 80_000, length);
    await writeFile(fs, path, data.subarray(0, length));
    const out = await fs.append(path);
    expect(out.position).toBe(length);
    await out.write(data.subarray(length, length + 7));
    await out.hflush();
    await expectFile(path, data.subarray(0, length + 7));
    await out.write(data.subarray(length + 7));
    await out.close();
    await expectFile(path, data);
    expect((await fs.getFileStatus(path)).length).toBe(data.length);
    expect(await blockLengths(path)).toEqual(
      Array.from({ length: Math.ceil(data.length / BLOCK_BYTES) }, (_, i) =>
        Math.min(BLOCK_BYTES, data.length - i * BLOCK_BYTES),
      ),
    );
  });

  it('many times, in pieces of any size, with flushes in between', async () => {
    let data = Buffer.alloc(0);
    await writeFile(fs, '/many', data);
    for (const length of [3, 509, 1, 511, 513, 0, 4096, 60_000, 2000, 1]) {
      const piece = pattern(length, length);
      const out = await fs.append('/many');
      await out.write(piece.subarray(0, length >> 1));
      await out.hsync();
      await out.write(piece.subarray(length >> 1));
      await out.hflush();
      await out.close();
      data = Buffer.concat([data, piece]);
      await expectFile('/many', data);
    }
  });

  it('to a new block, whatever room the last one has (NEW_BLOCK)', async () => {
    const data = pattern(1300);
    await writeFile(fs, '/new-block', data.subarray(0, 1000));
    await append('/new-block', data.subarray(1000, 1200), { newBlock: true });
    await append('/new-block', data.subarray(1200), { newBlock: true });
    await expectFile('/new-block', data);
    expect(await blockLengths('/new-block')).toEqual([1000, 200, 100]);
  });

  it('of nothing leaves the file as it is', async () => {
    await writeFile(fs, '/nothing', pattern(700));
    for (const newBlock of [false, true]) await append('/nothing', Buffer.alloc(0), { newBlock });
    await expectFile('/nothing', pattern(700));
    expect(await fs.isFileClosed('/nothing')).toBe(true);
  });

  it('is refused while another writes the file, and where there is none', async () => {
    const out = await fs.create('/busy');
    await expect(cluster.client().append('/busy')).rejects.toMatchObject({ code: 'AlreadyBeingCreatedException' });
    await out.close();
    await expect(fs.append('/none')).rejects.toMatchObject({ code: 'FileNotFoundException' });
  });
});

describe('hflush and hsync', () => {
  it('a reader that opens later sees what was flushed, one that is open sees it when it asks', async () => {
    const data = pattern(200_000);
    const out = await fs.create('/growing');
    const reader = await cluster.client().open('/growing');
    expect(reader.length).toBe(0);
    for (const [from, to] of [
      [0, 1],
      [1, 600],
      [600, 65_536],
      [65_536, 65_537],
      [65_537, 200_000],
    ] as const) {
      await out.write(data.subarray(from, to));
      await out.hflush();
      await expectFile('/growing', data.subarray(0, to));
      expect(data.subarray(from, to).equals(await reader.pread(from, data.length))).toBe(true);
      expect(reader.length).toBe(to);
    }
    await out.close();
    await reader.close();
  });

  it('flushes that are not awaited, at the borders of blocks, never report one block with the length of another', async () => {
    const data = pattern(150_000);
    const out = await fs.create('/hurried', { blockSizeBytes: 4096 });
    const flushes: Promise<void>[] = [];
    for (let at = 0; at < data.length; at += 2500) {
      const written = out.write(data.subarray(at, at + 2500));
      flushes.push(written, at % 3 === 0 ? out.hsync({ updateLength: true }) : out.hflush());
    }
    const closed = out.close();
    await Promise.all(flushes);
    await closed;
    await expectFile('/hurried', data);
    expect(new Set((await blockLengths('/hurried')).slice(0, -1))).toEqual(new Set([4096]));
  });

  it('UPDATE_LENGTH makes the NameNode tell the length', async () => {
    const out = await fs.create('/length');
    await out.write(pattern(100));
    await out.hsync();
    await out.write(pattern(100));
    await out.hsync({ updateLength: true });
    expect((await fs.getFileStatus('/length')).length).toBe(200);
    await out.close();
  });

  it('END_BLOCK ends the block where it stands', async () => {
    const data = pattern(1700);
    const out = await fs.create('/ends');
    await out.write(data.subarray(0, 600));
    await out.hsync({ endBlock: true });
    await out.hsync({ endBlock: true });
    await out.write(data.subarray(600, 1000));
    await out.hflush();
    await out.hsync({ endBlock: true, updateLength: true });
    await out.write(data.subarray(1000));
    await out.close();
    await expectFile('/ends', data);
    expect(await blockLengths('/ends')).toEqual([600, 400, 700]);
  });
});

describe('truncate', () => {
  it('at a block border is done at once; within a block when its replicas are cut', async () => {
    const data = pattern(150_000);
    await writeFile(fs, '/cut', data);
    expect(await fs.truncate('/cut', 150_000)).toBe(true);
    expect(await fs.truncate('/cut', 131_072)).toBe(true);
    await expectFile('/cut', data.subarray(0, 131_072));
    expect(await fs.truncate('/cut', 70_001)).toBe(false);
    await until(() => fs.isFileClosed('/cut'), 'the recovery of the last block');
    await expectFile('/cut', data.subarray(0, 70_001));
    await append('/cut', data.subarray(70_001, 80_000));
    await expectFile('/cut', data.subarray(0, 80_000));
    expect(await fs.truncate('/cut', 0)).toBe(true);
    await expectFile('/cut', Buffer.alloc(0));
  });

  it('to more than the length is refused', async () => {
    await writeFile(fs, '/short', pattern(10));
    await expect(fs.truncate('/short', 11)).rejects.toMatchObject({ code: 'HadoopIllegalArgumentException' });
  });
});

describe('recoverLease', () => {
  it('closes a file that another client left open, with all flushed bytes; its writer then fails', async () => {
    const gone = cluster.client();
    const out = await gone.create('/left');
    await out.write(pattern(5000));
    await out.hflush();
    await until(() => fs.recoverLease('/left'), 'the recovery');
    expect(await fs.isFileClosed('/left')).toBe(true);
    await expectFile('/left', pattern(5000));
    await expect(out.close()).rejects.toThrow(
      / is (UNDER_RECOVERY|COMPLETE) but not UNDER_CONSTRUCTION$|^No lease on /,
    );
    await append('/left', pattern(10));
    expect((await fs.getFileStatus('/left')).length).toBe(5010);
  });

  it('of a closed file is true at once', async () => {
    await writeFile(fs, '/closed', pattern(10));
    expect(await fs.recoverLease('/closed')).toBe(true);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeBlockList, REPLICA_STATES } from '../../datanode/link/block-report.ts';
import { IncrementalReport } from '../../datanode/link/incremental-report.ts';
import { planRecovery } from '../../datanode/recovery/block-recovery-plan.ts';
import { checksumLength, decodeMetaHeader, encodeMetaHeader, metaLength } from '../../datanode/replicas/meta-header.ts';
import { CrcComposer } from '../../datanode/transfer/composite-crc.ts';
import { alignRead } from '../../datanode/transfer/read-range.ts';
import {
  blockFileName,
  formatBlock,
  idToBlockDir,
  metaFileName,
  parseBlockFileName,
  replicaDirectory,
} from '../../datanode/volumes/block-layout.ts';
import { parseStorageLocation } from '../../datanode/volumes/storage-location.ts';
import { chooseVolume } from '../../datanode/volumes/volume-choice.ts';
import { DataChecksum } from '../../protocol/checksum/checksum.ts';
import { ReceivedDeletedBlockInfoProto_BlockStatus as BlockStatus } from '../../protocol/gen/messages.ts';
import { DiskPace } from '../../runtime/files/disk-pace.ts';
import { dropBytes, firstBytes, writeCallBytes } from '../../runtime/files/file-writes.ts';
import { decodeBlockList } from './harness.ts';

describe('block-layout: names and places of block files', () => {
  test('idToBlockDir takes bits 16-20 and 8-12 of the id (DatanodeUtil.idToBlockDir)', () => {
    expect(idToBlockDir(1073741825)).toBe('subdir0/subdir0');
    expect(idToBlockDir(1073741825 + 0x010200)).toBe('subdir1/subdir2');
    expect(idToBlockDir(0x1f1f00)).toBe('subdir31/subdir31');
    expect(idToBlockDir(0x2020ff)).toBe('subdir0/subdir0');
  });

  test('names can be read back; others are nothing', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (blockId, generationStamp) => {
        expect(parseBlockFileName(blockFileName(blockId))).toEqual({ kind: 'block', blockId });
        expect(parseBlockFileName(metaFileName(blockId, generationStamp))).toEqual({
          kind: 'meta',
          blockId,
          generationStamp,
        });
      }),
    );
    for (const name of ['blk_', 'blk_1.meta', 'blk_1_2', 'VERSION', 'blk_1_2.meta.tmp'])
      expect(parseBlockFileName(name)).toBeUndefined();
  });

  test('rbw and tmp are flat', () => {
    expect(replicaDirectory('rbw', 1)).toBe('current/rbw');
    expect(replicaDirectory('tmp', 1)).toBe('tmp');
    expect(formatBlock({ poolId: 'BP-1', blockId: 2, generationStamp: 3 })).toBe('BP-1:blk_2_3');
  });
});

describe('meta-header: the seven bytes in front of checksums', () => {
  test('is what BlockMetadataHeader writes', () => {
    expect([...encodeMetaHeader({ type: 'CRC32C', bytesPerChecksum: 512 })]).toEqual([0, 1, 2, 0, 0, 2, 0]);
    expect(decodeMetaHeader(encodeMetaHeader({ type: 'CRC32', bytesPerChecksum: 4096 }), 'f')).toEqual({
      type: 'CRC32',
      bytesPerChecksum: 4096,
    });
  });

  test('a header cut short, of another version or without sense is refused', () => {
    expect(() => decodeMetaHeader(Buffer.from([0, 1]), 'f')).toThrow(
      'The meta file length 2 is less than the expected header length 7',
    );
    for (const bytes of [
      [0, 2, 2, 0, 0, 2, 0],
      [0, 1, 9, 0, 0, 2, 0],
      [0, 1, 2, 0, 0, 0, 0],
    ]) {
      expect(() => decodeMetaHeader(Buffer.from(bytes), 'f')).toThrow('corrupt');
    }
  });

  test('lengths count partial chunks', () => {
    const spec = { type: 'CRC32C', bytesPerChecksum: 512 } as const;
    expect([0, 1, 512, 513].map((n) => checksumLength(spec, n))).toEqual([0, 4, 4, 8]);
    expect(metaLength({ type: 'NULL', bytesPerChecksum: 512 }, 1000)).toBe(7);
  });
});

describe('block-report: BlockListAsLongs', () => {
  test('a replica is zigzag id, length, generation stamp and state', () => {
    const { buffers, numberOfBlocks } = encodeBlockList([
      { blockId: 1, bytesOnDisk: 300, generationStamp: 5, state: 'RBW' },
    ]);
    expect(numberOfBlocks).toBe(1);
    expect(Buffer.concat(buffers)).toEqual(Buffer.from([2, 0xac, 2, 5, 1]));
  });

  test('any list comes back as it was, in buffers of at most 64 KiB', () => {
    const replica = fc.record({
      blockId: fc.oneof(fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), fc.nat()),
      bytesOnDisk: fc.integer({ min: 0, max: 2 ** 40 }),
      generationStamp: fc.nat(),
      state: fc.constantFrom(...REPLICA_STATES),
    });
    fc.assert(
      fc.property(fc.array(replica), (replicas) => {
        const { buffers, numberOfBlocks } = encodeBlockList(replicas);
        expect(decodeBlockList(buffers, numberOfBlocks)).toEqual(replicas);
      }),
    );
    const many = Array.from({ length: 20_000 }, (_, i) => ({
      blockId: 2 ** 30 + i,
      bytesOnDisk: 2 ** 27,
      generationStamp: 1001 + i,
      state: 'FINALIZED' as const,
    }));
    const { buffers } = encodeBlockList(many);
    expect(buffers.length).toBeGreaterThan(1);
    for (const buffer of buffers.slice(0, -1)) expect(buffer.length).toBe(65536);
    expect(decodeBlockList(buffers, many.length)).toEqual(many);
  });
});

describe('read-range: whole chunks', () => {
  const replica = { visibleLength: 1000, bytesOnDisk: 1000 };

  test('starts and ends at chunk borders, or at the end of what is on disk', () => {
    expect(alignRead({ offset: 0, length: 1000 }, replica, 512, 'b')).toEqual({ start: 0, end: 1000 });
    expect(alignRead({ offset: 513, length: 1 }, replica, 512, 'b')).toEqual({ start: 512, end: 1000 });
    expect(alignRead({ offset: 10, length: 20 }, replica, 512, 'b')).toEqual({ start: 0, end: 512 });
    expect(alignRead({ offset: 512, length: 0 }, replica, 512, 'b')).toEqual({ start: 512, end: 512 });
    expect(alignRead({ offset: 0, length: -1 }, replica, 512, 'b')).toEqual({ start: 0, end: 1000 });
  });

  test('a range outside is refused with the words of Hadoop', () => {
    for (const [offset, length] of [
      [1001, 0],
      [0, 1001],
      [999, 2],
      [-1, 1],
    ] as const) {
      expect(() => alignRead({ offset, length }, replica, 512, 'blk')).toThrow(
        ` Offset ${offset} and length ${length} don't match block blk ( blockLen 1000 )`,
      );
    }
  });

  test('holds what was asked for and no chunk more', () => {
    fc.assert(
      fc.property(
        fc.nat(5000),
        fc.nat(5000),
        fc.nat(5000),
        fc.integer({ min: 1, max: 700 }),
        (offset, length, rest, chunk) => {
          const bytesOnDisk = offset + length + rest;
          const { start, end } = alignRead({ offset, length }, { visibleLength: bytesOnDisk, bytesOnDisk }, chunk, 'b');
          expect(start % chunk).toBe(0);
          expect(start <= offset && offset - start < chunk).toBe(true);
          expect(end >= offset + length && end - (offset + length) < chunk).toBe(true);
          expect(end === bytesOnDisk || end % chunk === 0).toBe(true);
        },
      ),
    );
  });
});

describe('composite-crc: the CRC of a concatenation', () => {
  test('of any parts is the CRC of the whole', () => {
    for (const type of ['CRC32', 'CRC32C'] as const) {
      const crcOf = (bytes: Uint8Array) =>
        bytes.length === 0 ? 0 : new DataChecksum(type, 1 << 20).compute(bytes).readUInt32BE(0);
      fc.assert(
        fc.property(
          fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 6 }),
          (parts) => {
            const composer = new CrcComposer(type);
            for (const part of parts) composer.update(crcOf(part), part.length);
            expect(composer.digest()).toBe(crcOf(Buffer.concat(parts)));
          },
        ),
        { numRuns: 30 },
      );
    }
  });
});

describe('storage-location: entries of dfs.datanode.data.dir', () => {
  test('paths, URIs and storage types', () => {
    expect(parseStorageLocation('/d1')).toEqual({ storageType: 'DISK', directory: '/d1' });
    expect(parseStorageLocation('file:///d1')).toEqual({ storageType: 'DISK', directory: '/d1' });
    expect(parseStorageLocation('file:/d1/')).toEqual({ storageType: 'DISK', directory: '/d1' });
    expect(parseStorageLocation(' [ssd]file:///a%20b ')).toEqual({ storageType: 'SSD', directory: '/a b' });
  });

  test('anything else is refused by name', () => {
    expect(() => parseStorageLocation('[FLOPPY]/d')).toThrow("unknown storage type in '[FLOPPY]/d'");
    expect(() => parseStorageLocation('[DISK]')).toThrow('no directory');
    expect(() => parseStorageLocation('s3://bucket')).toThrow('neither a path nor a file: URI');
  });
});

describe('volume-choice: round robin by space', () => {
  const volumes = (...free: number[]) => free.map((availableBytes) => ({ availableBytes }));

  test('takes turns, and skips volumes without room', () => {
    expect(chooseVolume(volumes(10, 10, 10), 0, 5)).toBe(0);
    expect(chooseVolume(volumes(10, 10, 10), 2, 5)).toBe(2);
    expect(chooseVolume(volumes(10, 1, 10), 1, 5)).toBe(2);
    expect(chooseVolume(volumes(10, 1, 1), 1, 5)).toBe(0);
  });

  test('a full node is a DiskOutOfSpaceException that names what there is', () => {
    expect(() => chooseVolume(volumes(3, 4), 0, 5)).toThrow(
      'Out of space: The volume with the most available space (=4 B) is less than the block size (=5 B).',
    );
    expect(() => chooseVolume([], 0, 5)).toThrow('No more available volumes');
  });
});

describe('incremental-report: one entry a block, the newest', () => {
  const block = (blockId: number) => ({ poolId: 'p', blockId, generationStamp: 1, numBytes: 0 });
  const RECEIVING = { block: block(1), status: BlockStatus.RECEIVING };
  const RECEIVED = { block: block(1), status: BlockStatus.RECEIVED };

  test('a later word replaces an earlier one, even on another storage', () => {
    const report = new IncrementalReport();
    report.add('s1', RECEIVING);
    report.add('s2', RECEIVED);
    expect(report.takeAll()).toEqual(new Map([['s2', [RECEIVED]]]));
    expect(report.isEmpty).toBe(true);
  });

  test('what could not be sent comes back, but not over newer word', () => {
    const report = new IncrementalReport();
    report.add('s1', RECEIVING);
    report.add('s1', { block: block(2), status: BlockStatus.RECEIVED });
    const unsent = report.takeAll();
    report.add('s1', RECEIVED);
    report.putBack(unsent);
    expect(report.takeAll().get('s1')).toEqual([RECEIVED, { block: block(2), status: BlockStatus.RECEIVED }]);
  });
});

describe('block-recovery-plan: which replicas survive, at what length', () => {
  const replica = (state: 'FINALIZED' | 'RBW' | 'RWR', numBytes: number, generationStamp = 1) => ({
    state,
    numBytes,
    generationStamp,
  });

  test('finalized replicas settle the length; an RBW replica of that length joins them', () => {
    const [f, r, short] = [replica('FINALIZED', 100), replica('RBW', 100), replica('RBW', 90)];
    expect(planRecovery([f, r, short], 1)).toEqual({ participants: [f, r], newLength: 100 });
  });

  test('otherwise the best state wins, at its shortest length', () => {
    const [a, b, w] = [replica('RBW', 100), replica('RBW', 80), replica('RWR', 10)];
    expect(planRecovery([a, b, w], 1)).toEqual({ participants: [a, b], newLength: 80 });
    expect(planRecovery([w], 1)).toEqual({ participants: [w], newLength: 10 });
  });

  test('older generations and empty replicas do not count', () => {
    expect(planRecovery([replica('FINALIZED', 5, 1), replica('RBW', 0, 2)], 2)).toEqual({
      participants: [],
      newLength: 0,
    });
  });

  test('the longest finalized or RWR replica counts: a loss of power may have cut others off', () => {
    for (const state of ['FINALIZED', 'RWR'] as const) {
      const [cut, whole] = [replica(state, 5), replica(state, 6)];
      expect(planRecovery([cut, whole], 1)).toEqual({ participants: [whole], newLength: 6 });
    }
  });

  test('a truncate takes every replica that is long enough, also those that an earlier try of it has cut', () => {
    const [whole, done, lost] = [replica('FINALIZED', 100), replica('FINALIZED', 40, 2), replica('FINALIZED', 7)];
    expect(planRecovery([whole, done, lost], 1, 40)).toEqual({ participants: [whole, done], newLength: 40 });
    expect(() => planRecovery([lost], 1, 40)).toThrow('No replica has the 40 bytes');
  });
});

test('dropBytes leaves what was not written', () => {
  const buffers = [Buffer.from('abc'), Buffer.from('de'), Buffer.from('f')];
  const left = (count: number) => Buffer.concat(dropBytes(buffers, count)).toString();
  expect([0, 1, 3, 4, 6].map(left)).toEqual(['abcdef', 'bcdef', 'def', 'ef', '']);
});

describe('disk-pace: who waits for the disk', () => {
  test('one slow write leaves the next second to threads', () => {
    const pace = new DiskPace();
    pace.record(1000, 1049);
    expect(pace.isFast(1049)).toBe(true);
    pace.record(1050, 1120);
    expect(pace.isFast(1121)).toBe(false);
    expect(pace.isFast(2119)).toBe(false);
    expect(pace.isFast(2120)).toBe(true);
  });
});

test('firstBytes and dropBytes cut a list of buffers in two', () => {
  const buffers = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(buffers, fc.integer({ min: 1, max: 250 }), (list, count) => {
      const all = Buffer.concat(list);
      expect(Buffer.concat(firstBytes(list, count))).toEqual(all.subarray(0, count));
      expect(Buffer.concat(dropBytes(list, count))).toEqual(all.subarray(count));
    }),
  );
});

test('a write call ends where a multiple of eight pages does', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 40 }), (position) => {
      const bytes = writeCallBytes(position);
      expect(bytes).toBeGreaterThan(0);
      expect(bytes).toBeLessThanOrEqual(32 * 1024);
      expect((position + bytes) % (32 * 1024)).toBe(0);
    }),
  );
});

// READ_BLOCK and BLOCK_CHECKSUM of finished blocks and of blocks being written.
import { createHash } from 'node:crypto';
import nodeFs from 'node:fs';
import fs from 'node:fs/promises';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { DataNode } from '../../../datanode/datanode.ts';
import type { BlockStore } from '../../../datanode/replicas/block-store.ts';
import { BugTrap } from '../../../datanode/replicas/bug-trap.ts';
import { StoredReplica } from '../../../datanode/replicas/stored-replica.ts';
import { BlockSender } from '../../../datanode/transfer/block-sender.ts';
import type { Volume } from '../../../datanode/volumes/volume.ts';
import { DataChecksum } from '../../../protocol/checksum/checksum.ts';
import { DataConnection } from '../../../protocol/datatransfer/data-connection.ts';
import { Op } from '../../../protocol/datatransfer/data-transfer.ts';
import {
  BlockChecksumTypeProto,
  BlockOpResponseProto,
  ClientReadStatusProto,
  OpBlockChecksumProto,
  OpReadBlockProto,
  Status,
} from '../../../protocol/gen/messages.ts';
import { deferred, nothing, settled } from '../../../runtime/promises.ts';
import { systemClock } from '../../../runtime/runtime.ts';
import { eventually } from '../../support/until.ts';
import { useTestBench } from '../support/bench.ts';
import { BLOCK_ID, CRC32C, extendedBlock, POOL, someBytes } from '../support/blocks.ts';
import { infoOf } from '../support/datanodes.ts';
import { FINALIZED_DIRECTORY } from '../support/files.ts';
import { expectLost } from '../support/lost-connection.ts';
import { readBlock } from '../support/reader.ts';
import { TestWriter, writeWhole } from '../support/writer.ts';

const { SUCCESS, ERROR } = Status;
const bench = useTestBench();
let datanode: DataNode;
beforeEach(async () => {
  datanode = await bench.start();
});

const blockPath = (name: string) => bench.pool('a', ...FINALIZED_DIRECTORY, name);

describe('reading a finished block', () => {
  const data = someBytes(700_000);
  beforeEach(async () => {
    await writeWhole(infoOf(datanode), data);
  });

  test('any range comes as whole chunks with their checksums', async () => {
    for (const [offset, length] of [
      [0, 1],
      [511, 2],
      [512, 512],
      [65_535, 70_000],
      [699_999, 1],
      [700_000, 0],
      [0, 700_000],
    ] as const) {
      const read = await readBlock(infoOf(datanode), extendedBlock(), offset, length);
      const start = offset - (offset % 512);
      const end = Math.min(data.length, Math.ceil((offset + length) / 512) * 512);
      expect(read.response.readOpChecksumInfo?.chunkOffset).toBe(start);
      expect(read.data.equals(data.subarray(start, end))).toBe(true);
      expect(read.checksums.equals(CRC32C.compute(data.subarray(start, end)))).toBe(true);
      for (const packet of read.packets)
        expect(packet.offsetInBlock % 512 === 0 || packet.lastPacketInBlock).toBe(true);
    }
  });

  // Hadoop: BlockSender sends at least one chunk in a packet, and only whole ones (maxChunksPerPacket).
  test.each([1000, 100_000, 600_000])('chunks of %i bytes are never cut by the end of a packet', async (bytes) => {
    const checksum = new DataChecksum('CRC32C', bytes);
    const block = extendedBlock(BLOCK_ID + 1);
    const long = someBytes(1_500_000);
    // Whole chunks in a packet, so that no checksum is computed anew.
    await writeWhole(infoOf(datanode), long, { block, checksum }, bytes * Math.ceil(100_000 / bytes));
    const { response, packets } = await readBlock(infoOf(datanode), block, 1_300_000, 100_000);
    const start = 1_300_000 - (1_300_000 % bytes);
    expect(response.readOpChecksumInfo?.chunkOffset).toBe(start);
    for (const packet of packets) {
      expect(packet.checksums.equals(checksum.compute(packet.data))).toBe(true);
    }
    const end = Math.min(long.length, Math.ceil(1_400_000 / bytes) * bytes);
    expect(Buffer.concat(packets.map((p) => p.data)).equals(long.subarray(start, end))).toBe(true);
    expect((await readBlock(infoOf(datanode), block, 0, long.length)).data.equals(long)).toBe(true);
  });

  test('without checksums there are none', async () => {
    const read = await readBlock(infoOf(datanode), extendedBlock(), 1000, 100_000, false);
    expect(read.response.readOpChecksumInfo?.checksum).toEqual(new DataChecksum('NULL', 512).toProto());
    expect(read.checksums).toHaveLength(0);
    expect(read.data.subarray(1000 - 512, 1000 - 512 + 100_000).equals(data.subarray(1000, 101_000))).toBe(true);
  });

  test('a range outside, an unknown block and a newer generation are errors with the words of Hadoop', async () => {
    const messageOf = async (block = extendedBlock(), offset = 0, length = 1) => {
      const { response } = await readBlock(infoOf(datanode), block, offset, length);
      expect(response.status).toBe(ERROR);
      return response.message;
    };
    expect(await messageOf(extendedBlock(), 0, 700_001)).toContain(
      `opReadBlock ${POOL}:blk_${BLOCK_ID}_1001 received exception java.io.IOException:  Offset 0 and length 700001 don't match block`,
    );
    expect(await messageOf(extendedBlock(9))).toContain('ReplicaNotFoundException: Replica not found for');
    expect(await messageOf({ ...extendedBlock(), poolId: 'BP-other' })).toContain('Replica not found for BP-other:');
    expect(await messageOf(extendedBlock(BLOCK_ID, 1002))).toContain('Replica gen stamp < block genstamp');
    expect((await readBlock(infoOf(datanode), extendedBlock(BLOCK_ID, 1000), 0, 1)).response.status).toBe(SUCCESS);
  });

  test('a corrupt block is sent as it is: the checksums show it to the reader', async () => {
    const file = await fs.open(blockPath(`blk_${BLOCK_ID}`), 'r+');
    await file.write(Buffer.from([(data[1000] ?? 0) ^ 0xff]), 0, 1, 1000);
    await file.close();
    const read = await readBlock(infoOf(datanode), extendedBlock(), 0, data.length);
    expect(read.response.status).toBe(SUCCESS);
    expect(() => CRC32C.verify(read.data, read.checksums, 0, 'block')).toThrow('Checksum error: block at 512');
  });

  test('a block file that has become shorter ends the connection, not the daemon', async () => {
    await fs.truncate(blockPath(`blk_${BLOCK_ID}`), 1000);
    await expectLost(readBlock(infoOf(datanode), extendedBlock(), 0, data.length));
    expect((await readBlock(infoOf(datanode), extendedBlock(), 0, 10)).response.status).toBe(SUCCESS);
  });

  test('a block file that has become shorter fails a slow read with the length that is left', async () => {
    await fs.truncate(blockPath(`blk_${BLOCK_ID}`), 600_000);
    const { poolId, blockId } = extendedBlock();
    const volume = { poolPath: (...names: string[]) => bench.pool('a', ...names) } as unknown as Volume;
    const state = { kind: 'FINALIZED', blockId, generationStamp: 1001, bytesOnDisk: data.length } as const;
    const stored = new StoredReplica(poolId, volume, state, new BugTrap(nothing));
    const store = { get: () => stored } as unknown as BlockStore;
    const whole = { offset: 0, length: -1, sendChecksums: true };
    const sender = await BlockSender.open(store, systemClock, { block: extendedBlock(), ...whole });
    const room = deferred();
    const connection = { sendRaw: () => room.promise } as unknown as DataConnection;
    const { readv } = nodeFs;
    let metEnd = false;
    const spy = vi.spyOn(nodeFs, 'readv').mockImplementation((fd, buffers, position, done) =>
      readv(fd, buffers, position ?? null, (e, bytes, read) => {
        done(e, bytes, read);
        metEnd ||= bytes === 0;
      }),
    );
    const sending = sender.send(connection);
    // The read ahead meets the end of the file while the reader has not yet taken the bytes before it.
    await eventually(() => expect(metEnd).toBe(true));
    await new Promise((resolve) => setImmediate(resolve));
    spy.mockRestore();
    room.resolve();
    await expect(sending).rejects.toThrow('ends at 600000, expected 700000');
    await sender.close();
  });

  test('one connection serves several reads', async () => {
    const { host, port } = datanode.xferAddress;
    const connection = await DataConnection.connect({ host, port, timeoutMs: 10_000 });
    for (const offset of [0, 512, 1024]) {
      const header = { baseHeader: { block: extendedBlock() }, clientName: 'client' };
      await connection.sendOp(Op.READ_BLOCK, OpReadBlockProto, { header, offset, len: 512 });
      expect((await connection.receiveMessage(BlockOpResponseProto)).status).toBe(SUCCESS);
      expect((await connection.receivePacket()).data.equals(data.subarray(offset, offset + 512))).toBe(true);
      expect((await connection.receivePacket()).lastPacketInBlock).toBe(true);
      await connection.sendMessage(ClientReadStatusProto, { status: Status.SUCCESS });
    }
    connection.destroy();
  });

  test('a reader that leaves in the middle does no harm', async () => {
    const { host, port } = datanode.xferAddress;
    const connection = await DataConnection.connect({ host, port, timeoutMs: 10_000 });
    const header = { baseHeader: { block: extendedBlock() }, clientName: 'client' };
    await connection.sendOp(Op.READ_BLOCK, OpReadBlockProto, { header, offset: 0, len: data.length });
    await settled(connection.receivePacket());
    connection.destroy();
    expect((await readBlock(infoOf(datanode), extendedBlock(), 0, 10)).response.status).toBe(SUCCESS);
  });
});

describe('reading a block that is being written', () => {
  test('what is on disk can be read, with the checksum of its partial chunk as it is now', async () => {
    const data = someBytes(1300);
    const writer = await TestWriter.open(infoOf(datanode));
    await writer.setUp();
    await writer.send(0, data.subarray(0, 700));
    await writer.ack();
    const early = await readBlock(infoOf(datanode), extendedBlock(), 0, 700);
    expect(early.data.equals(data.subarray(0, 700))).toBe(true);
    expect(early.checksums.equals(CRC32C.compute(data.subarray(0, 700)))).toBe(true);
    await writer.send(512, data.subarray(512));
    await writer.ack();
    const later = await readBlock(infoOf(datanode), extendedBlock(), 0, 1300);
    expect(later.checksums.equals(CRC32C.compute(data))).toBe(true);
    writer.close();
  });

  test('a reader ahead of the writer waits for the bytes it was told of', async () => {
    const data = someBytes(1000);
    const writer = await TestWriter.open(infoOf(datanode));
    await writer.setUp();
    const reading = readBlock(infoOf(datanode), extendedBlock(), 0, 1000);
    await writer.send(0, data);
    await writer.ack();
    expect((await reading).data.equals(data)).toBe(true);
    writer.close();
  });
});

describe('BLOCK_CHECKSUM', () => {
  const data = someBytes(10_000);
  const ask = async (blockChecksumType: BlockChecksumTypeProto, numBytes = 0) => {
    const { host, port } = datanode.xferAddress;
    const connection = await DataConnection.connect({ host, port, timeoutMs: 10_000 });
    await connection.sendOp(Op.BLOCK_CHECKSUM, OpBlockChecksumProto, {
      header: { block: extendedBlock(BLOCK_ID, 1001, numBytes) },
      blockChecksumOptions: { blockChecksumType },
    });
    const { checksumResponse } = await connection.receiveMessage(BlockOpResponseProto);
    connection.destroy();
    return checksumResponse;
  };
  beforeEach(async () => {
    await writeWhole(infoOf(datanode), data);
  });

  test('MD5CRC is the MD5 of the checksums, of the whole or of a part', async () => {
    const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest();
    const whole = await ask(BlockChecksumTypeProto.MD5CRC, data.length);
    expect(whole).toMatchObject({ bytesPerCrc: 512, crcPerBlock: 20, crcType: CRC32C.toProto().type });
    expect(Buffer.from(whole?.blockChecksum ?? [])).toEqual(md5(CRC32C.compute(data)));
    const part = await ask(BlockChecksumTypeProto.MD5CRC, 1000);
    expect(Buffer.from(part?.blockChecksum ?? [])).toEqual(md5(CRC32C.compute(data.subarray(0, 1000))));
  });

  test('COMPOSITE_CRC is the CRC of the data', async () => {
    for (const length of [data.length, 512, 700]) {
      const answer = await ask(BlockChecksumTypeProto.COMPOSITE_CRC, length);
      expect(Buffer.from(answer?.blockChecksum ?? [])).toEqual(
        new DataChecksum('CRC32C', 1 << 20).compute(data.subarray(0, length)),
      );
    }
  });

  test('of an unknown block is an error', async () => {
    const { host, port } = datanode.xferAddress;
    const connection = await DataConnection.connect({ host, port, timeoutMs: 10_000 });
    await connection.sendOp(Op.BLOCK_CHECKSUM, OpBlockChecksumProto, { header: { block: extendedBlock(77) } });
    expect((await connection.receiveMessage(BlockOpResponseProto)).status).toBe(ERROR);
    connection.destroy();
  });
});

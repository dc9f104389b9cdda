// Bytes that no client sends end their connection and do no other harm.
import net from 'node:net';
import { beforeEach, describe, expect, test } from 'vitest';
import type { DataNode } from '../../../datanode/datanode.ts';
import { DataConnection } from '../../../protocol/datatransfer/data-connection.ts';
import { Op } from '../../../protocol/datatransfer/data-transfer.ts';
import {
  BlockOpResponseProto,
  ChecksumTypeProto,
  OpRequestShortCircuitAccessProto,
  OpWriteBlockProto,
  OpWriteBlockProto_BlockConstructionStage,
  ShortCircuitShmRequestProto,
  ShortCircuitShmResponseProto,
  Status,
} from '../../../protocol/gen/messages.ts';
import { nothing } from '../../../runtime/promises.ts';
import { useTestBench } from '../support/bench.ts';
import { BLOCK_ID, extendedBlock, someBytes } from '../support/blocks.ts';
import { infoOf } from '../support/datanodes.ts';
import { expectLost } from '../support/lost-connection.ts';
import { readBlock } from '../support/reader.ts';
import { TestWriter, writeWhole } from '../support/writer.ts';

const bench = useTestBench();
const { start } = bench;
let datanode: DataNode;
beforeEach(async () => {
  datanode = await start();
});

describe('bad input ends its connection and nothing else', () => {
  /** Sends bytes and waits until the DataNode closes the connection. */
  const throwAt = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve) => {
      const { host, port } = datanode.xferAddress;
      const socket = net.connect(port, host, () => socket.write(bytes));
      socket.resume();
      socket.on('end', () => socket.end());
      socket.on('error', nothing);
      socket.on('close', () => resolve());
    });
  const stillServes = async () => {
    const block = extendedBlock(BLOCK_ID + 100);
    await writeWhole(infoOf(datanode), someBytes(10), { block });
    expect((await readBlock(infoOf(datanode), block, 0, 10)).response.status).toBe(Status.SUCCESS);
  };

  test.each([
    ['an unknown op', Buffer.from([0, 28, 55])],
    ['another version of the protocol', Buffer.from([0, 27, 81])],
    ['the magic of an encrypted transfer', Buffer.from([0xde, 0xad, 0xbe, 0xef])],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['a header that is no message', Buffer.from([0, 28, 81, 3, 0xff, 0xff, 0xff])],
    ['a header longer than any', Buffer.from([0, 28, 81, 0xff, 0xff, 0xff, 0xff, 0x0f])],
  ])('%s', async (_name, bytes) => {
    await throwAt(bytes);
    await stillServes();
  });

  test.each([
    ['a packet longer than any', Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 25])],
    ['a packet of negative length', Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 25])],
    [
      'a packet header that is no message',
      Buffer.concat([Buffer.from([0, 0, 0, 4, 0, 3]), Buffer.from([0xff, 0xff, 0xff])]),
    ],
  ])('%s', async (_name, bytes) => {
    const writer = await TestWriter.open(infoOf(datanode));
    await writer.setUp();
    await writer.connection.sendRaw([bytes]);
    await expectLost(writer.ack());
    writer.close();
    await stillServes();
  });

  test('a gap in the packets, and checksums of the wrong length', async () => {
    const writer = await TestWriter.open(infoOf(datanode));
    await writer.setUp();
    await writer.send(512, someBytes(10));
    await expectLost(writer.ack());
    writer.close();
    const other = await TestWriter.open(infoOf(datanode), { block: extendedBlock(BLOCK_ID + 1) });
    await other.setUp();
    await other.send(0, someBytes(10), { checksums: Buffer.alloc(8) });
    await expectLost(other.ack());
    other.close();
    await stillServes();
  });

  test('a next node whose port no machine has is a bad link', async () => {
    const next = { id: { ...infoOf(datanode).id, ipAddr: '127.0.0.1', xferPort: 70_000 } };
    const writer = await TestWriter.open(infoOf(datanode), { targets: [next] });
    expect(await writer.setUp()).toMatchObject({
      status: Status.ERROR,
      firstBadLink: '127.0.0.1:70000',
      message: 'cannot reach the next node 127.0.0.1:70000: port out of range:70000',
    });
    writer.close();
    await stillServes();
  });

  // Java reads bytesPerChecksum as an int32, in which such a number is negative (DataChecksum.newDataChecksum).
  test('a number of bytes per checksum that no meta file can hold is refused', async () => {
    const { host, port } = datanode.xferAddress;
    const connection = await DataConnection.connect({ host, port, timeoutMs: 10_000 });
    await connection.sendOp(Op.WRITE_BLOCK, OpWriteBlockProto, {
      header: { baseHeader: { block: extendedBlock() }, clientName: 'client' },
      stage: OpWriteBlockProto_BlockConstructionStage.PIPELINE_SETUP_CREATE,
      requestedChecksum: { type: ChecksumTypeProto.CHECKSUM_CRC32C, bytesPerChecksum: 3_000_000_000 },
      ...{ pipelineSize: 1, minBytesRcvd: 0, maxBytesRcvd: 0, latestGenerationStamp: 1001 },
      ...{ targets: [], targetStorageTypes: [], targetPinnings: [], targetStorageIds: [] },
    });
    const { status, message } = await connection.receiveMessage(BlockOpResponseProto);
    expect(status).toBe(Status.ERROR);
    expect(message).toBe('java.io.IOException: Could not create DataChecksum of 3000000000 bytes per checksum');
    connection.destroy();
    await stillServes();
  });

  test('a block of another pool is refused with the reason', async () => {
    const writer = await TestWriter.open(infoOf(datanode), { block: { ...extendedBlock(), poolId: 'BP-other' } });
    expect((await writer.setUp()).message).toContain('Not ready to serve the block pool, BP-other.');
    writer.close();
  });

  test('short-circuit reads are answered as by a Hadoop DataNode that does not offer them', async () => {
    const { host, port } = datanode.xferAddress;
    const fds = await DataConnection.connect({ host, port, timeoutMs: 10_000 });
    await fds.sendOp(Op.REQUEST_SHORT_CIRCUIT_FDS, OpRequestShortCircuitAccessProto, {
      header: { block: extendedBlock() },
      maxVersion: 1,
    });
    expect((await fds.receiveMessage(BlockOpResponseProto)).status).toBe(Status.ERROR_UNSUPPORTED);
    fds.destroy();
    const shm = await DataConnection.connect({ host, port, timeoutMs: 10_000 });
    await shm.sendOp(Op.REQUEST_SHORT_CIRCUIT_SHM, ShortCircuitShmRequestProto, { clientName: 'c' });
    expect((await shm.receiveMessage(ShortCircuitShmResponseProto)).status).toBe(Status.ERROR_UNSUPPORTED);
    shm.destroy();
  });
});

// Tests a DataNode's data transfer port with bad frames.
import { once } from 'node:events';
import net from 'node:net';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { MiniCluster } from '../../cluster/mini-cluster.ts';
import { DATA_TRANSFER_VERSION, encodeOp, encodePacketHead, Op } from '../../protocol/datatransfer/data-transfer.ts';
import { BlockOpResponseProto, OpReadBlockProto, OpWriteBlockProto, Status } from '../../protocol/gen/messages.ts';
import { HANDSHAKE, RawClient } from '../protocol/rpc/rpc-support.ts';
import { until } from '../support/until.ts';
import { openBlock, type RawBlock, writeHeader } from './raw-block.ts';
import { Acknowledged, exchange, keptLog, xceiverCount } from './support.ts';

let cluster: MiniCluster;
let hdfs: DistributedFileSystem;
let acknowledged: Acknowledged;
const log = keptLog();

beforeAll(async () => {
  cluster = await MiniCluster.start({ datanodes: 2, mapreduce: false, log: log.logger });
  hdfs = cluster.fileSystem();
  acknowledged = new Acknowledged(cluster);
  await acknowledged.check();
});
beforeEach(() => log.clear());
afterEach(() => acknowledged.check());
afterAll(async () => {
  await hdfs.close();
  await cluster.stop();
});

const datanode = () => {
  const [first] = cluster.datanodes;
  if (!first) throw new Error('no DataNode');
  return first;
};

describe('on the data transfer port', () => {
  const port = () => datanode().xferAddress.port;
  const idle = () => until(async () => (await xceiverCount(datanode().httpAddress)) === 0, 'no open connection');
  afterEach(idle);

  const opStart = (version: number, op: number) => {
    const bytes = Buffer.alloc(3);
    bytes.writeInt16BE(version);
    bytes.writeInt8(op, 2);
    return bytes;
  };

  const withStart = (op: number, ...bytes: number[]) =>
    Buffer.concat([opStart(DATA_TRANSFER_VERSION, op), Buffer.from(bytes)]);

  it.each([
    ['an unknown op code', opStart(DATA_TRANSFER_VERSION, 99), 'Unknown op 99 in data stream'],
    ['op code 0', opStart(DATA_TRANSFER_VERSION, 0), 'Unknown op 0 in data stream'],
    ['version 27', opStart(27, Op.READ_BLOCK), 'Version Mismatch (Expected: 28, Received: 27 )'],
    ['version 29', opStart(29, Op.WRITE_BLOCK), 'Version Mismatch (Expected: 28, Received: 29 )'],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), 'Version Mismatch'],
    ['Hadoop RPC', HANDSHAKE, 'Version Mismatch'],
    ['a header of 2 GiB', withStart(Op.WRITE_BLOCK, 0xff, 0xff, 0xff, 0xff, 0x07), 'OpWriteBlockProto of more than'],
    ['an endless length', withStart(Op.READ_BLOCK, ...Buffer.alloc(16, 0xff)), 'OpReadBlockProto of more than'],
    [
      'a header that is none',
      withStart(Op.WRITE_BLOCK, 4, 0xff, 0xff, 0xff, 0xff),
      'Malformed hadoop.hdfs.OpWriteBlockProto',
    ],
    ['a header without its fields', withStart(Op.TRANSFER_BLOCK, 0), 'Malformed hadoop.hdfs.OpTransferBlockProto'],
  ])('%s ends its connection, and the log says why', async (_what, bytes, message) => {
    expect(await exchange(port(), bytes)).toHaveLength(0);
    await until(() => log.text().includes(message), message);
  });

  it('any bytes end their own connection only', async () => {
    const start = fc.constantFrom(Buffer.alloc(0), ...Object.values(Op).map((op) => opStart(28, op)));
    await fc.assert(
      fc.asyncProperty(start, fc.uint8Array({ minLength: 1, maxLength: 300 }), async (op, bytes) => {
        const client = new RawClient(port()).write(op, bytes);
        client.socket.end();
        await client.ended;
      }),
      { numRuns: 100 },
    );
  });

  it('an unknown block is refused by name', async () => {
    const { b } = (await openBlock(hdfs, '/unknown')).located;
    const header = { baseHeader: { block: { ...b, blockId: 42 } }, clientName: 'raw' };
    const client = new RawClient(port()).write(
      encodeOp(Op.READ_BLOCK, OpReadBlockProto, { header, offset: 0, len: 1, sendChecksums: true }),
    );
    const { status, message } = await response(client);
    expect(status).toBe(Status.ERROR);
    expect(message).toContain('ReplicaNotFoundException');
    expect(message).toContain('blk_42_');
  });

  /** Opens a pipeline over both DataNodes that is ready for packets. */
  async function openPipeline(path: string): Promise<{ client: RawClient; block: RawBlock }> {
    const block = await openBlock(hdfs, path);
    const [first] = block.located.locs;
    const client = new RawClient(first?.id.xferPort ?? 0);
    client.write(encodeOp(Op.WRITE_BLOCK, OpWriteBlockProto, writeHeader(block.located)));
    expect((await response(client)).status).toBe(Status.SUCCESS);
    return { client, block };
  }

  const packetHead = (checksums: number, data: number, offsetInBlock = 0) =>
    encodePacketHead({ offsetInBlock, seqno: 0, lastPacketInBlock: false, syncBlock: false }, checksums, data);
  const withPayload = (length: number, dataBytes = 0) => {
    const head = packetHead(0, dataBytes);
    head.writeInt32BE(length);
    return head;
  };
  const withHeader = (length: number, firstByte = 9) => {
    const head = packetHead(0, 0);
    head.writeInt16BE(length, 4);
    head[6] = firstByte;
    return head;
  };

  it.each([
    ['garbage', Buffer.alloc(100, 0xfe), 'Incorrect value for packet payload size: -16843010'],
    ['a packet of 2 GiB', withPayload(2 ** 31 - 1), 'Incorrect value for packet payload size: 2147483647'],
    ['a packet of 16 MiB and a byte', withPayload(2 ** 24 + 1), 'Incorrect value for packet payload size: 16777217'],
    ['a packet of negative length', withPayload(-1), 'Incorrect value for packet payload size: -1'],
    ['a packet shorter than its length field', withPayload(3), 'Incorrect value for packet payload size: 3'],
    ['a packet header of 32 KiB', withHeader(32767), 'Incorrect value for packet header size: 32767'],
    ['a packet header of negative length', withHeader(-1), 'Incorrect value for packet header size: -1'],
    [
      'more data than the packet has',
      Buffer.concat([withPayload(8, 2 ** 20), Buffer.alloc(4)]),
      'Invalid packet: data length',
    ],
    ['an unknown packet header', withHeader(25, 0xff), 'Invalid packet header'],
    ['checksums of another length', Buffer.concat([packetHead(3, 512), Buffer.alloc(515)]), 'Invalid checksum length'],
    ['a packet beyond a gap', Buffer.concat([packetHead(4, 512, 4096), Buffer.alloc(516)]), 'out-of-sequence packet'],
    ['a packet before the block', Buffer.concat([packetHead(4, 512, -512), Buffer.alloc(516)]), 'Got wrong offset'],
  ])('%s after a good WRITE_BLOCK ends the pipeline, and the log says why', async (what, bytes, message) => {
    const { client, block } = await openPipeline(`/pipeline of ${what}`);
    client.write(bytes);
    await client.ended;
    await until(() => log.text().includes(message), message);
    // No byte was written and none acknowledged.
    expect((await hdfs.getFileStatus(block.path)).length).toBe(0);
    await hdfs.delete(block.path, false);
  });

  it('a hundred silent connections do not keep other clients out', async () => {
    const silent = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const socket = net.connect(port(), '127.0.0.1');
        await once(socket, 'connect');
        return socket;
      }),
    );
    await acknowledged.check();
    for (const socket of silent) socket.destroy();
  });
});

/** Waits for one BlockOpResponseProto. */
async function response(client: RawClient): Promise<BlockOpResponseProto> {
  while (client.received.length === 0) await Promise.race([once(client.socket, 'data'), client.ended]);
  const bytes = client.received;
  // A refusal is short: its length is a varint of one or two bytes, and it arrives in one piece.
  const start = (bytes[0] ?? 0) < 0x80 ? 1 : 2;
  return BlockOpResponseProto.decode(bytes.subarray(start));
}

import net from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { DataConnection } from '../../protocol/data-connection.ts';
import { Op } from '../../protocol/data-transfer.ts';
import { BlockOpResponseProto, OpCopyBlockProto, Status } from '../../protocol/gen/messages.ts';
import { DataChecksum } from '../../protocol/checksum.ts';

test('op, packets and acks', async () => {
  const server = net.createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const { port } = server.address() as net.AddressInfo;
  const client = await DataConnection.connect({ host: '127.0.0.1', port, timeoutMs: 1000 });
  const [socket] = await accepted;
  const peer = new DataConnection(socket as net.Socket);
  const block = { poolId: 'BP-1', blockId: 1, generationStamp: 1001, numBytes: 0 };
  await client.sendOp(Op.COPY_BLOCK, OpCopyBlockProto, { header: { baseHeader: { block } , block } as never });
  expect(await peer.receiveOp()).toEqual({ version: 28, opcode: 84 });
  await peer.receiveMessage(OpCopyBlockProto).catch(() => undefined);
  const checksum = new DataChecksum('CRC32C', 512);
  const data = Buffer.alloc(65000, 'abc');
  const send = async () => {
    for (let seqno = 0; seqno < 100; seqno++) {
      await client.sendPacket({ offsetInBlock: seqno * data.length, seqno, lastPacketInBlock: false, syncBlock: seqno % 2 === 0, checksums: checksum.compute(data), data });
      expect(await client.receiveAck()).toMatchObject({ seqno, reply: [Status.SUCCESS] });
    }
  };
  const receive = async () => {
    for (let seqno = 0; seqno < 100; seqno++) {
      const p = await peer.receivePacket();
      expect(p.seqno).toBe(seqno);
      expect(p.syncBlock).toBe(seqno % 2 === 0);
      expect(p.data.equals(data)).toBe(true);
      checksum.verify(p.data, p.checksums, 0, 'x');
      await peer.sendAck({ seqno, reply: [Status.SUCCESS], flag: [] });
    }
  };
  await Promise.all([send(), receive()]);
  await client.sendMessage(BlockOpResponseProto, { status: Status.SUCCESS });
  expect(await peer.receiveMessage(BlockOpResponseProto)).toMatchObject({ status: 0 });
  await client.end();
  expect(await peer.receiveOp()).toBeUndefined();
  peer.destroy();
  server.close();
});

test('crc vectors', () => {
  expect(new DataChecksum('CRC32C', 512).compute(Buffer.from('123456789')).toString('hex')).toBe('e3069283');
  expect(new DataChecksum('CRC32', 512).compute(Buffer.from('123456789')).toString('hex')).toBe('cbf43926');
});

// DataConnection: packets, acks and messages over real sockets; peers that stall, reset and send garbage.
import { getEventListeners, once } from 'node:events';
import net from 'node:net';
import { Duplex } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { DataConnection } from '../../../protocol/datatransfer/data-connection.ts';
import { encodePacket, Op, type Packet, type ReceivedPacket } from '../../../protocol/datatransfer/data-transfer.ts';
import {
  BlockOpResponseProto,
  ClientReadStatusProto,
  OpCopyBlockProto,
  PipelineAckProto,
  Status,
} from '../../../protocol/gen/messages.ts';
import { eventually } from '../../support/until.ts';
import { closeLater } from '../rpc/rpc-support.ts';

/** Opens a TCP connection. Returns the client's end and the server's end, with the server's socket. */
async function pair(): Promise<{ client: DataConnection; server: DataConnection; accepted: net.Socket }> {
  const listener = net.createServer({ allowHalfOpen: true });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const accepting = new Promise<[net.Socket, DataConnection]>((resolve) => {
    listener.once('connection', (socket) => resolve([socket, new DataConnection(socket)]));
  });
  const { port } = listener.address() as net.AddressInfo;
  const client = await DataConnection.connect({ host: '127.0.0.1', port, timeoutMs: 5000 });
  const [accepted, server] = await accepting;
  closeLater(async () => {
    client.destroy();
    server.destroy();
    listener.close();
    await once(listener, 'close');
  });
  return { client, server, accepted };
}

/** Returns a packet whose data is made from its seqno. */
function packetOf(seqno: number, dataBytes: number): Packet {
  const data = Buffer.alloc(dataBytes, `${seqno},`);
  const checksums = Buffer.alloc(4 * Math.ceil(dataBytes / 512), seqno);
  return { offsetInBlock: seqno * 1000, seqno, lastPacketInBlock: false, syncBlock: seqno % 3 === 0, checksums, data };
}

function expectSame(received: ReceivedPacket, sent: Packet): void {
  const { data, checksums, raw, release: _, ...header } = received;
  expect(header).toEqual({ ...sent, data: undefined, checksums: undefined });
  expect(data.equals(sent.data) && checksums.equals(sent.checksums)).toBe(true);
  expect(Buffer.concat(raw).equals(Buffer.concat(encodePacket(sent)))).toBe(true);
}

const SIZES = [0, 1, 511, 65_024, 64_512, 512, 200_000, 70_000, 3, 1_500_000];

describe('an exchange', () => {
  test('of an op, its response, packets and acks', async () => {
    const { client, server } = await pair();
    const block = { poolId: 'BP-1', blockId: 1, generationStamp: 1001, numBytes: 0 };
    await client.sendOp(Op.COPY_BLOCK, OpCopyBlockProto, { header: { block } });
    expect(await server.receiveOp()).toEqual({ version: 28, opcode: 84 });
    expect(await server.receiveMessage(OpCopyBlockProto)).toMatchObject({ header: { block } });
    await server.sendMessage(BlockOpResponseProto, { status: Status.SUCCESS });
    expect(await client.receiveMessage(BlockOpResponseProto)).toMatchObject({ status: Status.SUCCESS });
    const sent = Array.from({ length: 60 }, (_, i) => packetOf(i, SIZES[i % SIZES.length] as number));
    const send = async () => {
      for (const packet of sent) await client.sendPacket(packet);
    };
    const receive = async () => {
      for (const packet of sent) {
        expectSame(await server.receivePacket(), packet);
        await server.sendAck({ seqno: packet.seqno, reply: [Status.SUCCESS], flag: [] });
      }
    };
    const acks = async () => {
      for (const { seqno } of sent) expect(await client.receiveAck()).toMatchObject({ seqno, reply: [Status.SUCCESS] });
    };
    await Promise.all([send(), receive(), acks()]);
    // After the packets, the same connection takes another message.
    await client.sendMessage(ClientReadStatusProto, { status: Status.CHECKSUM_OK });
    expect(await server.receiveMessage(ClientReadStatusProto)).toEqual({ status: Status.CHECKSUM_OK });
    await client.end();
    expect(await server.receiveOp()).toBeUndefined();
  });

  test('in pieces of any size', async () => {
    const { client, server } = await pair();
    const sent = [packetOf(1, 700), packetOf(2, 0), packetOf(3, 40)];
    const bytes = Buffer.concat(sent.flatMap(encodePacket));
    const receive = (async () => {
      for (const packet of sent) expectSame(await server.receivePacket(), packet);
    })();
    for (let at = 0; at < bytes.length; at += 2) await client.sendRaw([bytes.subarray(at, at + 2)]);
    await receive;
  });
});

describe("a packet's memory", () => {
  test('is used again once it is released, and never before', async () => {
    const { client, server } = await pair();
    const sent = Array.from({ length: 400 }, (_, i) => packetOf(i, 64_512));
    const send = (async () => {
      for (const packet of sent) await client.sendPacket(packet);
    })();
    const memory = new Set<ArrayBufferLike>();
    const kept: [ReceivedPacket, Packet][] = [];
    const unreleased: [ReceivedPacket, Packet][] = [];
    for (const packet of sent) {
      const received = await server.receivePacket();
      expectSame(received, packet);
      memory.add(received.data.buffer);
      if (packet.seqno % 50 === 0) unreleased.push([received, packet]);
      else kept.push([received, packet]);
      // As in a DataNode, a few packets stay in memory on their way to disk and mirror.
      const done = kept.length > 5 ? kept.shift() : undefined;
      if (done !== undefined) {
        expectSame(...done);
        done[0].release();
        done[0].release();
      }
    }
    await send;
    for (const held of [...kept, ...unreleased]) expectSame(...held);
    expect(memory.size).toBeLessThan(350); // Fewer buffers than the 400 packets: memory was used again.
  });
});

describe('a peer', () => {
  test('that closes between ops ends them; in the middle of something it is an error', async () => {
    const { client, server } = await pair();
    await client.sendRaw([Buffer.from([0])]);
    await client.end();
    await expect(server.receiveOp()).rejects.toMatchObject({ javaClass: 'java.io.EOFException' });
    const another = await pair();
    await another.client.end();
    expect(await another.server.receiveOp()).toBeUndefined();
    await expect(another.server.receivePacket()).rejects.toThrow(/Premature EOF|closed/);
  });

  test('that resets the connection fails the calls that wait', async () => {
    const { client, server, accepted } = await pair();
    const receiving = client.receiveAck();
    accepted.destroy();
    await expect(receiving).rejects.toMatchObject({ javaClass: 'java.io.EOFException' });
    await expect(server.receivePacket()).rejects.toMatchObject({ code: 'EOF' });
    // The kernel may accept a few acks before it reports the reset.
    await eventually(() =>
      expect(client.sendAck({ seqno: 1, reply: [], flag: [] })).rejects.toMatchObject({
        code: expect.stringMatching(/^(EPIPE|ECONNRESET)$/),
      }),
    );
  });

  test('that sends garbage is an IOException', async () => {
    const { client, server } = await pair();
    await client.sendRaw([Buffer.alloc(64, 0xff)]);
    await expect(server.receivePacket()).rejects.toMatchObject({ javaClass: 'java.io.IOException' });
    await expect(server.receiveMessage(PipelineAckProto)).rejects.toMatchObject({ javaClass: 'java.io.IOException' });
  });

  test('that is silent for too long is a timeout', async () => {
    const { client } = await pair();
    client.setTimeout(20);
    await expect(client.receiveAck()).rejects.toMatchObject({ code: 'ETIMEDOUT', message: /20 millis timeout/ });
    expect(client.destroyed).toBe(true);
  });

  test('that does not read makes the sender wait, so that only a bounded number of packets is under way', async () => {
    const { client, server } = await pair();
    const sent: number[] = [];
    const packets = Array.from({ length: 400 }, (_, i) => packetOf(i, 64_512)); // 26 MB
    const sending = (async () => {
      for (const packet of packets) {
        await client.sendPacket(packet);
        sent.push(packet.seqno);
      }
    })();
    await eventually(() => expect(sent.length).toBeGreaterThan(1));
    let before: number;
    do {
      before = sent.length;
      await new Promise((resolve) => setImmediate(resolve));
    } while (sent.length > before);
    expect(sent.length).toBeLessThan(packets.length);
    for (const packet of packets) expectSame(await server.receivePacket(), packet);
    await sending;
  });
});

test('destroy fails the calls that wait, and later calls, with its reason', async () => {
  const { client } = await pair();
  const receiving = client.receivePacket();
  client.destroy(new Error('enough'));
  await expect(receiving).rejects.toThrow('enough');
  await expect(client.receiveAck()).rejects.toThrow('enough');
  await client.end();
});

test("a connection that can't be made is the socket's error", async () => {
  await expect(DataConnection.connect({ host: '127.0.0.1', port: 1, timeoutMs: 5000 })).rejects.toMatchObject({
    code: 'ECONNREFUSED',
  });
});

// In Hadoop, 0 for dfs.client.socket-timeout means no limit.
test('a timeout of 0 sets no limit to connecting', async () => {
  const listener = net.createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as net.AddressInfo;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const connecting = DataConnection.connect({ host: '127.0.0.1', port, timeoutMs: 0 });
    vi.advanceTimersByTime(3_600_000);
    (await connecting).destroy();
  } finally {
    vi.useRealTimers();
    listener.close();
  }
});

test('an abort signal ends its connections, and has no listener of a connection that has ended', async () => {
  const listener = net.createServer((socket) => socket.resume());
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  closeLater(() => void listener.close());
  const { port } = listener.address() as net.AddressInfo;
  const stopping = new AbortController();
  const { signal } = stopping;
  const connect = () => DataConnection.connect({ host: '127.0.0.1', port, timeoutMs: 5000, signal });
  const first = await connect();
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  await first.end();
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  const second = await connect();
  const receiving = second.receiveAck();
  const third = connect();
  stopping.abort();
  await expect(receiving).rejects.toMatchObject({ name: 'AbortError' });
  await expect(third).rejects.toMatchObject({ name: 'AbortError' });
  await expect(connect()).rejects.toMatchObject({ name: 'AbortError' });
});

test("a socket without a handle of Node's serves too, as in the simulator", async () => {
  const [a, b] = duplexPair();
  const client = new DataConnection(a);
  const server = new DataConnection(b);
  const sent = [packetOf(1, 100_000), packetOf(2, 10)];
  const sending = Promise.all(sent.map((packet) => client.sendPacket(packet)));
  for (const packet of sent) {
    const received = await server.receivePacket();
    expectSame(received, packet);
    received.release();
  }
  await sending;
});

/** Returns two sockets that are connected in memory, without a handle of Node's. */
function duplexPair(): [net.Socket, net.Socket] {
  const make = (other: () => Duplex): Duplex =>
    Object.assign(
      new Duplex({
        read: () => undefined,
        write: (chunk: Buffer, _, done) => {
          other().push(chunk);
          done();
        },
      }),
      { setNoDelay: () => undefined, setTimeout: () => undefined },
    );
  const a: Duplex = make(() => b);
  const b: Duplex = make(() => a);
  return [a as net.Socket, b as net.Socket];
}

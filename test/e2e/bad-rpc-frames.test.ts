// Tests the NameNode's RPC port with bad frames.
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { MiniCluster } from '../../cluster/mini-cluster.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { encodeCall, encodePreamble, RpcErrorCode, RpcStatus } from '../../protocol/rpc/frame.ts';
import { CLIENT_ID, HANDSHAKE, RawClient } from '../protocol/rpc/rpc-support.ts';
import { Acknowledged, exchange } from './support.ts';

let cluster: MiniCluster;
let acknowledged: Acknowledged;

beforeAll(async () => {
  cluster = await MiniCluster.start({ datanodes: 2, mapreduce: false });
  acknowledged = new Acknowledged(cluster);
  await acknowledged.check();
});
afterEach(() => acknowledged.check());
afterAll(async () => {
  await cluster.stop();
});

const datanode = () => {
  const [first] = cluster.datanodes;
  if (!first) throw new Error('no DataNode');
  return first;
};

const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};

describe.each([
  ['NameNode', () => cluster.namenode.rpcAddress.port],
  ['DataNode', () => datanode().ipcAddress.port],
])('on the RPC port of a %s', (_name, port) => {
  it.each([
    ['2 GiB', 2 ** 31 - 1],
    ['one byte over ipc.maximum.data.length', 134217729],
    ['less than nothing', -2],
  ])('a frame of %s is refused with the limit, before any of it has come', async (_what, length) => {
    const client = new RawClient(port()).write(HANDSHAKE, int32(length));
    const { header } = await client.answer();
    expect(header).toMatchObject({
      status: RpcStatus.FATAL,
      errorDetail: RpcErrorCode.FATAL_INVALID_RPC_HEADER,
      exceptionClassName: 'org.apache.hadoop.ipc.RpcServerException',
    });
    expect(header.errorMsg).toContain(`Requested data length ${length} is longer than maximum configured RPC length`);
    await client.ended;
  });

  it.each([
    ['whose header is cut short', Buffer.from([0x20, 0x08, 0x02]), 'Error decoding RpcRequestHeaderProto'],
    ['of zeros', Buffer.alloc(64), 'Error decoding RpcRequestHeaderProto'],
    ['without anything', Buffer.alloc(0), 'Error decoding RpcRequestHeaderProto'],
    ['of the largest varints', Buffer.alloc(64, 0xff), 'Error decoding RpcRequestHeaderProto'],
  ])('a frame %s ends its connection with the reason', async (_what, frame, message) => {
    const client = new RawClient(port()).write(HANDSHAKE, int32(frame.length), frame);
    const { header } = await client.answer();
    expect(header.status).toBe(RpcStatus.FATAL);
    expect(header.errorMsg).toContain(message);
    await client.ended;
  });

  it.each([
    [8, Buffer.from('Server IPC version 9 cannot communicate with client version 8')],
    [10, Buffer.from('Server IPC version 9 cannot communicate with client version 10')],
  ])('version %i is told which one is spoken', async (version, message) => {
    const preamble = encodePreamble();
    preamble[4] = version;
    const answer = await exchange(port(), preamble);
    expect(answer.includes(message)).toBe(true);
    expect(answer.includes('org.apache.hadoop.ipc.RPC$VersionMismatch')).toBe(true);
  });

  it('HTTP is answered in HTTP', async () => {
    const response = await fetch(`http://127.0.0.1:${port()}/index.html`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('It looks like you are making an HTTP request to a Hadoop IPC port.');
  });

  it('a call before the connection context is refused', async () => {
    const call = { callId: 0, clientId: CLIENT_ID, retryCount: 0, protocolVersion: 1 };
    const client = new RawClient(port()).write(encodePreamble(), encodeCall(call, ClientNamenode.getFsStats, {}));
    const { header } = await client.answer();
    expect(header.status).toBe(RpcStatus.FATAL);
    await client.ended;
  });

  it('any bytes, before or after a good handshake, end their own connection only', async () => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.uint8Array({ minLength: 1, maxLength: 300 }), async (handshake, bytes) => {
        const client = new RawClient(port()).write(...(handshake ? [HANDSHAKE] : []), bytes);
        client.socket.end();
        await client.ended;
      }),
      { numRuns: 60 },
    );
  });
});

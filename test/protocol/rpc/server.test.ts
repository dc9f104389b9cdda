// The RPC server: calls, handshake, limits and retry cache, over real sockets.
import { once } from 'node:events';
import { describe, expect, test, vi } from 'vitest';
import * as ClientDatanode from '../../../protocol/gen/client-datanode.ts';
import * as ClientNamenode from '../../../protocol/gen/client-namenode.ts';
import { MkdirsResponseProto, RpcSaslProto } from '../../../protocol/gen/messages.ts';
import {
  encodeCall,
  encodeConnectionContext,
  encodePing,
  encodePreamble,
  encodeSaslRequest,
  readDelimited,
} from '../../../protocol/rpc/frame.ts';
import { Bug } from '../../../runtime/bug.ts';
import { hadoopError } from '../../../runtime/errors.ts';
import { eventually } from '../../support/until.ts';
import { CLIENT_ID, clientOf, HANDSHAKE, ManualClock, RawClient, serve } from './rpc-support.ts';

const MKDIRS = { src: '/a', masked: { perm: 0o755 }, createParent: true };
const mkdirs = (callId: number, retryCount = 0) =>
  encodeCall({ callId, clientId: CLIENT_ID, retryCount, protocolVersion: 1 }, ClientNamenode.mkdirs, MKDIRS);
const raise = (e: Error): never => {
  throw e;
};
const UNENCODABLE = {
  get result(): boolean {
    return raise(new TypeError('planted'));
  },
};
const RPC_SERVER_EXCEPTION = 'org.apache.hadoop.ipc.RpcServerException';

describe('calls', () => {
  test('reach their handler with the caller', async () => {
    const handler = vi.fn(() => ({ result: true }));
    const { port } = await serve({ mkdirs: handler });
    expect(await clientOf(port).call(ClientNamenode.mkdirs, MKDIRS)).toEqual({ result: true });
    expect(handler).toHaveBeenCalledWith(
      { ...MKDIRS, unmasked: undefined },
      expect.objectContaining({
        user: 'alice',
        realUser: undefined,
        remoteAddress: '127.0.0.1',
        callId: 0,
        retryCount: 0,
      }),
    );
  });

  test('are answered in the order in which they are done', async () => {
    const waiting: (() => void)[] = [];
    const { port } = await serve({
      mkdirs: ({ createParent }) =>
        createParent ? new Promise((resolve) => waiting.push(() => resolve({ result: true }))) : { result: false },
    });
    const client = clientOf(port);
    const slow = client.call(ClientNamenode.mkdirs, MKDIRS);
    expect(await client.call(ClientNamenode.mkdirs, { ...MKDIRS, createParent: false })).toEqual({ result: false });
    for (const done of waiting) done();
    expect(await slow).toEqual({ result: true });
  });

  test('fail with the Java class and message of the HadoopError that was thrown', async () => {
    const { port } = await serve({
      mkdirs: () => {
        throw hadoopError('AccessControlException', 'Permission denied');
      },
    });
    await expect(clientOf(port).call(ClientNamenode.mkdirs, MKDIRS)).rejects.toMatchObject({
      javaClass: 'org.apache.hadoop.security.AccessControlException',
      message: 'Permission denied',
    });
  });

  // Only a HadoopError is the outcome of an operation: the owner of the server hears of anything else.
  test.each([
    ['a handler that throws', () => raise(new TypeError('planted')), undefined],
    ['a handler that rejects', () => Promise.reject(new TypeError('planted')), undefined],
    ['a call that must not run twice', () => Promise.reject(new TypeError('planted')), 'mkdirs'],
    ['an answer that can’t be encoded', () => UNENCODABLE, undefined],
    ['a later answer that can’t be encoded', async () => UNENCODABLE, undefined],
  ] as const)(
    'the exception of %s is a bug: it goes to the owner and is not answered',
    async (_, handler, retryCached) => {
      const { port, bugs } = await serve(
        { mkdirs: handler as never },
        retryCached === undefined ? {} : { retryCached: [retryCached] },
      );
      const raw = new RawClient(port).write(HANDSHAKE, mkdirs(7));
      await expect(raw.answer()).rejects.toThrow('closed without an answer');
      expect(raw.received.length).toBe(0);
      expect(bugs.map(({ message }) => message.split('\n')[0])).toEqual([
        'A bug in ClientProtocol.mkdirs({"src":"/a","masked":{"perm":493},"createParent":true}) ends this daemon: TypeError: planted',
      ]);
    },
  );

  // An operating system's error is a failure for a DataNode, whose handlers use disks.
  test('an exception that the owner judges to be a failure is answered', async () => {
    const failure = hadoopError('IOException', 'EIO: i/o error');
    const failureOf = vi.fn(() => failure);
    const { port } = await serve({ mkdirs: () => raise(new Error('EIO')) }, { failureOf });
    await expect(clientOf(port).call(ClientNamenode.mkdirs, MKDIRS)).rejects.toMatchObject({
      javaClass: 'java.io.IOException',
      message: 'EIO: i/o error',
    });
    expect(failureOf).toHaveBeenCalledExactlyOnceWith(
      'ClientProtocol.mkdirs',
      expect.objectContaining(MKDIRS),
      new Error('EIO'),
    );
  });

  // Only a HadoopError is the outcome of an operation. A bug ends the daemon before the operation is answered.
  test.each([
    ['thrown at once', [] as const],
    ['of a call that must not run twice', ['mkdirs'] as const],
  ])('that meet a bug are not answered, and their connection is closed: %s', async (_what, retryCached) => {
    const bug = new Bug('mkdirs', MKDIRS, new TypeError('undefined is not a function'));
    const outcomes = [() => Promise.reject(bug), () => ({ result: true })];
    const { port } = await serve(
      {
        mkdirs: () => outcomes.shift()?.() ?? { result: false },
        delete_: () => {
          throw bug;
        },
      },
      { retryCached: [...retryCached] },
    );
    const raw = new RawClient(port).write(HANDSHAKE, mkdirs(7));
    await expect(raw.answer()).rejects.toThrow('closed without an answer');
    expect(raw.received.length).toBe(0);
    // The retry cache does not keep the bug as the call's answer.
    expect((await new RawClient(port).write(HANDSHAKE, mkdirs(7, 1)).answer()).header).toMatchObject({ status: 0 });
    const thrower = new RawClient(port).write(
      HANDSHAKE,
      encodeCall({ callId: 9, clientId: CLIENT_ID, retryCount: 0, protocolVersion: 1 }, ClientNamenode.delete_, {
        src: '/',
        recursive: true,
      }),
    );
    await expect(thrower.answer()).rejects.toThrow('closed without an answer');
    expect(thrower.received.length).toBe(0);
  });

  // Hadoop: ProtobufRpcEngine2.Server.ProtoBufRpcInvoker.
  test('of unknown methods, protocols and versions are refused as Hadoop does', async () => {
    const { port } = await serve({ mkdirs: () => ({ result: true }) });
    const client = clientOf(port);
    await expect(client.call(ClientNamenode.getFsStats, {})).rejects.toMatchObject({
      javaClass: 'org.apache.hadoop.ipc.RpcNoSuchMethodException',
      message: 'Unknown method getFsStats called on org.apache.hadoop.hdfs.protocol.ClientProtocol protocol.',
    });
    await expect(client.call(ClientDatanode.getDatanodeInfo, {})).rejects.toMatchObject({
      javaClass: 'org.apache.hadoop.ipc.RpcNoSuchProtocolException',
      message: 'Unknown protocol: org.apache.hadoop.hdfs.protocol.ClientDatanodeProtocol',
    });
    await expect(clientOf(port, { protocolVersion: 7 }).call(ClientNamenode.mkdirs, MKDIRS)).rejects.toMatchObject({
      javaClass: 'org.apache.hadoop.ipc.RPC$VersionMismatch',
      message: 'Protocol org.apache.hadoop.hdfs.protocol.ClientProtocol version mismatch. (client = 7, server = 1)',
    });
    const raw = new RawClient(port).write(
      HANDSHAKE,
      encodeCall({ callId: 1, clientId: CLIENT_ID, retryCount: 0, protocolVersion: 1 }, ClientNamenode.getFsStats, {}),
    );
    expect((await raw.answer()).header).toMatchObject({ callId: 1, status: 1, errorDetail: 2 }); // ERROR_NO_SUCH_METHOD
  });

  test('with a malformed request fail alone, and the connection goes on', async () => {
    const { port, bugs } = await serve({ mkdirs: () => ({ result: true }) });
    const broken = Buffer.from(mkdirs(1));
    broken[broken.length - 2] = 0x7f;
    const raw = new RawClient(port).write(HANDSHAKE, broken, mkdirs(2));
    expect((await raw.answer()).header).toMatchObject({
      callId: 1,
      status: 1,
      exceptionClassName: 'org.apache.hadoop.thirdparty.protobuf.InvalidProtocolBufferException',
    });
    expect((await raw.answer()).header).toMatchObject({ callId: 2, status: 0 });
    expect(bugs).toEqual([]);
  });

  test('may be sent byte by byte', async () => {
    const { port } = await serve({ mkdirs: () => ({ result: true }) });
    const raw = new RawClient(port);
    raw.socket.setNoDelay(true);
    for (const byte of Buffer.concat([HANDSHAKE, encodePing(CLIENT_ID), mkdirs(5)])) {
      await new Promise((resolve) => raw.socket.write(Buffer.from([byte]), resolve));
    }
    const { header, reader } = await raw.answer();
    expect(header).toMatchObject({ callId: 5, status: 0, clientId: CLIENT_ID, serverIpcVersionNum: 9 });
    expect(readDelimited(reader, MkdirsResponseProto)).toEqual({ result: true });
  });
});

describe('the handshake', () => {
  test('tells a client that opens with SASL to go on without', async () => {
    const { port } = await serve({ mkdirs: () => ({ result: true }) });
    const raw = new RawClient(port).write(encodePreamble(-33), encodeSaslRequest(CLIENT_ID, { state: 1, auths: [] }));
    const { header, reader } = await raw.answer();
    expect(header).toMatchObject({ callId: -33 >>> 0, status: 0 });
    expect(readDelimited(reader, RpcSaslProto)).toMatchObject({ state: 0, auths: [] }); // SUCCESS
    const context = HANDSHAKE.subarray(7);
    raw.write(context, mkdirs(1));
    expect((await raw.answer()).header).toMatchObject({ callId: 1, status: 0 });
  });

  // The bytes were captured from a Hadoop 3.4.2 client with a delegation token. Its first request has no client id.
  test('tells a JVM client with a token the same', async () => {
    const { port } = await serve({});
    const raw = new RawClient(port).write(
      Buffer.from('687270630900df' + '00000015' + '1108021000184122002801' + '3a050a03434c49' + '021001', 'hex'),
    );
    const { header, reader } = await raw.answer();
    expect(header).toMatchObject({ callId: -33 >>> 0, status: 0, clientId: Buffer.alloc(0) });
    expect(readDelimited(reader, RpcSaslProto).state).toBe(0);
  });

  const fatal = [
    ['a call without context', [encodePreamble(), mkdirs(1)], 'Connection context not established'],
    ['a second context', [HANDSHAKE, HANDSHAKE.subarray(7)], 'Connection context already processed'],
    [
      'a context during SASL',
      [encodePreamble(-33), HANDSHAKE.subarray(7)],
      'Connection header sent during SASL negotiation',
    ],
    [
      'SASL uninvited',
      [encodePreamble(), encodeSaslRequest(CLIENT_ID, { state: 1, auths: [] })],
      'SASL protocol not requested by client',
    ],
    ['an unknown negative call id', [HANDSHAKE, mkdirs(-9)], 'Unknown out of band call #-9'],
    ['no user', [encodePreamble(), encodeConnectionContext(CLIENT_ID, {})], 'The connection context names no user'],
    ['an unknown auth protocol', [encodePreamble(5)], 'Unknown auth protocol:5'],
    [
      'a frame that is no header',
      [HANDSHAKE, Buffer.from([0, 0, 0, 3, 2, 255, 255])],
      /^Error decoding RpcRequestHeaderProto: /,
    ],
  ] as const;
  test.each(fatal)('ends fatally on %s', async (_, bytes, message) => {
    const { port } = await serve({ mkdirs: () => ({ result: true }) });
    const raw = new RawClient(port).write(...bytes);
    const { header } = await raw.answer();
    expect(header).toMatchObject({ status: 2, exceptionClassName: RPC_SERVER_EXCEPTION });
    expect(header.errorMsg).toMatch(message);
    await raw.ended;
    expect(await clientOf(port).call(ClientNamenode.mkdirs, MKDIRS)).toEqual({ result: true });
  });

  test('refuses other versions in words that they understand', async () => {
    const { port } = await serve({});
    const newer = new RawClient(port).write(Buffer.from('hrpc\x0a\0\0'));
    expect((await newer.answer()).header).toMatchObject({
      status: 2,
      errorDetail: 14,
      exceptionClassName: 'org.apache.hadoop.ipc.RPC$VersionMismatch',
      errorMsg: 'Server IPC version 9 cannot communicate with client version 10',
    });
    const older = new RawClient(port).write(Buffer.from('hrpc\x07\0\0'));
    await older.ended;
    expect(older.received.toString('latin1')).toContain('cannot communicate with client version 7');
  });

  test('answers HTTP in HTTP', async () => {
    const { port } = await serve({});
    const response = await fetch(`http://127.0.0.1:${port}/`);
    expect(response.status).toBe(404);
    expect(await response.text()).toMatch(/HTTP request to a Hadoop IPC port/);
  });

  test('closes on anything else', async () => {
    const { port } = await serve({});
    const raw = new RawClient(port).write(Buffer.from('\x16\x03\x01\x02\x00\x01', 'latin1'));
    await raw.ended;
    expect(raw.received.length).toBe(0);
  });
});

describe('limits', () => {
  // Hadoop: ipc.maximum.data.length.
  test('a frame over the limit ends its connection before its bytes come; the server stays', async () => {
    const { port } = await serve({ mkdirs: () => ({ result: true }) }, { maxDataLengthBytes: 1000 });
    const raw = new RawClient(port).write(HANDSHAKE, Buffer.from([0, 0, 0x03, 0xe9]));
    const { header } = await raw.answer();
    expect(header).toMatchObject({ status: 2, exceptionClassName: RPC_SERVER_EXCEPTION });
    expect(header.errorMsg).toContain('Requested data length 1001 is longer than maximum configured RPC length 1000');
    await raw.ended;
    expect(await clientOf(port).call(ClientNamenode.mkdirs, MKDIRS)).toEqual({ result: true });
  });

  test('a client that does not read its answers makes the server stop serving its calls until it reads', async () => {
    let served = 0;
    const bigName = 'x'.repeat(100_000);
    const { port } = await serve({
      getLinkTarget: () => {
        served++;
        return { targetPath: bigName };
      },
    });
    const calls = 500; // 50 MB of answers
    const raw = new RawClient(port);
    raw.socket.pause();
    raw.write(HANDSHAKE);
    const call = (callId: number) =>
      encodeCall({ callId, clientId: CLIENT_ID, retryCount: 0, protocolVersion: 1 }, ClientNamenode.getLinkTarget, {
        path: '/',
      });
    for (let callId = 0; callId < calls; callId++) raw.socket.write(call(callId));
    await eventually(() => expect(served).toBeGreaterThan(10));
    let before: number;
    do {
      before = served;
      await new Promise((resolve) => setImmediate(resolve));
    } while (served > before);
    expect(served).toBeLessThan(calls);
    raw.socket.resume();
    for (let callId = 0; callId < calls; callId++) expect((await raw.answer()).header.callId).toBe(callId);
    expect(served).toBe(calls);
  });

  test('a client that vanishes during a call does not disturb later clients', async () => {
    let release: () => void = () => undefined;
    const started = vi.fn();
    const { port, server } = await serve({
      mkdirs: () => {
        started();
        return new Promise((resolve) => {
          release = () => resolve({ result: true });
        });
      },
    });
    const raw = new RawClient(port).write(HANDSHAKE, mkdirs(1), mkdirs(2).subarray(0, 9));
    await eventually(() => expect(started).toHaveBeenCalled());
    raw.socket.resetAndDestroy();
    await eventually(() => expect(server.connectionCount).toBe(0));
    release();
    const call = clientOf(port).call(ClientNamenode.mkdirs, MKDIRS);
    await eventually(() => expect(started).toHaveBeenCalledTimes(2));
    release();
    expect(await call).toEqual({ result: true });
  });
});

describe('the retry cache', () => {
  test('gives a repeat the first answer, over another connection too', async () => {
    const handler = vi.fn(async () => ({ result: true }));
    const clock = new ManualClock();
    const { port } = await serve({ mkdirs: handler }, { retryCached: ['mkdirs'], clock });
    for (const retryCount of [0, 1]) {
      const { header, reader } = await new RawClient(port).write(HANDSHAKE, mkdirs(7, retryCount)).answer();
      expect(header).toMatchObject({ callId: 7, status: 0, retryCount });
      expect(readDelimited(reader, MkdirsResponseProto)).toEqual({ result: true });
    }
    expect(handler).toHaveBeenCalledTimes(1);
    clock.ms += 600_000;
    await new RawClient(port).write(HANDSHAKE, mkdirs(7, 2)).answer();
    expect(handler).toHaveBeenCalledTimes(2);
  });

  test('makes a repeat wait for a call in progress', async () => {
    const waiting: (() => void)[] = [];
    const handler = vi.fn(() => new Promise<{ result: boolean }>((r) => waiting.push(() => r({ result: true }))));
    const { port } = await serve({ mkdirs: handler }, { retryCached: ['mkdirs'] });
    const first = new RawClient(port).write(HANDSHAKE, mkdirs(7));
    await eventually(() => expect(waiting).toHaveLength(1));
    const second = new RawClient(port).write(
      HANDSHAKE,
      mkdirs(7, 1),
      encodeCall({ callId: 8, clientId: CLIENT_ID, retryCount: 0, protocolVersion: 1 }, ClientNamenode.getFsStats, {}),
    );
    expect((await second.answer()).header).toMatchObject({ callId: 8, status: 1 });
    for (const done of waiting) done();
    expect((await first.answer()).header).toMatchObject({ callId: 7, status: 0 });
    expect((await second.answer()).header).toMatchObject({ callId: 7, status: 0 });
    expect(handler).toHaveBeenCalledTimes(1);
  });
});

test('a port in use is a BindException with the address', async () => {
  const { port, server } = await serve({});
  await expect(server.listen(port, '127.0.0.1')).rejects.toMatchObject({
    javaClass: 'java.net.BindException',
    message: `Problem binding to [127.0.0.1:${port}] java.net.BindException: Address already in use; For more details see:  http://wiki.apache.org/hadoop/BindException`,
  });
});

test('close ends connections', async () => {
  const { port, server } = await serve({});
  const raw = new RawClient(port).write(HANDSHAKE);
  await once(raw.socket, 'connect');
  await eventually(() => expect(server.connectionCount).toBe(1));
  await server.close();
  await raw.ended;
});

test('a second close waits for the same end as the first', async () => {
  const { port, server } = await serve({});
  const raw = new RawClient(port).write(HANDSHAKE);
  await vi.waitFor(() => expect(server.connectionCount).toBe(1));
  const first = server.close();
  let isOver = false;
  void first.then(() => {
    isOver = true;
  });
  await server.close();
  expect(isOver).toBe(true);
  await raw.ended;
});

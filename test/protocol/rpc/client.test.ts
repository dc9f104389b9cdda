// The RPC client: retries, timeouts, pings, and servers that answer badly.
import net from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import * as ClientNamenode from '../../../protocol/gen/client-namenode.ts';
import { RpcRequestHeaderProto } from '../../../protocol/gen/messages.ts';
import { RpcClientConnection } from '../../../protocol/rpc/client-connection.ts';
import {
  encodeError,
  encodeResponse,
  encodeSaslSuccess,
  frameReader,
  RpcErrorCode,
  readDelimited,
  ServerFrameDecoder,
} from '../../../protocol/rpc/frame.ts';
import { eventually } from '../../support/until.ts';
import { clientOf, listen, serve } from './rpc-support.ts';

const MKDIRS = { src: '/a', masked: { perm: 0o755 }, createParent: true };

/** Starts a server that passes the header of each call to `answer`, which writes any bytes to the connection. */
function rawServer(answer: (header: RpcRequestHeaderProto, socket: net.Socket) => void): Promise<number> {
  return listen((socket) => {
    const decoder = new ServerFrameDecoder();
    socket.on('data', (chunk: Buffer) => {
      decoder.push(chunk);
      for (let next = decoder.next(); next !== undefined; next = decoder.next()) {
        if (next.kind === 'frame') answer(readDelimited(frameReader(next.bytes), RpcRequestHeaderProto), socket);
      }
    });
  });
}
const answered = (h: RpcRequestHeaderProto) => ({
  callId: h.callId,
  clientId: h.clientId,
  retryCount: h.retryCount ?? -1,
});
const yes = (h: RpcRequestHeaderProto) => encodeResponse(answered(h), ClientNamenode.mkdirs.response, { result: true });

test('many calls share one connection', async () => {
  const { port, server } = await serve({ mkdirs: async ({ src }) => ({ result: src.length % 2 === 0 }) });
  const client = clientOf(port);
  const calls = Array.from({ length: 500 }, (_, i) =>
    client.call(ClientNamenode.mkdirs, { ...MKDIRS, src: 'x'.repeat(i) }),
  );
  expect(await Promise.all(calls)).toEqual(calls.map((_, i) => ({ result: i % 2 === 0 })));
  expect(server.connectionCount).toBe(1);
});

// In Hadoop, 0 for ipc.client.connect.timeout means no limit.
test('a connect timeout of 0 sets no limit to connecting', async () => {
  const { port } = await serve({ mkdirs: async () => ({ result: true }) });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const calling = clientOf(port, { connectTimeoutMs: 0, callTimeoutMs: 0 }).call(ClientNamenode.mkdirs, MKDIRS);
    vi.advanceTimersByTime(3_600_000);
    expect(await calling).toEqual({ result: true });
  } finally {
    vi.useRealTimers();
  }
});

describe("failures in Hadoop's words (NetUtils.wrapException)", () => {
  const host = String.raw`\S+/[\d.]+`;

  test('nobody listens', async () => {
    const closed = await listen(() => undefined);
    await expect(clientOf(1).call(ClientNamenode.mkdirs, MKDIRS)).rejects.toMatchObject({
      javaClass: 'java.net.ConnectException',
      message: expect.stringMatching(
        `^Call From ${host} to 127.0.0.1:1 failed on connection exception: java.net.ConnectException: Connection refused; ` +
          'For more details see:  http://wiki.apache.org/hadoop/ConnectionRefused$',
      ),
    });
    expect(closed).toBeGreaterThan(0);
  });

  test('the host has no address', async () => {
    const client = clientOf(1, { host: 'no-such-host.invalid' });
    await expect(client.call(ClientNamenode.mkdirs, MKDIRS)).rejects.toMatchObject({
      javaClass: 'java.net.UnknownHostException',
    });
  });

  test("the server closes without an answer, as a DataNode's data port does", async () => {
    const port = await listen((socket) => socket.once('data', () => socket.end()));
    await expect(clientOf(port).call(ClientNamenode.mkdirs, MKDIRS)).rejects.toMatchObject({
      javaClass: 'java.io.EOFException',
      message: expect.stringMatching(
        `^End of File Exception between local host is: "${host}"; destination host is: "127.0.0.1":${port}; : ` +
          'java.io.EOFException; For more details see:  http://wiki.apache.org/hadoop/EOFException$',
      ),
    });
  });

  test('the answer does not come in time', async () => {
    const port = await listen(() => undefined);
    await expect(clientOf(port, { callTimeoutMs: 20 }).call(ClientNamenode.mkdirs, MKDIRS)).rejects.toMatchObject({
      javaClass: 'java.net.SocketTimeoutException',
      message: expect.stringContaining('20 millis timeout while waiting for channel to be ready for read'),
    });
  });

  test("the port is a web server's", async () => {
    const port = await listen((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await expect(clientOf(port).call(ClientNamenode.mkdirs, MKDIRS)).rejects.toThrow(
      /127\.0\.0\.1:\d+ does not speak Hadoop RPC: its answer starts with "HTTP\/1\.1 400 Bad Request/,
    );
  });

  test('the answer is no protobuf', async () => {
    const port = await listen((socket) => socket.write(Buffer.from([0, 0, 0, 2, 9, 9])));
    await expect(clientOf(port).call(ClientNamenode.mkdirs, MKDIRS)).rejects.toThrow(/does not speak Hadoop RPC/);
  });

  test('the answer is too long', async () => {
    const { port } = await serve({
      getLinkTarget: () => ({ targetPath: 'x'.repeat(2000) }),
      mkdirs: () => ({ result: true }),
    });
    const client = clientOf(port, { maxDataLengthBytes: 1000 });
    await client.call(ClientNamenode.mkdirs, MKDIRS);
    await expect(client.call(ClientNamenode.getLinkTarget, { path: '/' })).rejects.toThrow(
      /exceeds maximum data length/,
    );
  });
});

describe('a server with security', () => {
  test('that refuses SIMPLE authentication is reported with its reason and what to know', async () => {
    const message = 'SIMPLE authentication is not enabled.  Available:[TOKEN, KERBEROS]';
    const javaClass = 'org.apache.hadoop.security.AccessControlException';
    const port = await rawServer((header, socket) => {
      const call = { ...answered(header), callId: -1 };
      socket.end(encodeError(call, 'FATAL', { javaClass, message, code: RpcErrorCode.FATAL_UNAUTHORIZED }));
    });
    await expect(clientOf(port).call(ClientNamenode.mkdirs, MKDIRS)).rejects.toMatchObject({
      javaClass,
      message: expect.stringMatching(
        /SIMPLE authentication is not enabled.*this client has SIMPLE authentication only$/,
      ),
    });
  });

  test('that starts a SASL exchange is reported', async () => {
    const port = await rawServer((header, socket) => socket.write(encodeSaslSuccess(header.clientId)));
    await expect(clientOf(port).call(ClientNamenode.mkdirs, MKDIRS)).rejects.toThrow(/asks for SASL/);
  });
});

test("a Hadoop server's stack trace is not part of the message", async () => {
  const message = 'Not there\nreally\n\tat org.apache.hadoop.X.y(X.java:1)\n\tat java.base/z\n';
  const port = await rawServer((header, socket) => {
    if (header.callId < 0) return;
    const error = { javaClass: 'java.io.FileNotFoundException', message, code: RpcErrorCode.ERROR_APPLICATION };
    socket.write(encodeError(answered(header), 'ERROR', error));
  });
  await expect(clientOf(port).call(ClientNamenode.mkdirs, MKDIRS)).rejects.toMatchObject({
    code: 'FileNotFoundException',
    message: 'Not there\nreally',
  });
});

describe('lost connections', () => {
  test('a call is sent again under its call id and client id, so that the retry cache knows it', async () => {
    const seen: RpcRequestHeaderProto[] = [];
    const port = await rawServer((header, socket) => {
      if (header.callId < 0) return;
      seen.push(header);
      if (seen.length === 1) socket.destroy();
      else socket.write(yes(header));
    });
    expect(await clientOf(port).call(ClientNamenode.mkdirs, MKDIRS, { retries: 1 })).toEqual({ result: true });
    expect(seen.map((h) => [h.callId, h.retryCount])).toEqual([
      [0, 0],
      [0, 1],
    ]);
    expect(seen[1]?.clientId).toEqual(seen[0]?.clientId);
  });

  test('every waiting call fails, and the next one connects again', async () => {
    let connections = 0;
    const { port, server } = await serve({
      mkdirs: ({ src }) => (src === '/hang' ? new Promise(() => undefined) : { result: true }),
    });
    const proxy = await listen((socket) => {
      connections++;
      const upstream = net.connect(port, '127.0.0.1');
      socket.pipe(upstream).pipe(socket);
      if (connections > 1) return;
      void eventually(() => expect(server.connectionCount).toBe(1)).then(() => socket.destroy());
    });
    const client = clientOf(proxy);
    const hanging = ['/hang', '/hang'].map((src) => client.call(ClientNamenode.mkdirs, { ...MKDIRS, src }));
    await Promise.all(hanging.map((call) => expect(call).rejects.toThrow(/End of File|socket exception/)));
    expect(await client.call(ClientNamenode.mkdirs, MKDIRS)).toEqual({ result: true });
    expect(connections).toBe(2);
  });

  test('a refused connection is tried again as often as asked', async () => {
    const port = await listen(() => undefined);
    const free = net.createServer().listen(0, '127.0.0.1');
    await eventually(() => expect(free.listening).toBe(true));
    const target = (free.address() as net.AddressInfo).port;
    await new Promise((resolve) => free.close(resolve));
    const client = clientOf(target, { connectRetriesMax: 1000, connectRetryIntervalMs: 1 });
    const call = client.call(ClientNamenode.mkdirs, MKDIRS);
    const { RpcServer } = await import('../../../protocol/rpc/server.ts');
    const { server } = await serve({});
    const late = new RpcServer({ name: 'late', failureOf: server.failureOf, log: server.log, clock: server.clock });
    late.addProtocol(ClientNamenode, { mkdirs: () => ({ result: true }) });
    await late.listen(target, '127.0.0.1');
    expect(await call).toEqual({ result: true });
    await client.close();
    await late.close();
    expect(port).toBeGreaterThan(0);
  });
});

test('the server is pinged while a call waits', async () => {
  const ids: number[] = [];
  const port = await rawServer((header, socket) => {
    ids.push(header.callId);
    if (ids.filter((id) => id === -4).length === 2) socket.write(yes({ ...header, callId: 0 }));
  });
  expect(await clientOf(port, { pingIntervalMs: 5 }).call(ClientNamenode.mkdirs, MKDIRS)).toEqual({ result: true });
  expect(ids.slice(0, 4)).toEqual([-3, 0, -4, -4]);
});

test('an aborted call ends its wait; a late answer is dropped', async () => {
  const late: (() => void)[] = [];
  const port = await rawServer((header, socket) => {
    if (header.callId === 0) late.push(() => socket.write(yes(header)));
    if (header.callId === 1) {
      for (const send of late) send();
      socket.write(yes(header));
    }
  });
  const client = clientOf(port);
  const controller = new AbortController();
  const call = client.call(ClientNamenode.mkdirs, MKDIRS, { signal: controller.signal });
  await eventually(() => expect(late).toHaveLength(1));
  controller.abort(new Error('enough'));
  await expect(call).rejects.toThrow('enough');
  expect(await client.call(ClientNamenode.mkdirs, MKDIRS)).toEqual({ result: true });
});

test('an idle connection does not keep the process alive', async () => {
  let answer: () => void = () => undefined;
  const { port } = await serve({
    mkdirs: () =>
      new Promise((resolve) => {
        answer = () => resolve({ result: true });
        started();
      }),
  });
  let started: () => void = () => undefined;
  const running = new Promise<void>((resolve) => {
    started = resolve;
  });
  const sockets = () => process.getActiveResourcesInfo().filter((type) => type === 'TCPSocketWrap').length;
  const call = clientOf(port).call(ClientNamenode.mkdirs, MKDIRS);
  await running;
  const busy = sockets();
  answer();
  await call;
  // Sockets of earlier tests may end at the same time, so the number may fall by more than one.
  expect(sockets()).toBeLessThan(busy);
});

test('close fails the calls that wait, and later calls', async () => {
  const port = await listen(() => undefined);
  const client = clientOf(port);
  const call = client.call(ClientNamenode.mkdirs, MKDIRS);
  const outcome = expect(call).rejects.toThrow('The RPC client is stopped');
  await client.close();
  await outcome;
  await expect(client.call(ClientNamenode.mkdirs, MKDIRS)).rejects.toThrow('The RPC client is stopped');
});

// runtime/bug.ts: only a HadoopError and an error of the system are outcomes of an operation.
test.each([
  ['a mistake in our code', new TypeError('planted')],
  ['an argument that Node refuses', Object.assign(new RangeError('planted'), { code: 'ERR_OUT_OF_RANGE' })],
  ['an error without a code', new Error('planted')],
])('%s is no failure of the call: it comes out as it is, and is not tried again', async (_what, mistake) => {
  const { port } = await serve({ mkdirs: async () => ({ result: true }) });
  const client = clientOf(port);
  const call = vi.spyOn(RpcClientConnection.prototype, 'call').mockRejectedValue(mistake);
  try {
    await expect(client.call(ClientNamenode.mkdirs, MKDIRS, { retries: 3 })).rejects.toBe(mistake);
    expect(call).toHaveBeenCalledTimes(1);
  } finally {
    call.mockRestore();
  }
  expect(await client.call(ClientNamenode.mkdirs, MKDIRS)).toEqual({ result: true });
});

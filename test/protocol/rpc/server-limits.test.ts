// The limits of the RPC server, each with the property and the Hadoop class that it follows.
import { expect, test } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import * as ClientNamenode from '../../../protocol/gen/client-namenode.ts';
import { type ManagedConnection, RpcConnectionManager } from '../../../protocol/rpc/connection-manager.ts';
import { encodeCall, encodePreamble } from '../../../protocol/rpc/frame.ts';
import { rpcServerLimits } from '../../../protocol/rpc/server-limits.ts';
import { eventually } from '../../support/until.ts';
import { CLIENT_ID, clientOf, HANDSHAKE, ManualClock, RawClient, serve } from './rpc-support.ts';

const LINK = { path: '/' };
const defaults = rpcServerLimits(new Configuration(), 'dfs.namenode.handler.count');

/** Returns handlers of a method whose calls wait until the test ends them. */
function held() {
  const waiting: (() => void)[] = [];
  const handlers = {
    getLinkTarget: () =>
      new Promise<{ targetPath: string }>((resolve) => waiting.push(() => resolve({ targetPath: '/x' }))),
  };
  return { waiting, handlers };
}

const linkCall = (callId: number) =>
  encodeCall({ callId, clientId: CLIENT_ID, retryCount: 0, protocolVersion: 1 }, ClientNamenode.getLinkTarget, LINK);

// Hadoop: core-default.xml.
test("the defaults are Hadoop's", () => {
  expect(defaults).toEqual({
    maxDataLengthBytes: 134217728,
    connectionsMax: 0,
    idleMsMax: 20_000,
    idleThreshold: 4000,
    idleClosedMax: 10,
    idleScanIntervalMs: 10_000,
    callsMax: 1000,
    backoff: false,
    overflowFailover: false,
    responseBytesMax: 1048576,
  });
});

// Hadoop: Server.Listener.doAccept closes connections over ipc.server.max.connections.
test('connections over ipc.server.max.connections are closed at once, and room is used again', async () => {
  const { port, server } = await serve({ mkdirs: () => ({ result: true }) }, { limits: { connectionsMax: 2 } });
  const [first] = [new RawClient(port), new RawClient(port)];
  await eventually(() => expect(server.connectionCount).toBe(2));
  const third = new RawClient(port).write(HANDSHAKE);
  await third.ended;
  expect(third.received.length).toBe(0);
  first?.socket.destroy();
  await eventually(() => expect(server.connectionCount).toBe(1));
  const call = { src: '/a', masked: { perm: 0o755 }, createParent: true };
  expect(await clientOf(port).call(ClientNamenode.mkdirs, call)).toEqual({ result: true });
});

// Hadoop: over ipc.server.handler.queue.size, and without ipc.backoff.enable, CallQueueManager.put() blocks the reader.
test('calls that do not fit into the queue wait, and all are answered', async () => {
  const { waiting, handlers } = held();
  const { port } = await serve(handlers, { limits: { callsMax: 2 } });
  const clients = [1, 2, 3, 4, 5].map(() => clientOf(port));
  const calls = clients.map((client) => client.call(ClientNamenode.getLinkTarget, LINK));
  let most = 0;
  for (let done = 0; done < calls.length; done++) {
    await eventually(() => expect(waiting.length).toBeGreaterThan(0));
    most = Math.max(most, waiting.length);
    waiting.shift()?.();
  }
  expect(await Promise.all(calls)).toHaveLength(5);
  expect(most).toBeLessThanOrEqual(2);
});

// Hadoop: with ipc.backoff.enable, the answer is CallQueueOverflowException.DISCONNECT or FAILOVER.
test.each([
  [false, 'org.apache.hadoop.ipc.RetriableException', 'Server too busy - disconnecting'],
  [true, 'org.apache.hadoop.ipc.StandbyException', 'Server too busy - disconnect and failover'],
])(
  'with back-off a full queue refuses calls (failover: %s)',
  async (overflowFailover, exceptionClassName, errorMsg) => {
    const { waiting, handlers } = held();
    const { port } = await serve(handlers, { limits: { callsMax: 1, backoff: true, overflowFailover } });
    const first = new RawClient(port).write(HANDSHAKE, linkCall(1));
    await eventually(() => expect(waiting).toHaveLength(1));
    const second = new RawClient(port).write(HANDSHAKE, linkCall(2));
    expect((await second.answer()).header).toMatchObject({ callId: 2, status: 2, exceptionClassName, errorMsg });
    await second.ended;
    waiting.shift()?.();
    expect((await first.answer()).header).toMatchObject({ callId: 1, status: 0 });
  },
);

// Hadoop: ConnectionManager.closeIdle follows ipc.client.connection.maxidletime and ipc.client.idlethreshold.
test('idle connections over the threshold and unfinished handshakes are closed, busy and fresh ones are not', () => {
  const clock = new ManualClock();
  const limits = { ...defaults, idleThreshold: 4, idleClosedMax: 2 };
  const manager = new RpcConnectionManager<ManagedConnection>(limits, clock);
  const closed: string[] = [];
  const add = (name: string, state: { isEstablished: boolean; isIdle: boolean; lastContactMs: number }) => {
    const connection = {
      isInFrame: name === 'in a frame',
      ...state,
      destroy: () => {
        closed.push(name);
        manager.remove(connection);
      },
    };
    manager.add(connection);
  };
  clock.ms = 100_000;
  add('busy', { isEstablished: true, isIdle: false, lastContactMs: 0 });
  add('half-open', { isEstablished: false, isIdle: true, lastContactMs: 79_000 });
  add('in a frame', { isEstablished: true, isIdle: false, lastContactMs: 79_000 });
  add('half-open, fresh', { isEstablished: false, isIdle: true, lastContactMs: 90_000 });
  for (const name of ['idle 1', 'idle 2', 'idle 3', 'idle 4']) {
    add(name, { isEstablished: true, isIdle: true, lastContactMs: 79_999 });
  }
  manager.closeIdle();
  expect(closed).toEqual(['half-open', 'in a frame', 'idle 1', 'idle 2']);
  manager.closeIdle();
  // The connections that are left are below the threshold of 4, so they may stay.
  expect(closed).toEqual(['half-open', 'in a frame', 'idle 1', 'idle 2', 'idle 3']);
});

test('a client that never finishes its handshake is closed by the scan', async () => {
  const clock = new ManualClock();
  const { port, server } = await serve({}, { clock, limits: { idleScanIntervalMs: 5 } });
  const silent = new RawClient(port);
  const halfOpen = new RawClient(port).write(encodePreamble(-33));
  await eventually(() => expect(server.connectionCount).toBe(2));
  // The server may read the preamble late, and that counts as contact. So the clock advances until both are closed.
  await eventually(() => {
    clock.ms += 20_001;
    expect(server.connectionCount).toBe(0);
  });
  await Promise.all([silent.ended, halfOpen.ended]);
});

// Hadoop: ipc.client.connection.maxidletime also closes idle connections on the client's side.
test("a client's idle connection is closed, and its next call opens another", async () => {
  const { port, server } = await serve({ getLinkTarget: () => ({ targetPath: '/x' }) });
  const client = clientOf(port, { idleMsMax: 1 });
  await client.call(ClientNamenode.getLinkTarget, LINK);
  await eventually(() => expect(server.connectionCount).toBe(0));
  expect(await client.call(ClientNamenode.getLinkTarget, LINK)).toEqual({ targetPath: '/x' });
});

// The invariant that every buffer is bounded.
test('large frames that are never completed do not keep other clients out', async () => {
  const maxDataLengthBytes = 4 * 1024 * 1024;
  const { port, server } = await serve({ getLinkTarget: () => ({ targetPath: '/x' }) }, { maxDataLengthBytes });
  const length = Buffer.alloc(4);
  length.writeInt32BE(maxDataLengthBytes);
  const attackers = Array.from({ length: 6 }, () =>
    new RawClient(port).write(HANDSHAKE, length, Buffer.alloc(maxDataLengthBytes - 1)),
  );
  await eventually(() => expect(server.connectionCount).toBe(6));
  expect(await clientOf(port).call(ClientNamenode.getLinkTarget, LINK)).toEqual({ targetPath: '/x' });
  for (const attacker of attackers) attacker.socket.destroy();
  await eventually(() => expect(server.connectionCount).toBeLessThanOrEqual(1));
  const large = new RawClient(port).write(HANDSHAKE, length, Buffer.alloc(maxDataLengthBytes));
  expect((await large.answer()).header).toMatchObject({ status: 2 });
});

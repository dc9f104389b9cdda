// Tests the cache of idle connections to DataNodes.
import net from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PeerCache } from '../../../client/dfs/peer-cache.ts';
import { DataConnection } from '../../../protocol/datatransfer/data-connection.ts';

let server: net.Server;
let port: number;
beforeEach(async () => {
  server = net.createServer((socket) => socket.on('error', () => socket.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as net.AddressInfo).port;
});
afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())));

const connect = () => DataConnection.connect({ host: '127.0.0.1', port, timeoutMs: 10_000 });

it('gives a connection back once, to the same address only, and drops it when it is old', async () => {
  let now = 0;
  const cache = new PeerCache(() => now);
  const [a, b] = [await connect(), await connect()];
  cache.put('x:1', a);
  expect(cache.take('y:1')).toBeUndefined();
  expect(cache.take('x:1')).toBe(a);
  expect(cache.take('x:1')).toBeUndefined();
  cache.put('x:1', b);
  now = 3000;
  expect(cache.take('x:1')).toBeUndefined();
  expect(b.destroyed).toBe(true);
  a.destroy();
  cache.close();
});

it('is bounded, and close() closes its connections', async () => {
  const cache = new PeerCache(() => 0);
  const all = await Promise.all(Array.from({ length: 18 }, connect));
  for (const one of all) cache.put('x:1', one);
  expect(cache.size).toBe(16);
  expect(all.filter((c) => c.destroyed)).toHaveLength(2);
  cache.close();
  expect(all.every((c) => c.destroyed)).toBe(true);
  const late = await connect();
  cache.put('x:1', late);
  expect(late.destroyed).toBe(true);
});

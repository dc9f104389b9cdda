// A client chooses its id and the ids of its calls: no choice disturbs another client, the retry cache or a restart.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Configuration } from '../../conf/configuration.ts';
import { NameNode } from '../../namenode/namenode.ts';
import { encodeRecord } from '../../namenode/store/journal/edit-record.ts';
import { writeHeader } from '../../namenode/store/journal/journal-header.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import type { Method } from '../../protocol/method.ts';
import { RpcClientConnection } from '../../protocol/rpc/client-connection.ts';
import { encodeCall } from '../../protocol/rpc/frame.ts';
import { silentLogger } from '../../runtime/log.ts';

const ENDLESS_MS = 30_000;
let directory: string;
let conf: Configuration;
let namenode: NameNode;

beforeAll(async () => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-client-ids-'));
  conf = new Configuration({
    'dfs.namenode.rpc-address': '127.0.0.1:0',
    'dfs.namenode.http-address': '127.0.0.1:0',
    'dfs.permissions.enabled': 'false',
    'dfs.namenode.name.dir': path.join(directory, 'name'),
  });
  namenode = await NameNode.start({ conf, log: silentLogger });
});
afterAll(async () => {
  await namenode.stop();
  fs.rmSync(directory, { recursive: true, force: true });
});

/** Makes one call with chosen ids, on a connection of its own. */
async function call<Q, S>(
  method: Method<Q, S>,
  request: Q,
  { clientId, callId = 1, user = 'mallory' }: { clientId: Uint8Array; callId?: number; user?: string },
): Promise<S> {
  const { host, port } = namenode.rpcAddress;
  const protocol = ClientNamenode.PROTOCOL;
  const times = {
    connectTimeoutMs: ENDLESS_MS,
    callTimeoutMs: ENDLESS_MS,
    pingIntervalMs: ENDLESS_MS,
    idleMsMax: ENDLESS_MS,
  };
  const options = { host, port, protocol, user, clientId, ...times, lengthBytesMax: 1 << 20 };
  const connection = await RpcClientConnection.connect(options);
  try {
    const bytes = encodeCall({ callId, clientId, retryCount: 0, protocolVersion: 1 }, method, request);
    return await connection.call(callId, bytes, method.response);
  } finally {
    connection.close();
  }
}

type Ids = Parameters<typeof call>[2];
const mkdirs = (src: string, ids: Ids) =>
  call(ClientNamenode.mkdirs, { src, masked: { perm: 0o755 }, createParent: true }, ids);
const remove = (src: string, ids: Ids) => call(ClientNamenode.delete_, { src, recursive: true }, ids);
const exists = async (src: string) =>
  (await call(ClientNamenode.getFileInfo, { src }, { clientId: new Uint8Array(16).fill(99) })).fs !== undefined;

const filled = (length: number, byte: number) => new Uint8Array(length).fill(byte);
const header = (() => {
  const file = Buffer.alloc(8192);
  writeHeader(file, { lengthBytes: 8192, salt: filled(16, 0), epoch: 1 });
  return file;
})();
/** A record without changes, as an attacker who knows the format but not the salt can make it. */
const record = (() => {
  const bytes = Buffer.alloc(64);
  encodeRecord(bytes, 2, []);
  return bytes;
})();
const IDS: Readonly<Record<string, Uint8Array>> = {
  zeros: filled(16, 0),
  ones: filled(16, 255),
  'the header of a journal': header.subarray(0, 16),
  'the rest of a header': header.subarray(32, 48),
  'an empty record': record.subarray(0, 16),
  'the key of the calls': Buffer.from('!calls/000000000'),
  'a decimal number': Buffer.from('1:1:1:1:1:1:1:1:'),
};

describe('a client id of 16 bytes', () => {
  it.each(Object.entries(IDS))(
    '%s: a call that comes twice runs once, also after a restart',
    async (name, clientId) => {
      const src = `/ids/${name}`;
      await mkdirs(src, { clientId });
      expect(await remove(src, { clientId, callId: 2 })).toEqual({ result: true });
      await mkdirs(src, { clientId, callId: 3 });
      // The copy of the delete changes nothing, and has the first answer.
      expect(await remove(src, { clientId, callId: 2 })).toEqual({ result: true });
      expect(await exists(src)).toBe(true);
      await namenode.stop();
      namenode = await NameNode.start({ conf, log: silentLogger });
      expect(await remove(src, { clientId, callId: 2 })).toEqual({ result: true });
      expect(await exists(src)).toBe(true);
    },
  );
});

// Hadoop's RetryCache refuses such an id for a call that changes something: an answer must not be kept under it.
it.each([1, 15, 17, 100_000])('a client id of %i bytes changes nothing', async (length) => {
  const ids = { clientId: filled(length, 7) };
  await expect(mkdirs(`/length-${length}`, ids)).rejects.toMatchObject({
    javaClass: 'java.lang.IllegalArgumentException',
    message: `Invalid clientId - length is ${length} expected length 16`,
  });
  expect(await exists(`/length-${length}`)).toBe(false);
});

it('an empty client id, which Hadoop’s dummy clients have: each call runs, and none is kept', async () => {
  const ids = { clientId: filled(0, 0) };
  await mkdirs('/empty', ids);
  expect(await remove('/empty', ids)).toEqual({ result: true });
  expect(await remove('/empty', ids)).toEqual({ result: false });
});

describe('two clients with the same id and the same call ids', () => {
  const clientId = filled(16, 42);

  it('of two users have each their own answers', async () => {
    await mkdirs('/of-mallory', { clientId, callId: 7 });
    await mkdirs('/of-victim', { clientId, callId: 7, user: 'victim' });
    expect(await exists('/of-victim')).toBe(true);
    await namenode.stop();
    namenode = await NameNode.start({ conf, log: silentLogger });
    expect(await remove('/none', { clientId, callId: 8 })).toEqual({ result: false });
    expect(await remove('/of-victim', { clientId, callId: 8, user: 'victim' })).toEqual({ result: true });
  });

  it('of one user have no answer of another method', async () => {
    await mkdirs('/of-two', { clientId, callId: 9 });
    expect(await remove('/of-two', { clientId, callId: 9 })).toEqual({ result: true });
    expect(await exists('/of-two')).toBe(false);
  });
});

it('call ids at the edges of a number', async () => {
  const clientId = filled(16, 43);
  for (const callId of [0, 0x7fffffff, 2 ** 30]) {
    const src = `/call-${callId}`;
    await mkdirs(src, { clientId, callId });
    expect(await exists(src)).toBe(true);
  }
});

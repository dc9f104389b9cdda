// A bug in the state machine ends the NameNode before anything of that operation is written or answered.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import esbuild from 'esbuild';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Configuration } from '../../conf/configuration.ts';
import { NameNode } from '../../namenode/namenode.ts';
import { LeaseManager } from '../../namenode/namespace/lease-manager.ts';
import { getFileInfo } from '../../namenode/namespace/stat-and-listing.ts';
import { NamesystemDriver } from '../../namenode/namesystem/driver.ts';
import { ClientContext } from '../../namenode/rpc/context/client-context.ts';
import { EMPTY_STORE, makeStore } from '../../namenode/store/make-store.ts';
import { NamespaceStore } from '../../namenode/store/store.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { Bug } from '../../runtime/bug.ts';
import { silentLogger } from '../../runtime/log.ts';
import { systemClock } from '../../runtime/runtime.ts';
import { Harness, ROOT } from './harness.ts';

const PROJECT = path.resolve(import.meta.dirname, '../..');

const figures = vi.hoisted(() => ({ fail: false }));
vi.mock(import('../../namenode/datanodes/stats.ts'), async (original) => {
  const { clusterStats } = await original();
  return {
    clusterStats: (...args) => {
      if (figures.fail) throw new TypeError('planted');
      return clusterStats(...args);
    },
  };
});

let dir: string;

beforeEach(async () => {
  dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-bug-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await fs.rm(dir, { recursive: true, force: true });
});

/** Makes create() fail after it has added the file to the tree, so that the state is half changed. */
function plantBug(): void {
  vi.spyOn(LeaseManager.prototype, 'add').mockImplementation(() => {
    throw new TypeError('planted');
  });
}

const CREATE = { permission: 0o644, clientName: 'c', flags: 1, createParent: true, replication: 1 } as const;

describe('the driver', () => {
  async function start() {
    if ((await fs.readdir(dir)).length === 0) await makeStore(dir, EMPTY_STORE);
    const store = await NamespaceStore.open(dir);
    const { namesystem } = new Harness();
    const bugs: Bug[] = [];
    const onBug = (bug: Bug) => bugs.push(bug);
    const driver = new NamesystemDriver({ namesystem, store, clock: systemClock, log: silentLogger, onBug });
    const create = (at: string) =>
      driver.apply({ op: 'create', caller: ROOT, path: at, blockSizeBytes: 1 << 20, ...CREATE });
    const mkdirs = (at: string) =>
      driver.apply({ op: 'mkdirs', caller: ROOT, path: at, permission: 0o755, createParent: true });
    return { store, namesystem, driver, bugs, create, mkdirs };
  }

  async function keysOf(store: NamespaceStore): Promise<string> {
    await store.close();
    const reopened = await NamespaceStore.open(dir);
    const values: string[] = [];
    await reopened.load((_key, value) => values.push(value));
    await reopened.close();
    return values.join('\n');
  }

  it('names the operation and its arguments, and writes nothing of it', async () => {
    const { store, bugs, create, mkdirs } = await start();
    await mkdirs('/before');
    plantBug();
    await expect(create('/half')).rejects.toThrow(
      /^A bug in create\(.*"path":"\/half".*\) ends this daemon: TypeError: planted\n/,
    );
    expect(bugs.map((bug) => bug instanceof Bug)).toEqual([true]);
    const kept = await keysOf(store);
    expect(kept).toContain('before');
    expect(kept).not.toContain('half');
  });

  it('applies and answers nothing afterwards, and tells of the bug once', async () => {
    const { store, namesystem, driver, bugs, create, mkdirs } = await start();
    plantBug();
    await expect(create('/half')).rejects.toThrow('planted');
    vi.restoreAllMocks();
    await expect(mkdirs('/after')).rejects.toThrow('A bug in create(');
    expect(() => driver.read(getFileInfo, { caller: ROOT, path: '/half' })).toThrow('A bug in create(');
    driver.tick(0);
    driver.applyLater({ op: 'noteDiskSpace', isLow: true });
    expect(bugs).toHaveLength(1);
    expect(namesystem.state.blockManager.safeMode.isOn).toBe(false);
    expect(await keysOf(store)).not.toContain('after');
  });

  it('takes an exception of a question, of a tick and of an encoded answer for a bug too', async () => {
    const asked = await start();
    const question = () => {
      throw new RangeError('of a question');
    };
    expect(() => asked.driver.read(question, {})).toThrow(Bug);
    expect(asked.bugs).toHaveLength(1);
    await asked.store.close();

    const ticked = await start();
    vi.spyOn(LeaseManager.prototype, 'expiredHardLimit').mockImplementation(() => {
      throw new RangeError('of a tick');
    });
    ticked.driver.tick(0);
    expect(ticked.bugs.map((bug) => bug.message.split('\n')[0])).toEqual([
      'A bug in tick({"op":"tick","lateMs":0}) ends this daemon: RangeError: of a tick',
    ]);
    await ticked.store.close();

    vi.restoreAllMocks();
    const answered = await start();
    const command = { op: 'mkdirs', caller: ROOT, path: '/d', permission: 0o755, createParent: true } as const;
    const failing = answered.driver.apply(command, () => {
      throw new RangeError('of an answer');
    });
    await expect(failing).rejects.toThrow(Bug);
    expect(answered.bugs).toHaveLength(1);
    expect(await keysOf(answered.store)).not.toContain('"d"');
  });
});

const CONF = { 'dfs.namenode.rpc-address': '127.0.0.1:0', 'dfs.namenode.http-address': '127.0.0.1:0' };

const connect = (port: number) =>
  new RpcClient({ host: '127.0.0.1', port, protocol: ClientNamenode.PROTOCOL, user: 'hdfs' });

const createCall = (client: RpcClient, src: string) =>
  client.call(ClientNamenode.create, {
    src,
    masked: { perm: 0o644 },
    clientName: 'c',
    createFlag: 1,
    createParent: true,
    replication: 1,
    blockSize: 1 << 20,
    cryptoProtocolVersion: [],
  });

/** Returns `success` or `no success`, after the call has ended. */
const successOf = (call: Promise<unknown>) =>
  call.then(
    () => 'success',
    () => 'no success',
  );

describe('the NameNode', () => {
  const start = (log = silentLogger) =>
    NameNode.start({ conf: new Configuration({ ...CONF, 'dfs.namenode.name.dir': `${dir}/name` }), log, user: 'hdfs' });

  it('stops with the bug as the reason, logs it once, and starts again with the state before', async () => {
    const fatal = vi.fn();
    const log = Object.assign(Object.create(silentLogger), { fatal });
    let namenode = await start(log);
    let client = connect(namenode.rpcAddress.port);
    await createCall(client, '/before');
    plantBug();
    const half = successOf(createCall(client, '/half'));
    const reason = await namenode.stopped;
    expect(reason).toBeInstanceOf(Bug);
    expect(fatal.mock.calls).toEqual([[reason?.message]]);
    vi.restoreAllMocks();
    await namenode.stop();
    client.close();
    expect(await half).toBe('no success');

    namenode = await start();
    client = connect(namenode.rpcAddress.port);
    const statusOf = (src: string) => client.call(ClientNamenode.getFileInfo, { src });
    expect((await statusOf('/before')).fs?.length).toBe(0);
    expect((await statusOf('/half')).fs).toBeUndefined();
    client.close();
    await namenode.stop();
    expect(await namenode.stopped).toBeUndefined();
  });

  // A handler stands outside the state machine; only a HadoopError of it is an answer.
  it('stops at an exception of a handler of its RPC server, and of a page', async () => {
    const handler = await start();
    const client = connect(handler.rpcAddress.port);
    vi.spyOn(ClientContext.prototype, 'isReadable').mockRejectedValue(new TypeError('planted'));
    const half = successOf(client.call(ClientNamenode.getStoragePolicy, { path: '/' }));
    expect((await handler.stopped)?.message).toMatch(
      /^A bug in ClientProtocol.getStoragePolicy\(\{"path":"\/"\}\) ends this daemon: TypeError: planted\n/,
    );
    await handler.stop();
    await client.close();
    expect(await half).toBe('no success');
    vi.restoreAllMocks();

    for (const [page, operation] of [
      ['/jmx', 'beans'],
      ['/', 'statusPage'],
    ] as const) {
      const namenode = await start();
      figures.fail = true;
      const shown = successOf(fetch(`http://127.0.0.1:${namenode.httpAddress.port}${page}`));
      expect((await namenode.stopped)?.message).toMatch(
        new RegExp(`^A bug in ${operation}\\(\\{\\}\\) ends this daemon: TypeError: planted\n`),
      );
      await namenode.stop();
      expect(await shown).toBe('no success');
      figures.fail = false;
    }
  });

  // The request is the client's fault; only the call fails.
  it('answers a request that it can not decode, and goes on', async () => {
    const namenode = await start();
    const client = connect(namenode.rpcAddress.port);
    const broken = { ...ClientNamenode.getFileInfo, request: ClientNamenode.setSafeMode.request };
    await expect(client.call(broken as never, { action: 1 })).rejects.toMatchObject({
      javaClass: 'org.apache.hadoop.thirdparty.protobuf.InvalidProtocolBufferException',
    });
    expect((await client.call(ClientNamenode.getFileInfo, { src: '/' })).fs?.fileType).toBe(1);
    await client.close();
    await namenode.stop();
    expect(await namenode.stopped).toBeUndefined();
  });

  it('ends its process with status 1', async () => {
    await esbuild.build({
      entryPoints: [path.join(import.meta.dirname, 'buggy-namenode-process.ts')],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      external: ['classic-level'],
      outfile: path.join(dir, 'namenode.cjs'),
      logLevel: 'error',
    });
    const args = Object.entries({ ...CONF, 'dfs.namenode.name.dir': `${dir}/name` }).map((e) => e.join('='));
    const env = { ...process.env, NODE_PATH: path.join(PROJECT, 'node_modules') };
    const child: ChildProcess = fork(path.join(dir, 'namenode.cjs'), args, { env, execArgv: [], silent: true });
    const exited = once(child, 'exit');
    const [{ ready }] = (await once(child, 'message')) as [{ ready: { rpc: string } }];
    const client = connect(Number(ready.rpc.split(':')[1]));
    const half = successOf(createCall(client, '/half'));
    expect((await exited)[0]).toBe(1);
    client.close();
    expect(await half).toBe('no success');
  });
});

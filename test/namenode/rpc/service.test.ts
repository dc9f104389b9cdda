import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { NameNode } from '../../../namenode/namenode.ts';
import * as ClientNamenode from '../../../protocol/gen/client-namenode.ts';
import { RpcClient } from '../../../protocol/rpc/client.ts';
import { silentLogger } from '../../../runtime/log.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startNameNode(dir?: string) {
  const name = dir ?? (await fs.mkdtemp(path.join(os.tmpdir(), 'calf-nn-')));
  if (dir === undefined) cleanups.push(() => fs.rm(name, { recursive: true, force: true }));
  const conf = new Configuration({
    'dfs.namenode.rpc-address': '127.0.0.1:0',
    'dfs.namenode.http-address': '127.0.0.1:0',
    'dfs.namenode.name.dir': name,
  });
  const nn = await NameNode.start({ conf, log: silentLogger, user: 'hdfs' });
  cleanups.push(() => nn.stop());
  const client = (user = 'hdfs') => {
    const c = new RpcClient({ ...nn.rpcAddress, protocol: ClientNamenode.PROTOCOL, user });
    cleanups.push(() => c.close());
    return c;
  };
  return { nn, name, client };
}

describe('ClientProtocol over RPC', () => {
  it('makes and lists directories', async () => {
    const { client } = await startNameNode();
    const c = client();
    const made = await c.call(ClientNamenode.mkdirs, { src: '/user/me', masked: { perm: 0o755 }, createParent: true });
    expect(made.result).toBe(true);
    const { fs: status } = await c.call(ClientNamenode.getFileInfo, { src: '/user/me' });
    expect(status).toMatchObject({ owner: 'hdfs', group: 'supergroup', permission: { perm: 0o755 }, fileType: 1 });
    const { dirList } = await c.call(ClientNamenode.getListing, {
      src: '/user',
      startAfter: new Uint8Array(0),
      needLocation: false,
    });
    expect(dirList?.partialListing.map((e) => new TextDecoder().decode(e.path))).toEqual(['me']);
  });

  it('keeps what it acknowledged over a restart', async () => {
    const first = await startNameNode();
    const c = first.client();
    await c.call(ClientNamenode.mkdirs, { src: '/a/b', masked: { perm: 0o755 }, createParent: true });
    await c.call(ClientNamenode.create, {
      src: '/a/f',
      masked: { perm: 0o644 },
      clientName: 'DFSClient_1',
      createFlag: 1,
      createParent: true,
      replication: 1,
      blockSize: 1 << 20,
      cryptoProtocolVersion: [],
    });
    await first.nn.stop();
    const second = await startNameNode(first.name);
    const { fs: file } = await second.client().call(ClientNamenode.getFileInfo, { src: '/a/f' });
    expect(file).toMatchObject({ length: 0, block_replication: 1, fileId: 16388 });
    expect(second.nn.identity).toEqual(first.nn.identity);
  });

  it('refuses what it does not know by Hadoop’s exception', async () => {
    const { client } = await startNameNode();
    const call = client().call(ClientNamenode.createSnapshot, { snapshotRoot: '/a' });
    await expect(call).rejects.toMatchObject({ code: 'RpcNoSuchMethodException' });
  });
});

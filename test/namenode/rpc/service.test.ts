// Tests of ClientProtocol over RPC, against a NameNode with its port and its store.
import { describe, expect, it } from 'vitest';
import * as ClientNamenode from '../../../protocol/gen/client-namenode.ts';
import { nameNodeBench } from '../namenode-bench.ts';

const bench = nameNodeBench();

describe('ClientProtocol over RPC', () => {
  it('makes and lists directories', async () => {
    const c = bench.client(await bench.start());
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
    const first = await bench.start();
    const c = bench.client(first);
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
    await first.stop();
    const second = await bench.start();
    const { fs: file } = await bench.client(second).call(ClientNamenode.getFileInfo, { src: '/a/f' });
    expect(file).toMatchObject({ length: 0, block_replication: 1, fileId: 16388 });
    expect(second.identity).toEqual(first.identity);
  });

  it('refuses what it does not know by Hadoop’s exception', async () => {
    const call = bench.client(await bench.start()).call(ClientNamenode.createSnapshot, { snapshotRoot: '/a' });
    await expect(call).rejects.toMatchObject({ code: 'RpcNoSuchMethodException' });
  });

  // ContentSummaryComputationContext.checkPermission looks at every directory; delete at those that are not empty.
  it('counts a subtree only for those who may list every directory of it', async () => {
    const namenode = await bench.start();
    const hdfs = bench.client(namenode);
    const mkdirs = (src: string, perm: number) =>
      hdfs.call(ClientNamenode.mkdirs, { src, masked: { perm }, createParent: true });
    await mkdirs('/d/open', 0o755);
    await mkdirs('/d/closed', 0o700);
    const bob = bench.client(namenode, 'bob');
    for (const method of [ClientNamenode.getContentSummary, ClientNamenode.getQuotaUsage]) {
      await expect(bob.call<{ path: string }, unknown>(method, { path: '/d' })).rejects.toThrow(
        'Permission denied: user=bob, access=READ_EXECUTE, inode="/d/closed":hdfs:supergroup:drwx------',
      );
    }
    await hdfs.call(ClientNamenode.setPermission, { src: '/d/closed', permission: { perm: 0o705 } });
    const { summary } = await bob.call(ClientNamenode.getContentSummary, { path: '/d' });
    expect(summary).toMatchObject({ directoryCount: 3, fileCount: 0 });
  });
});

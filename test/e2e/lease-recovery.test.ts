// Tests lease and block recovery with real daemons: a file whose writer is gone is closed with every hflushed byte.
import { afterEach, describe, expect, it } from 'vitest';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { eventually } from '../support/until.ts';
import { Cluster } from './cluster.ts';
import { readAll } from './support.ts';

let cluster: Cluster | undefined;
afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
});

/** Starts a cluster with a short heartbeat interval. */
async function startCluster(datanodeCount: number, properties: Record<string, string> = {}) {
  const started = await Cluster.start(datanodeCount, {
    'dfs.heartbeat.interval': '100ms',
    'dfs.namenode.heartbeat.recheck-interval': '500',
    'dfs.blocksize': '1m',
    ...properties,
  });
  cluster = started;
  return {
    datanodes: started.datanodes,
    client: () => started.client(),
    restart: (settings?: Record<string, string>) => started.restartNamenode(settings),
    startDataNode: (place: number) => started.restartDatanode(place),
  };
}

const bytesOf = async (dfs: DistributedFileSystem, file: string) => (await readAll(dfs, file)).toString();

const closed = (dfs: DistributedFileSystem, file: string) =>
  eventually(async () => expect(await dfs.isFileClosed(file)).toBe(true));

describe('with DataNodes', () => {
  it('a file whose writer is gone is recovered with every byte that was hflushed', async () => {
    const { client } = await startCluster(3);
    const writer = client();
    const out = await writer.create('/f', { replication: 3 });
    await out.write(Buffer.from('acknowledged'));
    await out.hflush();
    const other = client();
    expect(await bytesOf(other, '/f')).toBe('acknowledged');
    expect(await other.recoverLease('/f')).toBe(false);
    expect(await bytesOf(other, '/f')).toBe('acknowledged');
    await closed(other, '/f');
    expect(await bytesOf(other, '/f')).toBe('acknowledged');
    expect((await other.getFileStatus('/f')).length).toBe('acknowledged'.length);
    const again = await other.append('/f');
    await again.write(Buffer.from(' and more'));
    await again.close();
    expect(await bytesOf(client(), '/f')).toBe('acknowledged and more');
  });

  it('a file whose writer is gone is recovered although the NameNode restarts before the recovery', async () => {
    const { client, restart } = await startCluster(3);
    const out = await client().create('/f', { replication: 3 });
    await out.write(Buffer.from('acknowledged'));
    await out.hflush();
    await restart();
    const other = client();
    expect(await other.recoverLease('/f')).toBe(false);
    await closed(other, '/f');
    expect(await bytesOf(other, '/f')).toBe('acknowledged');
  });

  it('a file whose writer is gone is recovered although a DataNode of the pipeline died too', async () => {
    const { client, datanodes } = await startCluster(3);
    const out = await client().create('/f', { replication: 3 });
    await out.write(Buffer.from('acknowledged'));
    await out.hflush();
    await datanodes[0]?.stop();
    const other = client();
    await other.recoverLease('/f');
    await closed(other, '/f');
    expect(await bytesOf(other, '/f')).toBe('acknowledged');
  });

  it('a truncate cuts every replica, at a block boundary and inside a block', async () => {
    const { client } = await startCluster(3);
    const dfs = client();
    const text = 'x'.repeat((1 << 20) + 700);
    const out = await dfs.create('/f', { replication: 3 });
    await out.write(Buffer.from(text));
    await out.close();
    expect(await dfs.truncate('/f', (1 << 20) + 513)).toBe(false);
    await closed(dfs, '/f');
    expect(await bytesOf(dfs, '/f')).toBe(text.slice(0, (1 << 20) + 513));
    expect(await dfs.truncate('/f', 1 << 20)).toBe(true);
    expect(await bytesOf(dfs, '/f')).toBe(text.slice(0, 1 << 20));
    expect(await dfs.truncate('/f', 5)).toBe(false);
    await closed(dfs, '/f');
    const more = await dfs.append('/f');
    await more.write(Buffer.from('yz'));
    await more.close();
    expect(await bytesOf(client(), '/f')).toBe('xxxxxyz');
  });

  it('a file that no client recovers is closed at dfs.namenode.lease-hard-limit-sec', async () => {
    const { client, restart } = await startCluster(2);
    const writer = client();
    const out = await writer.create('/f', { replication: 2 });
    await out.write(Buffer.from('acknowledged'));
    await out.hflush();
    const other = client();
    // The short limit begins when the file is written. The writer would renew its lease only half a minute later.
    await restart({ 'dfs.namenode.lease-hard-limit-sec': '1' });
    await closed(other, '/f');
    expect(await bytesOf(other, '/f')).toBe('acknowledged');
    // The recovery breaks the writer's pipeline, so close() fails with the error of the pipeline or of the lost lease.
    await expect(out.close()).rejects.toThrow(/ is UNDER_RECOVERY but | is COMPLETE but |lease|not open for writing/);
  });

  it('a truncate goes on after a restart of the NameNode', async () => {
    const { client, datanodes, startDataNode, restart } = await startCluster(1);
    const dfs = client();
    const out = await dfs.create('/f', { replication: 1 });
    await out.write(Buffer.from('0123456789'));
    await out.close();
    // No DataNode can cut the block before the restart.
    await datanodes[0]?.stop();
    expect(await dfs.truncate('/f', 4)).toBe(false);
    await restart();
    await startDataNode(0);
    await closed(client(), '/f');
    expect(await bytesOf(client(), '/f')).toBe('0123');
  });
});

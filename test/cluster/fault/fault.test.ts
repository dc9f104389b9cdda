// Tests `calf fault` on a cluster of separate processes.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DistributedFileSystem } from '../../../client/distributed-file-system.ts';
import { type RunningCluster, readRunningCluster, startCluster, stopCluster } from '../../../cluster/daemons/start.ts';
import { Configuration } from '../../../conf/configuration.ts';
import { makeSecret } from '../../../runtime/http/cluster-secret.ts';
import { SharedSecret } from '../../../runtime/http/shared-secret.ts';
import { readAll, run, writeAll } from '../../e2e/support.ts';
import { signedFetch, signedLines } from '../../runtime/http/signed-fetch.ts';
import { rawRequest } from '../../support/raw-http.ts';
import { until } from '../../support/until.ts';

let base: string;
let dir: string;
let cluster: RunningCluster;
let hdfs: DistributedFileSystem;

beforeAll(async () => {
  base = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-fault-'));
  dir = path.join(base, 'cluster');
  const properties = {
    'dfs.heartbeat.interval': '200ms',
    'dfs.namenode.heartbeat.recheck-interval': '100',
    'dfs.client.retry.window.base': '1',
  };
  cluster = await startCluster({ dir, datanodes: 2, freePorts: true, mapreduce: false, properties });
  hdfs = new DistributedFileSystem({ conf: Configuration.load({ confDir: cluster.confDir }) });
});
afterAll(async () => {
  await hdfs.close();
  await stopCluster(dir);
  fs.rmSync(base, { recursive: true, force: true });
});

const fault = (...args: string[]) => run('calf', ['fault', ...args, '--dir', dir]);
const done = (out: string) => ({ status: 0, out: `${out}\n`, err: '' });
const refused = (err: string) => ({ status: 1, out: '', err: `calf: ${err}\n` });
const liveDatanodes = async () => (await hdfs.getDatanodeReport('LIVE')).length;

// docs/fault-injection.md describes these commands.
describe('calf fault', () => {
  it('prints its faults, with examples', async () => {
    const { status, out } = await run('calf', ['fault', '--help']);
    expect(status).toBe(0);
    for (const name of ['kill-datanode', 'pause', 'corrupt-block', 'slow', 'drop-acks', 'expire-lease', 'disk-full']) {
      expect(out).toContain(`  ${name} `);
    }
    expect(out).toContain('calf fault pause datanode2 --for 30s');
  });

  it('says how to start a cluster when none is running', async () => {
    const nowhere = path.join(base, 'nowhere');
    expect(await run('calf', ['fault', 'list', '--dir', nowhere])).toEqual(
      refused(`No cluster is running in ${nowhere}: start one with calf start, or name its --dir`),
    );
  });

  it('kills a DataNode and starts it again at its address, with its blocks', async () => {
    const bytes = randomBytes(100_000);
    await writeAll(hdfs, '/killed', bytes);
    await until(async () => (await hdfs.getFileBlockLocations('/killed'))[0]?.names.length === 2, 'two replicas');
    expect(await fault('kill-datanode', '1')).toEqual(done('datanode1 is killed'));
    expect(await fault('kill-datanode', 'datanode1')).toEqual(refused('datanode1 is not running: restart it first'));
    await until(async () => (await liveDatanodes()) === 1, 'the NameNode to miss it');
    expect((await readAll(hdfs, '/killed')).equals(bytes)).toBe(true);
    expect(await fault('restart-datanode', '1')).toEqual(done('datanode1 is up again'));
    await until(async () => (await liveDatanodes()) === 2, 'the NameNode to see it again');
    const restarted = readRunningCluster(dir);
    expect(restarted?.addresses).toEqual(cluster.addresses);
    expect(restarted?.processIds.datanode1).not.toBe(cluster.processIds.datanode1);
    await until(async () => (await hdfs.getFileBlockLocations('/killed'))[0]?.names.length === 2, 'its block report');
  });

  it('pauses a daemon, which does nothing until it is resumed', async () => {
    expect(await fault('pause', '2')).toEqual(done('datanode2 is paused'));
    await until(async () => (await liveDatanodes()) === 1, 'the NameNode to miss it');
    expect(await fault('drop-acks', '2')).toEqual(refused('datanode2 is paused: resume it first'));
    expect((await fault('list')).out).toBe(
      ['namenode      running', 'datanode1     running', 'datanode2     paused', ''].join('\n'),
    );
    expect(await fault('resume', '2')).toEqual(done('datanode2 goes on'));
    await until(async () => (await liveDatanodes()) === 2, 'the NameNode to see it again');
    expect((await fault('pause', 'namenode', '--for', '10ms')).out).toBe('namenode is paused\n');
    await until(async () => (await liveDatanodes()) === 2, 'the NameNode to go on, and to hear both DataNodes');
  });

  it('sets faults of a daemon, lists them and clears them', async () => {
    expect(await fault('slow', '1', '--delay', '5ms')).toEqual(done('datanode1 waits 5 ms before each packet'));
    expect(await fault('disk-full', '2')).toEqual(done('datanode2 has no room on its disks'));
    const { daemons } = JSON.parse((await fault('list', '--json')).out) as { daemons: unknown };
    expect(daemons).toEqual([
      { daemon: 'namenode', state: 'running', faults: [] },
      { daemon: 'datanode1', state: 'running', faults: [{ kind: 'slow', packetDelayMs: 5 }] },
      { daemon: 'datanode2', state: 'running', faults: [{ kind: 'disk-full' }] },
    ]);
    expect(await fault('clear', 'datanode2')).toEqual(done('datanode2 suffers nothing any more'));
  });

  it('clears all faults, and each fault whose time is over', async () => {
    expect((await fault('list')).out).toBe(
      ['namenode      running', 'datanode1     running  slow packetDelayMs=5', 'datanode2     running', ''].join('\n'),
    );
    expect(await fault('clear')).toEqual(done('The cluster suffers nothing any more'));
    expect((await fault('drop-acks', '1', '--for', '10ms')).out).toBe('datanode1 loses its acks\n');
    expect((await fault('list')).out).not.toContain('drop-acks');
  });

  it('corrupts a replica, and reports the replica in JSON', async () => {
    const bytes = randomBytes(100_000);
    await writeAll(hdfs, '/corrupt', bytes);
    await until(async () => (await hdfs.getFileBlockLocations('/corrupt'))[0]?.names.length === 2, 'two replicas');
    const { out } = await fault('corrupt-block', '/corrupt', '--datanode', '2', '--json');
    const result = JSON.parse(out) as { file: string };
    expect(result).toMatchObject({ path: '/corrupt', datanode: 'datanode2', offset: 49_999, bytes: 1 });
    const onDisk = fs.readFileSync(result.file);
    expect(onDisk[49_999]).toBe((bytes[49_999] ?? 0) ^ 0xff);
    expect((await readAll(hdfs, '/corrupt')).equals(bytes)).toBe(true);
    expect(await fault('corrupt-block', '/corrupt', '--block', '2')).toEqual(
      refused('/corrupt has 1 block: there is no block 2'),
    );
  });

  it('expires the lease of a file being written', async () => {
    await using writer = new DistributedFileSystem({ conf: Configuration.load({ confDir: cluster.confDir }) });
    const out = await writer.create('/leased');
    await out.write(Buffer.from('flushed'));
    await out.hflush();
    expect((await fault('expire-lease', '/leased')).out).toMatch(/^The lease of \/leased has expired: /);
    await until(() => hdfs.isFileClosed('/leased'), 'the recovery of its last block');
    expect(String(await readAll(hdfs, '/leased'))).toBe('flushed');
    await expect(out.close()).rejects.toThrow(
      / is (UNDER_RECOVERY|COMPLETE) but not UNDER_CONSTRUCTION$|^No lease on /,
    );
    expect(await fault('expire-lease', '/leased')).toEqual(
      refused('/leased is not open for writing: only a file being written has a lease'),
    );
  });

  it('kills the NameNode and starts it again with all that it acknowledged', async () => {
    await hdfs.mkdirs('/kept');
    expect(await fault('kill-namenode')).toEqual(done('namenode is killed'));
    expect(await fault('restart-namenode')).toEqual(done('namenode is up again'));
    expect(await hdfs.getFileStatus('/kept')).toMatchObject({ type: 'DIRECTORY' });
    await until(async () => (await liveDatanodes()) === 2, 'the DataNodes to register again');
  });

  it('fills the disk of the NameNode: it serves reads only', async () => {
    expect(await fault('disk-full', 'namenode')).toEqual(done('namenode has no room on its disks'));
    await expect(hdfs.mkdirs('/x')).rejects.toThrow('Name node is in safe mode');
    expect(await hdfs.getFileStatus('/kept')).toMatchObject({ type: 'DIRECTORY' });
    expect(await fault('clear', 'namenode')).toEqual(done('namenode suffers nothing any more'));
    await hdfs.mkdirs('/x');
  });

  it('refuses wrong arguments, and lists the daemons that exist', async () => {
    expect(await fault('kill-datanode', '7')).toEqual(
      refused('This cluster has no datanode7: it has namenode, datanode1, datanode2'),
    );
    expect((await fault('kill-datanode', 'x')).err).toContain('Expected a number from 1 up.');
    expect((await fault('slow', '1', '--delay', 'soon')).err).toContain('Expected a time, such as 30s, 5m or 500ms.');
    expect(await fault('resume', '1')).toEqual(refused('datanode1 is not paused'));
  });
});

describe('the fault endpoint of a daemon', () => {
  const url = (address: string) => `http://${address}/fault`;
  const secret = () => makeSecret(Configuration.load({ confDir: cluster.confDir }));

  it('refuses an unknown fault, and lists those that it knows', async () => {
    const address = cluster.addresses['datanode1.http'] ?? '';
    const response = await signedFetch(secret(), `${url(address)}/rain`, { method: 'PUT', body: '{}' });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      error: 'No such fault: rain; this daemon knows slow, drop-acks, disk-full',
    });
  });

  it('refuses a caller without the secret of the cluster', async () => {
    const address = cluster.addresses['namenode.http'] ?? '';
    expect((await fetch(url(address))).status).toBe(401);
    expect((await fetch(url(address), { method: 'DELETE' })).status).toBe(401);
    expect((await signedFetch(new SharedSecret('0'.repeat(64)), url(address))).status).toBe(401);
  });

  it('refuses a request that was signed for another daemon', async () => {
    const authority = cluster.addresses['datanode1.http'] ?? '';
    const [, port = ''] = (cluster.addresses['namenode.http'] ?? '').split(':');
    const send = async (to: number) =>
      await rawRequest(to, ['DELETE /fault HTTP/1.1', ...signedLines(secret(), 'DELETE', url(authority))]);
    expect((await send(Number(authority.split(':')[1]))).status).toBe(200);
    expect(await send(Number(port))).toMatchObject({
      status: 403,
      body: expect.stringContaining(`A request for the faults of '${authority}' has come to port ${port}`),
    });
  });

  it('refuses a request with the host name of another machine', async () => {
    const [host = '', port = ''] = (cluster.addresses['namenode.http'] ?? '').split(':');
    const { request } = await import('node:http');
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const options = { host, port: Number(port), path: '/fault', headers: { host: 'attacker.example' } };
      request(options, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .once('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });
});

// Tests the errors for addresses and directories that can't be used.
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClusterLayout } from '../../cluster/daemons/layout.ts';
import { MiniCluster } from '../../cluster/mini-cluster.ts';
import { Acknowledged, run } from './support.ts';

let cluster: MiniCluster;
let acknowledged: Acknowledged;
let dir: string;
/** A server that accepts connections and never answers. */
const silent = net.createServer();
/** A port on which nothing listens: no program picks one this low by chance, as it may a port that was just freed. */
const CLOSED_PORT = 1;

beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-bad-address-'));
  cluster = await MiniCluster.start({ datanodes: 1, mapreduce: false });
  acknowledged = new Acknowledged(cluster);
  await acknowledged.check();
  await once(silent.listen(0, '127.0.0.1'), 'listening');
});
afterAll(async () => {
  silent.close();
  await acknowledged.check();
  await cluster.stop();
  fs.rmSync(dir, { recursive: true, force: true });
});

function portOf(server: net.Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address.port;
}

const datanode = () => {
  const [first] = cluster.datanodes;
  if (!first) throw new Error('no DataNode');
  return first;
};

/** Exit status 1, and the message of Hadoop's NetUtils.wrapException where Hadoop has one. */
describe('hdfs dfs with a wrong address says so', () => {
  const MISTAKEN = 'does not speak Hadoop RPC: its answer starts with "HTTP/1.1';
  // Only the server that keeps silent gets a short limit: on a busy machine the others may need longer to answer.
  const SILENT_LIMITS = ['-D', 'ipc.client.rpc-timeout.ms=300', '-D', 'ipc.ping.interval=300'];
  it.each<[what: string, port: () => number, message: string, limits?: string[]]>([
    ['nothing listens', () => CLOSED_PORT, 'java.net.ConnectException: Connection refused'],
    ["the NameNode's HTTP port", () => cluster.namenode.httpAddress.port, MISTAKEN],
    ["a DataNode's HTTP port", () => datanode().httpAddress.port, MISTAKEN],
    ["a DataNode's data port", () => datanode().xferAddress.port, 'java.io.EOFException'],
    [
      "a DataNode's RPC port",
      () => datanode().ipcAddress.port,
      'Unknown protocol: org.apache.hadoop.hdfs.protocol.ClientProtocol',
    ],
    ['a server that keeps silent', () => portOf(silent), 'java.net.SocketTimeoutException: ', SILENT_LIMITS],
  ])('%s', async (_what, port, message, limits = []) => {
    const uri = `hdfs://127.0.0.1:${port()}`;
    const { status, out, err } = await run('hdfs', ['dfs', ...limits, '-fs', uri, '-ls', '/']);
    expect(err).toContain(message);
    expect(err).toMatch(/^ls: /);
    expect([status, out]).toEqual([1, '']);
  });

  it.each([
    ['hdfs://', 255, '-ls: Incomplete HDFS URI, no host: hdfs://'],
    ['hdfs://localhost:99999', 1, "'localhost:99999': expected host:port"],
    ['hdfs://no-such-host.invalid:8020', 1, 'java.net.UnknownHostException'],
  ])('%s', async (uri, exitStatus, message) => {
    const { status, err } = await run('hdfs', ['dfs', '-D', `fs.defaultFS=${uri}`, '-ls', '/']);
    expect(err).toContain(message);
    expect(status).toBe(exitStatus);
  });
});

describe('a port in use ends the start with the address and status 1', () => {
  it.each([
    ['namenode', 'dfs.namenode.rpc-address', () => cluster.namenode.rpcAddress.port],
    ['namenode', 'dfs.namenode.http-address', () => cluster.namenode.httpAddress.port],
    ['datanode', 'dfs.datanode.address', () => datanode().xferAddress.port],
    ['datanode', 'dfs.datanode.ipc.address', () => datanode().ipcAddress.port],
    ['datanode', 'dfs.datanode.http.address', () => datanode().httpAddress.port],
  ])('%s: %s', async (daemon, property, port) => {
    const taken = `127.0.0.1:${port()}`;
    const properties: Record<string, string> = {
      'dfs.namenode.name.dir': path.join(dir, 'name'),
      'dfs.datanode.data.dir': path.join(dir, 'data'),
      'dfs.datanode.address': '127.0.0.1:0',
      'dfs.datanode.ipc.address': '127.0.0.1:0',
      'dfs.datanode.http.address': '127.0.0.1:0',
    };
    if (daemon === 'namenode') {
      properties['dfs.namenode.rpc-address'] = '127.0.0.1:0';
      properties['dfs.namenode.http-address'] = '127.0.0.1:0';
    }
    properties[property] = taken;
    const defines = Object.entries(properties).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
    const { status, err } = await run('hdfs', [daemon, ...defines], { confDir: cluster.confDir });
    expect(err).toContain(`Problem binding to [${taken}] java.net.BindException: Address already in use`);
    expect(err).toContain(`Set ${property} to another address`);
    expect(status).toBe(1);
  });
});

describe('calf', () => {
  const file = () => {
    const name = path.join(dir, 'file');
    fs.writeFileSync(name, 'text');
    return name;
  };

  it.each<[what: string, args: () => string[], err: string]>([
    ['an unknown option', () => ['start', '--frob'], "error: unknown option '--frob'"],
    ['an unknown command', () => ['frob'], "error: unknown command 'frob'"],
    ['no DataNodes', () => ['start', '--datanodes', '0'], "'0' is invalid. Expected a number from 1 up."],
    ['some DataNodes', () => ['start', '--datanodes', 'some'], "'some' is invalid. Expected a number from 1 up."],
    ['half a property', () => ['start', '-D', 'dfs.replication'], 'Expected property=value.'],
    [
      'a --dir that is a file',
      () => ['start', '--dir', file()],
      'DIR/file is a file: give another directory with --dir',
    ],
    [
      'a --dir in a file',
      () => ['start', '--dir', `${file()}/x`],
      'DIR/file/x lies in something that is a file: give another',
    ],
    [
      'a --dir below /proc',
      () => ['start', '--dir', '/proc/x/y'],
      '/proc/x/y lies where the file system takes no new directories: give another directory with --dir',
    ],
    [
      'stop of nothing',
      () => ['stop', '--dir', path.join(dir, 'none')],
      'No cluster is running in DIR/none: start one',
    ],
    [
      'status of nothing',
      () => ['status', '--dir', path.join(dir, 'none')],
      'No cluster is running in DIR/none: start one',
    ],
    ['words of a missing file', () => ['wordcount', path.join(dir, 'none')], 'calf: DIR/none: no such file'],
  ])('%s', async (_what, args, message) => {
    const { status, out, err } = await run('calf', args(), { cwd: dir });
    expect(err).toContain(message.replace('DIR', dir));
    expect([status, out]).toEqual([1, '']);
    expect(fs.existsSync(path.join(dir, 'calf-data'))).toBe(false);
  });

  it('a port that another program has: the remedy, and no line of a log', async () => {
    const taken = `dfs.namenode.rpc-address=127.0.0.1:${portOf(silent)}`;
    const args = ['start', '--dir', path.join(dir, 'taken'), '--free-ports', '--no-mapreduce', '--datanodes', '1'];
    const { status, err } = await run('calf', [...args, '-D', taken], { cwd: dir });
    expect(status).toBe(1);
    expect(err).toMatch(
      /^calf: The namenode did not start: Problem binding to .*\nA cluster beside others takes free ports: calf start --free-ports\n$/,
    );
  });

  it('a --dir without permission', async () => {
    const closed = path.join(dir, 'closed');
    fs.mkdirSync(closed);
    fs.chmodSync(closed, 0o555);
    fs.chmodSync(dir, 0o755);
    // Runs as another user when the test runs as root, which may write anywhere.
    const superuser = process.geteuid?.() === 0;
    if (superuser) process.seteuid?.(65534);
    try {
      for (const target of [closed, path.join(closed, 'new')]) {
        await expect(new ClusterLayout(target).prepare()).rejects.toThrow(
          `${target} may not be written by this user: give another directory with --dir`,
        );
      }
    } finally {
      if (superuser) process.seteuid?.(0);
    }
  });
});

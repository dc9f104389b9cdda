// Runs a whole cluster in one process for tests: tests can use its daemons, and give the DataNodes a clock.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { DfsClientOptions } from '../../client/dfs/dfs-client.ts';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { Configuration } from '../../conf/configuration.ts';
import { DataNode } from '../../datanode/datanode.ts';
import { NameNode } from '../../namenode/namenode.ts';
import { silentLogger } from '../../runtime/log.ts';
import { type Clock, systemClock } from '../../runtime/runtime.ts';

/** A NameNode and DataNodes in this process, on free ports of 127.0.0.1, and their clients. */
export class Cluster {
  readonly dir: string;
  namenode: NameNode;
  readonly datanodes: DataNode[] = [];
  readonly #conf: Configuration;
  readonly #clock: Clock;
  readonly #clients: DistributedFileSystem[] = [];

  /** @param clock the clock of the DataNodes */
  static async start(
    datanodes: number,
    settings: Record<string, string> = {},
    clock: Clock = systemClock,
  ): Promise<Cluster> {
    const dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-client-'));
    const conf = new Configuration({
      'dfs.namenode.name.dir': path.join(dir, 'name'),
      'calf.http.secret.file': path.join(dir, 'secret'),
      'dfs.namenode.rpc-address': '127.0.0.1:0',
      'dfs.namenode.http-address': '127.0.0.1:0',
      'dfs.namenode.fs-limits.min-block-size': '512',
      'dfs.blocksize': '65536',
      'dfs.client-write-packet-size': '4096',
      // Short, because a DataNode is told with the answer to a heartbeat what it has to recover, copy or delete.
      'dfs.heartbeat.interval': '200ms',
      // As in Hadoop's MiniDFSCluster: a busy DataNode gets replicas too, because tests use all DataNodes.
      'dfs.namenode.redundancy.considerLoad': 'false',
      // Short, because tests make failures that are final: no long waits for replicas that never come.
      'dfs.client.retry.window.base': '1',
      'dfs.client.retry.interval-ms.get-last-block-length': '1',
      ...settings,
    });
    const namenode = await NameNode.start({ conf, log: silentLogger });
    const cluster = new Cluster(dir, conf, namenode, clock);
    for (let i = 0; i < datanodes; i++) await cluster.addDatanode();
    return cluster;
  }

  private constructor(dir: string, conf: Configuration, namenode: NameNode, clock: Clock) {
    this.#clock = clock;
    this.dir = dir;
    this.#conf = conf;
    this.namenode = namenode;
  }

  get uri(): string {
    return `hdfs://${this.namenode.rpcAddress.host}:${this.namenode.rpcAddress.port}`;
  }

  async addDatanode(): Promise<DataNode> {
    const datanode = await this.#startDatanode(this.datanodes.length);
    this.datanodes.push(datanode);
    return datanode;
  }

  /** Restarts a stopped DataNode with its data, on another port if the settings name none. */
  async restartDatanode(place: number, settings: Record<string, string> = {}): Promise<void> {
    this.datanodes[place] = await this.#startDatanode(place, settings);
  }

  async #startDatanode(place: number, settings: Record<string, string> = {}): Promise<DataNode> {
    const conf = this.#conf.clone();
    conf.set('fs.defaultFS', this.uri);
    conf.set('dfs.namenode.rpc-address', this.uri.slice('hdfs://'.length));
    conf.set('dfs.datanode.data.dir', this.dataDir(place));
    for (const name of ['address', 'ipc.address', 'http.address']) conf.set(`dfs.datanode.${name}`, '127.0.0.1:0');
    for (const [name, value] of Object.entries(settings)) conf.set(name, value);
    return DataNode.start({ conf, log: silentLogger, clock: this.#clock });
  }

  /** Stops the NameNode. Returns a function that starts it again at the same address, with other settings. */
  async stopNamenode(settings: Record<string, string> = {}): Promise<() => Promise<void>> {
    const conf = this.#conf.clone();
    for (const [name, value] of Object.entries(settings)) conf.set(name, value);
    conf.set('dfs.namenode.rpc-address', this.uri.slice('hdfs://'.length));
    await this.namenode.stop();
    return async () => {
      this.namenode = await NameNode.start({ conf, log: silentLogger });
    };
  }

  dataDir(place: number): string {
    return path.join(this.dir, `data${place}`);
  }

  /** Restarts the NameNode at the same address, with other settings. */
  async restartNamenode(settings: Record<string, string> = {}): Promise<void> {
    const start = await this.stopNamenode(settings);
    await start();
  }

  /** Returns the DataNode with a data transfer port. */
  datanodeAt(xferPort: number): DataNode {
    const found = this.datanodes.find((d) => d.xferAddress.port === xferPort);
    if (!found) throw new Error(`no DataNode listens on ${xferPort}`);
    return found;
  }

  client(options: Partial<DfsClientOptions> & { settings?: Record<string, string> } = {}): DistributedFileSystem {
    const conf = this.#conf.clone();
    for (const [name, value] of Object.entries(options.settings ?? {})) conf.set(name, value);
    const fs = new DistributedFileSystem({ ...options, conf, uri: this.uri });
    this.#clients.push(fs);
    return fs;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) await client.close();
    for (const datanode of this.datanodes) await datanode.stop();
    await this.namenode.stop();
    await fs.rm(this.dir, { recursive: true, force: true });
  }
}

/** Writes a file in pieces, as a program that reads its input in pieces does. */
export async function writeFile(
  fs: DistributedFileSystem,
  path: string,
  data: Buffer,
  pieceBytes = 10_000,
): Promise<void> {
  const out = await fs.create(path);
  for (let at = 0; at < data.length; at += pieceBytes) await out.write(data.subarray(at, at + pieceBytes));
  await out.close();
}

/** Writes a file with a given replication in one piece. */
export async function put(
  fs: DistributedFileSystem,
  path: string,
  data: Uint8Array,
  replication: number,
): Promise<void> {
  const out = await fs.create(path, { replication });
  await out.write(data);
  await out.close();
}

/** Returns the number of locations of each block of a file. */
export async function locationCounts(fs: DistributedFileSystem, path: string): Promise<number[]> {
  const blocks = await fs.getFileBlockLocations(path, 0, Number.MAX_SAFE_INTEGER);
  return blocks.map((block) => block.names.length);
}

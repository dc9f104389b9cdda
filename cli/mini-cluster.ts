import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DistributedFileSystem } from '../client/distributed-file-system.ts';
import { Configuration } from '../conf/configuration.ts';
import { type Logger, silentLogger } from '../conf/log.ts';
import { DataNode } from '../datanode/datanode.ts';
import { JobTracker } from '../mapreduce/job-tracker.ts';
import { TaskTracker } from '../mapreduce/task-tracker.ts';
import { NameNode } from '../namenode/namenode.ts';
import { ClusterLayout, clusterProperties, masterAddresses, workerProperties } from './cluster-layout.ts';
import { waitUntilReady } from './readiness.ts';

export interface MiniClusterOptions {
  /** Default 3. */
  readonly datanodes?: number;
  /** Where the data is kept; default a temporary directory that stop() removes. */
  readonly dir?: string;
  /** Whether a JobTracker and TaskTrackers run too; default true. */
  readonly mapreduce?: boolean;
  /** Properties for daemons and clients, over Calf's. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Default: none. */
  readonly log?: Logger;
}

const address = (a: { host: string; port: number }): string => `${a.host}:${a.port}`;

/** A NameNode, DataNodes, a JobTracker and TaskTrackers in this process, on free ports: for tests and for embedding. */
export class MiniCluster implements AsyncDisposable {
  readonly namenode: NameNode;
  readonly datanodes: readonly DataNode[];
  readonly jobTracker: JobTracker | undefined;
  /** Configuration for clients of the cluster. */
  readonly conf: Configuration;
  /** Directory of site files for other Hadoop clients. */
  readonly confDir: string;
  /** `hdfs://127.0.0.1:port` */
  readonly uri: string;
  readonly #stops: (() => Promise<void>)[];

  private constructor(
    parts: Pick<MiniCluster, 'namenode' | 'datanodes' | 'jobTracker' | 'conf' | 'confDir'>,
    stops: (() => Promise<void>)[],
  ) {
    this.namenode = parts.namenode;
    this.datanodes = parts.datanodes;
    this.jobTracker = parts.jobTracker;
    this.conf = parts.conf;
    this.confDir = parts.confDir;
    this.uri = `hdfs://${address(parts.namenode.rpcAddress)}`;
    this.#stops = stops;
  }

  /** Resolves when every DataNode has registered and a first write succeeds. */
  static async start(options: MiniClusterOptions = {}): Promise<MiniCluster> {
    const count = options.datanodes ?? 3;
    const log = options.log ?? silentLogger;
    const stops: (() => Promise<void>)[] = [];
    const dir = options.dir ?? fs.mkdtempSync(path.join(os.tmpdir(), 'calf-'));
    if (!options.dir) stops.push(async () => fs.rmSync(dir, { recursive: true, force: true }));
    try {
      const layout = new ClusterLayout(dir);
      layout.prepare();
      const free = masterAddresses(true);
      const daemonConf = (more: Record<string, string> = {}) =>
        new Configuration({ ...clusterProperties(layout, free, count), ...options.properties, ...more });
      const namenode = await NameNode.start({ conf: daemonConf(), log });
      stops.unshift(() => namenode.stop());
      const withNameNode = {
        'fs.defaultFS': `hdfs://${address(namenode.rpcAddress)}`,
        'dfs.namenode.rpc-address': address(namenode.rpcAddress),
        'dfs.namenode.http-address': address(namenode.httpAddress),
      };
      const workers = Array.from({ length: count }, (_, i) => workerProperties(layout, i, true));
      const datanodes: DataNode[] = [];
      for (const worker of workers) {
        const datanode = await DataNode.start({ conf: daemonConf({ ...withNameNode, ...worker }), log });
        stops.unshift(() => datanode.stop());
        datanodes.push(datanode);
      }
      const ready: Record<string, string> = { ...withNameNode };
      let jobTracker: JobTracker | undefined;
      if (options.mapreduce !== false) {
        const tracker = await JobTracker.start({ conf: daemonConf(ready), log });
        jobTracker = tracker;
        stops.unshift(() => tracker.stop());
        ready['mapreduce.jobtracker.http.address'] = address(tracker.httpAddress);
        const jobTrackerUrl = `http://${address(tracker.httpAddress)}`;
        for (const [i, worker] of workers.entries()) {
          const beside = datanodes[i]?.xferAddress;
          const dataNode = beside && address(beside);
          const conf = daemonConf({ ...ready, ...worker });
          const taskTracker = await TaskTracker.start({ conf, jobTrackerUrl, dataNode, log });
          stops.unshift(() => taskTracker.stop());
        }
      }
      const properties = { ...clusterProperties(layout, free, count), ...options.properties, ...ready };
      layout.writeConf(properties);
      await waitUntilReady(address(namenode.rpcAddress), count);
      const conf = new Configuration(properties);
      return new MiniCluster({ namenode, datanodes, jobTracker, conf, confDir: layout.confDir }, stops);
    } catch (e) {
      for (const stop of stops) await stop();
      throw e;
    }
  }

  /** A client of the cluster; the caller closes it. */
  fileSystem(user?: string): DistributedFileSystem {
    return new DistributedFileSystem({ conf: this.conf, uri: this.uri, user });
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0)) await stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

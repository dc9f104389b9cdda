import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DistributedFileSystem } from '../client/distributed-file-system.ts';
import { Configuration } from '../conf/configuration.ts';
import type { DataNode } from '../datanode/datanode.ts';
import { JobTracker } from '../mapreduce/jobtracker/job-tracker.ts';
import { TaskTracker } from '../mapreduce/tasktracker/task-tracker.ts';
import type { NameNode } from '../namenode/namenode.ts';
import { type Logger, silentLogger } from '../runtime/log.ts';
import { ClusterLayout, clusterProperties, masterAddresses, workerProperties } from './daemons/layout.ts';
import { waitUntilReady } from './daemons/readiness.ts';
import { ClusterFaults } from './fault/cluster-faults.ts';
import { addressText, MiniDaemons } from './mini-daemons.ts';

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

/** A NameNode, DataNodes, a JobTracker and TaskTrackers in this process, on free ports: for tests and for embedding. */
export class MiniCluster implements AsyncDisposable {
  /** Faults on demand: `cluster.faults.killDataNode(0)`. */
  readonly faults: ClusterFaults;
  readonly jobTracker: JobTracker | undefined;
  /** Configuration for clients of the cluster. */
  readonly conf: Configuration;
  /** Directory of site files for other Hadoop clients. */
  readonly confDir: string;
  /** `hdfs://127.0.0.1:port` */
  readonly uri: string;
  readonly #daemons: MiniDaemons;
  readonly #stops: (() => Promise<void>)[];

  private constructor(
    daemons: MiniDaemons,
    parts: Pick<MiniCluster, 'jobTracker' | 'confDir'>,
    stops: (() => Promise<void>)[],
  ) {
    this.#daemons = daemons;
    this.faults = new ClusterFaults(daemons);
    this.jobTracker = parts.jobTracker;
    this.conf = daemons.conf;
    this.confDir = parts.confDir;
    this.uri = `hdfs://${addressText(daemons.namenode.rpcAddress)}`;
    this.#stops = stops;
  }

  /** Another one after faults.restartNameNode(), at the same addresses. */
  get namenode(): NameNode {
    return this.#daemons.namenode;
  }

  /** Those that were killed included; another one stands in the place of one that was restarted. */
  get datanodes(): readonly DataNode[] {
    return this.#daemons.datanodes;
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
      const daemonProperties = (more: Record<string, string> = {}) => ({
        ...clusterProperties(layout, free, count),
        ...options.properties,
        ...more,
      });
      const daemonConf = (more: Record<string, string> = {}) => new Configuration(daemonProperties(more));
      const daemons = new MiniDaemons(log);
      stops.unshift(() => daemons.stop());
      const namenode = await daemons.startNameNode(daemonProperties());
      const withNameNode = {
        'fs.defaultFS': `hdfs://${addressText(namenode.rpcAddress)}`,
        'dfs.namenode.rpc-address': addressText(namenode.rpcAddress),
        'dfs.namenode.http-address': addressText(namenode.httpAddress),
      };
      const workers = Array.from({ length: count }, (_, i) => workerProperties(layout, i, true));
      for (const worker of workers) await daemons.startDataNode(daemonProperties({ ...withNameNode, ...worker }));
      const ready: Record<string, string> = { ...withNameNode };
      let jobTracker: JobTracker | undefined;
      if (options.mapreduce !== false) {
        const tracker = await JobTracker.start({ conf: daemonConf(ready), log });
        jobTracker = tracker;
        stops.unshift(() => tracker.stop());
        ready['mapreduce.jobtracker.http.address'] = addressText(tracker.httpAddress);
        const jobTrackerUrl = `http://${addressText(tracker.httpAddress)}`;
        for (const [i, worker] of workers.entries()) {
          const beside = daemons.datanodes[i]?.xferAddress;
          const dataNode = beside && addressText(beside);
          const conf = daemonConf({ ...ready, ...worker });
          const taskTracker = await TaskTracker.start({ conf, jobTrackerUrl, dataNode, log });
          stops.unshift(() => taskTracker.stop());
        }
      }
      const properties = { ...clusterProperties(layout, free, count), ...options.properties, ...ready };
      layout.writeConf(properties);
      await waitUntilReady(addressText(namenode.rpcAddress), count);
      daemons.conf = new Configuration(properties);
      return new MiniCluster(daemons, { jobTracker, confDir: layout.confDir }, stops);
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

/** A whole cluster in one process, for tests and for embedding. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DistributedFileSystem } from '../client/distributed-file-system.ts';
import { Configuration } from '../conf/configuration.ts';
import type { DataNode } from '../datanode/datanode.ts';
import { JobTracker } from '../mapreduce/jobtracker/job-tracker.ts';
import { TaskTracker } from '../mapreduce/tasktracker/task-tracker.ts';
import type { NameNode } from '../namenode/namenode.ts';
import { Closers } from '../runtime/closers.ts';
import { makeSecret } from '../runtime/http/cluster-secret.ts';
import { type Logger, silentLogger } from '../runtime/log.ts';
import { ClusterLayout, clusterProperties, masterAddresses, workerProperties } from './daemons/layout.ts';
import { waitUntilReady } from './daemons/readiness.ts';
import { ClusterFaults } from './fault/cluster-faults.ts';
import { addressText, MiniDaemons } from './mini-daemons.ts';

export interface MiniClusterOptions {
  /** Default 3. */
  readonly datanodes?: number;
  /** Directory of the data; default a temporary directory that stop() removes. */
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
  readonly #closers: Closers;

  private constructor(daemons: MiniDaemons, parts: Pick<MiniCluster, 'jobTracker' | 'confDir'>, closers: Closers) {
    this.#daemons = daemons;
    this.faults = new ClusterFaults(daemons);
    this.jobTracker = parts.jobTracker;
    this.conf = daemons.conf;
    this.confDir = parts.confDir;
    this.uri = `hdfs://${addressText(daemons.namenode.rpcAddress)}`;
    this.#closers = closers;
  }

  /** The NameNode that runs now; faults.restartNameNode() puts another one in its place. */
  get namenode(): NameNode {
    return this.#daemons.namenode;
  }

  /** All DataNodes, also those that were killed. faults.restartDataNode() puts another one in the place of the old one. */
  get datanodes(): readonly DataNode[] {
    return this.#daemons.datanodes;
  }

  /** Resolves when every DataNode has registered and a first write succeeds. A start that fails leaves nothing open. */
  static async start(options: MiniClusterOptions = {}): Promise<MiniCluster> {
    const log = options.log ?? silentLogger;
    const closers = new Closers();
    try {
      const dir = options.dir ?? fs.mkdtempSync(path.join(os.tmpdir(), 'calf-'));
      if (!options.dir) closers.add(() => fs.rmSync(dir, { recursive: true, force: true }));
      return await MiniCluster.#startIn(dir, options, log, closers);
    } catch (e) {
      return await closers.undo(e, log);
    }
  }

  static async #startIn(dir: string, options: MiniClusterOptions, log: Logger, closers: Closers): Promise<MiniCluster> {
    const count = options.datanodes ?? 3;
    const layout = new ClusterLayout(dir);
    await layout.prepare();
    const common = {
      ...clusterProperties(layout, masterAddresses(true), count),
      'calf.http.secret.file': layout.secretFile,
      ...options.properties,
    };
    makeSecret(new Configuration(common));
    const daemons = new MiniDaemons(log);
    closers.add(() => daemons.stop());
    const namenode = await daemons.startNameNode(common);
    const rpcAddress = addressText(namenode.rpcAddress);
    const addresses: Record<string, string> = {
      'fs.defaultFS': `hdfs://${rpcAddress}`,
      'dfs.namenode.rpc-address': rpcAddress,
      'dfs.namenode.http-address': addressText(namenode.httpAddress),
    };
    const workers = Array.from({ length: count }, (_, i) => workerProperties(layout, i, true));
    for (const worker of workers) await daemons.startDataNode({ ...common, ...addresses, ...worker });
    let jobTracker: JobTracker | undefined;
    if (options.mapreduce !== false) {
      jobTracker = await JobTracker.start({ conf: new Configuration({ ...common, ...addresses }), log });
      closers.add(() => jobTracker?.stop());
      addresses['mapreduce.jobtracker.http.address'] = addressText(jobTracker.httpAddress);
      for (const [i, worker] of workers.entries()) {
        const conf = new Configuration({ ...common, ...addresses, ...worker });
        const beside = daemons.datanodes[i];
        const taskTracker = await TaskTracker.start({
          conf,
          jobTrackerUrl: `http://${addressText(jobTracker.httpAddress)}`,
          dataNode: beside && addressText(beside.xferAddress),
          log,
        });
        closers.add(() => taskTracker.stop());
      }
    }
    const properties = { ...common, ...addresses };
    layout.writeConf(properties);
    await waitUntilReady(rpcAddress, count);
    daemons.conf = new Configuration(properties);
    return new MiniCluster(daemons, { jobTracker, confDir: layout.confDir }, closers);
  }

  /** A client of the cluster; the caller closes it. */
  fileSystem(user?: string): DistributedFileSystem {
    return new DistributedFileSystem({ conf: this.conf, uri: this.uri, user });
  }

  /**
   * Stops every daemon and removes a temporary directory. A second call does nothing.
   * @throws the error of a part that failed to stop, when all the others have stopped
   */
  async stop(): Promise<void> {
    await this.#closers.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

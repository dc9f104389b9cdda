/** Controls the daemons of a cluster that run as processes of their own. */
import { Configuration } from '../../conf/configuration.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { ProcessState } from '../../runtime/process-state.ts';
import { type DaemonControl, FaultError } from './daemon-control.ts';
import { daemonState, endProcesses, killProcess, signalProcess } from './daemon-process.ts';
import { launchDaemon } from './launch.ts';
import { ClusterLayout, workerProperties } from './layout.ts';
import { type RunningCluster, readRunningCluster, writeRunningCluster } from './running-cluster.ts';

/** Controls the daemons that `calf start` left running. Their process ids come from the cluster's running.json. */
export class ProcessControl implements DaemonControl {
  readonly daemons: readonly string[];
  readonly conf: Configuration;
  readonly #layout: ClusterLayout;
  #cluster: RunningCluster;

  /** @throws FaultError if no cluster runs in the directory */
  constructor(dir: string) {
    const cluster = readRunningCluster(dir);
    if (!cluster) {
      throw new FaultError(`No cluster is running in ${dir}: start one with calf start, or name its --dir`);
    }
    this.#cluster = cluster;
    this.#layout = new ClusterLayout(dir);
    this.conf = Configuration.load({ confDir: cluster.confDir });
    this.daemons = Object.keys(cluster.processIds).sort((a, b) => order(a) - order(b) || a.localeCompare(b, 'en'));
  }

  #pid(daemon: string): number {
    return this.#cluster.processIds[daemon] ?? 0;
  }

  state(daemon: string): ProcessState {
    return daemonState(daemon, this.#pid(daemon));
  }

  async kill(daemon: string): Promise<void> {
    const cluster = { ...this.#cluster, ...readRunningCluster(this.#layout.dir) };
    this.#cluster = { ...cluster, endedOnPurpose: [...(cluster.endedOnPurpose ?? []), daemon] };
    writeRunningCluster(this.#layout, this.#cluster);
    try {
      await killProcess([daemon, this.#pid(daemon)]);
    } catch (cause) {
      throw new FaultError(messageOf(cause), { cause });
    }
  }

  async start(daemon: string): Promise<void> {
    const { processId, addresses } = await launchDaemon(this.#layout, daemon, this.#properties(daemon));
    const listed = Object.entries(addresses).map(([use, address]) => [`${daemon}.${use}`, address]);
    const cluster = { ...this.#cluster, ...readRunningCluster(this.#layout.dir) };
    this.#cluster = {
      ...cluster,
      addresses: { ...cluster.addresses, ...Object.fromEntries(listed) },
      processIds: { ...cluster.processIds, [daemon]: processId },
      endedOnPurpose: (cluster.endedOnPurpose ?? []).filter((name) => name !== daemon),
    };
    try {
      writeRunningCluster(this.#layout, this.#cluster);
    } catch (e) {
      // calf stop finds only the processes that running.json lists.
      await endProcesses([[daemon, processId]]);
      throw e;
    }
  }

  /** Returns the properties for a restart: a daemon comes back at its old addresses, also if they were free ports at first. */
  #properties(daemon: string): Record<string, string> {
    const [, tracker] = /^tasktracker(\d+)$/.exec(daemon) ?? [];
    if (tracker !== undefined) return this.#trackerProperties(daemon, Number(tracker) - 1);
    const [, index] = /^datanode(\d+)$/.exec(daemon) ?? [];
    if (index === undefined) return {};
    const { addresses } = this.#cluster;
    const known = {
      'dfs.datanode.address': addresses[`${daemon}.data`],
      'dfs.datanode.ipc.address': addresses[`${daemon}.ipc`],
      'dfs.datanode.http.address': addresses[`${daemon}.http`],
    };
    const properties = {
      ...workerProperties(this.#layout, Number(index) - 1, true),
      ...this.#cluster.datanodeProperties?.[Number(index) - 1],
    };
    for (const [name, address] of Object.entries(known)) if (address) properties[name] = address;
    return properties;
  }

  /** A tracker comes back at its old HTTP address, by which the JobTracker knows it. */
  #trackerProperties(daemon: string, index: number): Record<string, string> {
    const property = 'mapreduce.tasktracker.http.address';
    const address = this.#cluster.addresses[`${daemon}.http`];
    const fixed = workerProperties(this.#layout, index, false);
    const properties = address === fixed[property] ? fixed : workerProperties(this.#layout, index, true);
    const own = { ...properties, ...this.#cluster.datanodeProperties?.[index] };
    return address === undefined ? own : { ...own, [property]: address };
  }

  pause(daemon: string): void {
    signalProcess(this.#pid(daemon), 'SIGSTOP');
  }

  resume(daemon: string): void {
    signalProcess(this.#pid(daemon), 'SIGCONT');
  }

  httpAddress(daemon: string): string {
    return this.#cluster.addresses[`${daemon}.http`] ?? '';
  }

  dataAddress(datanode: string): string {
    return this.#cluster.addresses[`${datanode}.data`] ?? '';
  }

  dataDirs(datanode: string): readonly string[] {
    const index = Number(datanode.replace('datanode', '')) - 1;
    const own = this.#cluster.datanodeProperties?.[index]?.['dfs.datanode.data.dir'];
    return own?.split(',') ?? [this.#layout.dataDir(index)];
  }
}

const order = (daemon: string): number =>
  ['namenode', 'datanode', 'jobtracker', 'tasktracker'].indexOf(daemon.replace(/\d+$/, ''));

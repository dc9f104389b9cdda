/** The cluster that `calf start` left running in a directory, as its running.json tells. */
import fs from 'node:fs';
import { isNoSuchFile, messageOf } from '../../runtime/errors.ts';
import { daemonState, type NamedProcess } from './daemon-process.ts';
import { ClusterLayout } from './layout.ts';

/** A cluster that `calf start` started, in the form of its running.json and of `--json`. */
export interface RunningCluster {
  readonly dir: string;
  readonly confDir: string;
  readonly fsDefaultFS: string;
  readonly startedAtMs: number;
  /** `host:port` by daemon and use, such as `namenode.rpc`. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Process id by daemon, such as `datanode1`. */
  readonly processIds: Readonly<Record<string, number>>;
  /** The process that starts TaskTrackers again when they die. */
  readonly keeperId?: number;
  /** By TaskTracker: how often it was started again, or the reason why it is not started any more. */
  readonly restarts?: Readonly<Record<string, number | string>>;
  /** Daemons that were ended by a command: nobody starts them again but a command. */
  readonly endedOnPurpose?: readonly string[];
  /** Properties of single DataNodes beyond the cluster's configuration, in the order of the DataNodes. */
  readonly datanodeProperties?: readonly Readonly<Record<string, string>>[];
}

/** Returns the cluster that `calf start` left running in a directory; undefined if none of its daemons runs. */
export function readRunningCluster(dir: string): RunningCluster | undefined {
  const { stateFile } = new ClusterLayout(dir);
  let text: string;
  try {
    text = fs.readFileSync(stateFile, 'utf8');
  } catch (e) {
    if (isNoSuchFile(e)) return undefined;
    throw new Error(`It is not known whether a cluster runs in ${dir}: ${messageOf(e)}`, { cause: e });
  }
  const state = JSON.parse(text) as RunningCluster;
  return liveDaemons(state).length > 0 ? state : undefined;
}

/** Writes running.json: a reader finds the old state or the new one. */
export function writeRunningCluster({ stateFile }: ClusterLayout, cluster: RunningCluster): void {
  fs.writeFileSync(`${stateFile}.tmp`, `${JSON.stringify(cluster, undefined, 2)}\n`);
  fs.renameSync(`${stateFile}.tmp`, stateFile);
}

/** Returns the daemons of a cluster that have not ended. */
export function liveDaemons(cluster: RunningCluster): NamedProcess[] {
  return Object.entries(cluster.processIds).filter(([daemon, pid]) => daemonState(daemon, pid) !== 'ended');
}

/** The control of a cluster's daemons, for faults on demand. */
import type { Configuration } from '../../conf/configuration.ts';
import type { ProcessState } from '../../runtime/process-state.ts';

/** Thrown for an action that a cluster does not allow. The message gives the reason and the way out. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
}

/** Kills, starts and reaches the daemons of a cluster, which are processes of their own or parts of this process. */
export interface DaemonControl {
  /** Names of all daemons, with the NameNode first: `namenode`, `datanode1`, … */
  readonly daemons: readonly string[];
  /** The configuration of the cluster's clients. */
  readonly conf: Configuration;
  state(daemon: string): ProcessState;
  /** Ends a daemon as `kill -9` does; resolves when it has ended. */
  kill(daemon: string): Promise<void>;
  /** Starts a daemon that has ended, at its old addresses; resolves when it listens. */
  start(daemon: string): Promise<void>;
  /** Stops a daemon without ending it, as SIGSTOP does. @throws FaultError if this daemon can't be paused */
  pause(daemon: string): void;
  /** Lets a paused daemon go on. */
  resume(daemon: string): void;
  /** Returns the `host:port` of a daemon's HTTP server. */
  httpAddress(daemon: string): string;
  /** Returns the `host:port` by which block locations name a DataNode. */
  dataAddress(datanode: string): string;
  /** Returns the directories of a DataNode's volumes. */
  dataDirs(datanode: string): readonly string[];
}

/** Returns `datanode1` for index 0. */
export const datanodeName = (index: number): string => `datanode${index + 1}`;

/** Returns the names of a cluster's DataNodes, in order. */
export const datanodesOf = (control: DaemonControl): string[] =>
  control.daemons.filter((daemon) => daemon.startsWith('datanode'));

import type { Configuration } from '../../conf/configuration.ts';
import type { ProcessState } from '../../runtime/process-state.ts';

/** What can't be done to a cluster, with the reason and the one fix. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
}

/** How the daemons of a cluster are killed, started and reached, be they processes or parts of this one. */
export interface DaemonControl {
  /** Names of all daemons, the NameNode's first: `namenode`, `datanode1`, … */
  readonly daemons: readonly string[];
  /** For clients of the cluster. */
  readonly conf: Configuration;
  state(daemon: string): ProcessState;
  /** Ends it as `kill -9` does; resolves when it has ended. */
  kill(daemon: string): Promise<void>;
  /** Starts one that has ended, on the addresses that it had; resolves when it listens. */
  start(daemon: string): Promise<void>;
  /** @throws FaultError when this daemon can't be paused */
  pause(daemon: string): void;
  resume(daemon: string): void;
  /** `host:port` of its HTTP server. */
  httpAddress(daemon: string): string;
  /** `host:port` that block locations know a DataNode by. */
  dataAddress(datanode: string): string;
  /** A DataNode's volume directories. */
  dataDirs(datanode: string): readonly string[];
}

/** `datanode1` of index 0. */
export const datanodeName = (index: number): string => `datanode${index + 1}`;

export const datanodesOf = (control: DaemonControl): string[] =>
  control.daemons.filter((daemon) => daemon.startsWith('datanode'));

/** Faults on demand: `calf fault` and MiniCluster's `faults`. */
import type { ActiveFault } from '../../runtime/http/fault-endpoint.ts';
import type { ProcessState } from '../../runtime/process-state.ts';
import { type DaemonControl, datanodeName, datanodesOf, FaultError } from '../daemons/daemon-control.ts';
import { type CorruptBlockOptions, type CorruptedReplica, corruptBlock } from './corrupt-block.ts';
import { activeFaults, clearFault, requireRunning, setFault } from './fault-client.ts';

/** A daemon, its state, and the faults that it suffers. */
export interface DaemonFaults {
  readonly daemon: string;
  readonly state: ProcessState;
  readonly faults: readonly ActiveFault[];
}

/** Options of corruptBlock(). As everywhere in ClusterFaults, DataNodes count from 0. */
export interface CorruptReplicaOptions extends Omit<CorruptBlockOptions, 'datanode'> {
  readonly datanode?: number;
}

/**
 * Faults on demand, for tests of software on a cluster. DataNodes count from 0. A fault lasts until its counterpart or
 * clear() ends it. Every method throws FaultError with the reason and the way out.
 */
export class ClusterFaults {
  readonly #control: DaemonControl;

  constructor(control: DaemonControl) {
    this.#control = control;
  }

  /** Ends a DataNode at once, as `kill -9` does. Its disks stay. */
  killDataNode(index: number): Promise<void> {
    return this.kill(this.#datanode(index));
  }

  /** Starts a DataNode on its disks and addresses, after killing it if it runs. Resolves when it listens. */
  restartDataNode(index: number): Promise<void> {
    return this.restart(this.#datanode(index));
  }

  /** Makes a DataNode silent with its connections open, as SIGSTOP does. After a while the NameNode counts it as dead. */
  pauseDataNode(index: number): void {
    this.pause(this.#datanode(index));
  }

  resumeDataNode(index: number): void {
    this.resume(this.#datanode(index));
  }

  killNameNode(): Promise<void> {
    return this.kill('namenode');
  }

  /** Starts the NameNode on its store and address, after killing it if it runs. Resolves when it listens. */
  restartNameNode(): Promise<void> {
    return this.restart('namenode');
  }

  /** Makes a DataNode wait before each packet of 64 KiB that it receives or sends. */
  async slow(index: number, { packetDelayMs }: { readonly packetDelayMs: number }): Promise<void> {
    await setFault(this.#control, this.#datanode(index), 'slow', { packetDelayMs });
  }

  /** Drops a DataNode's acks: it writes the packets that it receives, and the writer is not told. */
  async dropAcks(index: number): Promise<void> {
    await setFault(this.#control, this.#datanode(index), 'drop-acks');
  }

  /** Leaves no room on the disks of a DataNode, or on those of the NameNode, which then enters safe mode. */
  async diskFull(target: number | 'namenode'): Promise<void> {
    await setFault(this.#control, target === 'namenode' ? target : this.#datanode(target), 'disk-full');
  }

  /** Flips bytes of one replica of a file's block. */
  corruptBlock(path: string, { datanode, ...options }: CorruptReplicaOptions = {}): Promise<CorruptedReplica> {
    const named = datanode === undefined ? {} : { datanode: this.#datanode(datanode) };
    return corruptBlock(this.#control, path, { ...options, ...named });
  }

  /**
   * Takes a file from its writer, as happens after dfs.namenode.lease-hard-limit-sec of silence.
   * @returns whether the file is closed now; if not, its last block is being recovered and the file is closed soon
   */
  async expireLease(path: string): Promise<boolean> {
    const result = (await setFault(this.#control, 'namenode', 'expire-lease', { path })) as { closed: boolean };
    return result.closed;
  }

  /** Returns every daemon with its faults. */
  list(): Promise<DaemonFaults[]> {
    return Promise.all(
      this.#control.daemons.map(async (daemon) => {
        const state = this.#control.state(daemon);
        const hasEndpoint = state === 'running' && /^(name|data)node/.test(daemon);
        return { daemon, state, faults: hasEndpoint ? await activeFaults(this.#control, daemon) : [] };
      }),
    );
  }

  /** Ends all faults: paused daemons go on, and killed ones start again. HDFS itself repairs corrupt blocks. */
  async clear(): Promise<void> {
    for (const daemon of this.#control.daemons) await this.clearDaemon(daemon);
  }

  /** Ends one fault of a daemon, or all of them. @param daemon such as `datanode1` */
  async clearDaemon(daemon: string, kind?: string): Promise<void> {
    const state = this.#control.state(this.#known(daemon));
    if (kind === undefined && state === 'paused') this.#control.resume(daemon);
    if (kind === undefined && state === 'ended') await this.#control.start(daemon);
    if (/^(name|data)node/.test(daemon)) await clearFault(this.#control, daemon, kind);
  }

  /** Ends a daemon at once. @param daemon such as `datanode1`, counted from 1 */
  async kill(daemon: string): Promise<void> {
    if (this.#control.state(this.#known(daemon)) === 'ended') {
      throw new FaultError(`${daemon} is not running: restart it first`);
    }
    await this.#control.kill(daemon);
  }

  async restart(daemon: string): Promise<void> {
    if (this.#control.state(this.#known(daemon)) !== 'ended') await this.#control.kill(daemon);
    await this.#control.start(daemon);
  }

  /** Starts a daemon that has ended, at its old addresses. Resolves when it listens. */
  async start(daemon: string): Promise<void> {
    if (this.#control.state(this.#known(daemon)) !== 'ended') throw new FaultError(`${daemon} is running`);
    await this.#control.start(daemon);
  }

  pause(daemon: string): void {
    requireRunning(this.#control, this.#known(daemon));
    this.#control.pause(daemon);
  }

  resume(daemon: string): void {
    const state = this.#control.state(this.#known(daemon));
    if (state === 'ended') throw new FaultError(`${daemon} is not running: restart it first`);
    if (state === 'running') throw new FaultError(`${daemon} is not paused`);
    this.#control.resume(daemon);
  }

  /** Returns the name of a daemon of this cluster. @throws FaultError for another name; it lists the daemons */
  #known(daemon: string): string {
    const { daemons } = this.#control;
    if (daemons.includes(daemon)) return daemon;
    throw new FaultError(`This cluster has no ${daemon}: it has ${daemons.join(', ')}`);
  }

  #datanode(index: number): string {
    const name = datanodeName(index);
    const all = datanodesOf(this.#control);
    if (Number.isInteger(index) && all.includes(name)) return name;
    throw new FaultError(`This cluster has no ${name}: it has ${all.join(', ')}`);
  }
}

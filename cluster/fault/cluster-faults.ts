import type { ActiveFault } from '../../runtime/http/fault-endpoint.ts';
import type { ProcessState } from '../../runtime/process-state.ts';
import { type DaemonControl, datanodeName, datanodesOf, FaultError } from '../daemons/daemon-control.ts';
import { type CorruptBlockOptions, type CorruptedReplica, corruptBlock } from './corrupt-block.ts';
import { activeFaults, clearFault, requireRunning, setFault } from './fault-client.ts';

/** A daemon, whether it runs, and what it was made to suffer. */
export interface DaemonFaults {
  readonly daemon: string;
  readonly state: ProcessState;
  readonly faults: readonly ActiveFault[];
}

/** Options of MiniCluster's corruptBlock; DataNodes count from 0, as everywhere in it. */
export interface CorruptReplicaOptions extends Omit<CorruptBlockOptions, 'datanode'> {
  readonly datanode?: number;
}

/**
 * Faults on demand, so that software on a cluster can be tested against them. DataNodes count from 0. What was begun
 * lasts until it is ended by its counterpart or by clear(). Every method throws FaultError with the reason and the fix.
 */
export class ClusterFaults {
  readonly #control: DaemonControl;

  constructor(control: DaemonControl) {
    this.#control = control;
  }

  /** The DataNode is gone at once, as by `kill -9`; its disks stay. */
  killDataNode(index: number): Promise<void> {
    return this.kill(this.#datanode(index));
  }

  /** Starts a killed DataNode on its disks and addresses; one that runs is killed first. Resolves when it listens. */
  restartDataNode(index: number): Promise<void> {
    return this.restart(this.#datanode(index));
  }

  /** The DataNode falls silent with its connections open, as by SIGSTOP; the NameNode takes it for dead after a while. */
  pauseDataNode(index: number): void {
    this.pause(this.#datanode(index));
  }

  resumeDataNode(index: number): void {
    this.resume(this.#datanode(index));
  }

  killNameNode(): Promise<void> {
    return this.kill('namenode');
  }

  /** Starts the NameNode on its store and address; one that runs is killed first. Resolves when it listens. */
  restartNameNode(): Promise<void> {
    return this.restart('namenode');
  }

  /** The DataNode waits so long before each packet of 64 KiB that it receives or sends. */
  async slow(index: number, { packetDelayMs }: { readonly packetDelayMs: number }): Promise<void> {
    await setFault(this.#control, this.#datanode(index), 'slow', { packetDelayMs });
  }

  /** The DataNode's acks get lost: it writes what it receives, and nobody upstream hears of it. */
  async dropAcks(index: number): Promise<void> {
    await setFault(this.#control, this.#datanode(index), 'drop-acks');
  }

  /** No disk of a DataNode has room for more; or none of the NameNode, which goes to safe mode. */
  async diskFull(target: number | 'namenode'): Promise<void> {
    await setFault(this.#control, target === 'namenode' ? target : this.#datanode(target), 'disk-full');
  }

  /** Flips bytes of one replica of a file's block. */
  corruptBlock(path: string, { datanode, ...options }: CorruptReplicaOptions = {}): Promise<CorruptedReplica> {
    const named = datanode === undefined ? {} : { datanode: this.#datanode(datanode) };
    return corruptBlock(this.#control, path, { ...options, ...named });
  }

  /**
   * A file's writer loses it, as after dfs.namenode.lease-hard-limit-sec of silence.
   * @returns whether the file is closed by it; else its last block is being recovered, and it is closed soon
   */
  async expireLease(path: string): Promise<boolean> {
    const result = (await setFault(this.#control, 'namenode', 'expire-lease', { path })) as { closed: boolean };
    return result.closed;
  }

  /** Every daemon and what it suffers. */
  list(): Promise<DaemonFaults[]> {
    return Promise.all(
      this.#control.daemons.map(async (daemon) => {
        const state = this.#control.state(daemon);
        const hasEndpoint = state === 'running' && /^(name|data)node/.test(daemon);
        return { daemon, state, faults: hasEndpoint ? await activeFaults(this.#control, daemon) : [] };
      }),
    );
  }

  /** Ends all faults: what is paused goes on, what was killed starts again. Flipped bytes are HDFS's to heal. */
  async clear(): Promise<void> {
    for (const daemon of this.#control.daemons) await this.clearDaemon(daemon);
  }

  /** Ends one fault of a daemon, or all of them. @param daemon as `datanode1` */
  async clearDaemon(daemon: string, kind?: string): Promise<void> {
    const state = this.#control.state(this.#known(daemon));
    if (kind === undefined && state === 'paused') this.#control.resume(daemon);
    if (kind === undefined && state === 'ended') await this.#control.start(daemon);
    if (/^(name|data)node/.test(daemon)) await clearFault(this.#control, daemon, kind);
  }

  /** @param daemon as `datanode1`, counted from 1 */
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

  /** The name of the process that runs as a daemon. @throws FaultError naming those that there are */
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

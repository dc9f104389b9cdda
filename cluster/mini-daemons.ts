/** The NameNode and the DataNodes of a MiniCluster, which can be killed and started again. */
import { Configuration } from '../conf/configuration.ts';
import { DataNode } from '../datanode/datanode.ts';
import { parseStorageLocation } from '../datanode/volumes/storage-location.ts';
import { NameNode } from '../namenode/namenode.ts';
import { Closers } from '../runtime/closers.ts';
import type { Logger } from '../runtime/log.ts';
import type { ProcessState } from '../runtime/process-state.ts';
import { type DaemonControl, datanodeName, FaultError } from './daemons/daemon-control.ts';

type Properties = Readonly<Record<string, string>>;

export const addressText = (a: { host: string; port: number }): string => `${a.host}:${a.port}`;

/** A daemon of a MiniCluster. A daemon that has ended stays here, because its addresses are still asked for. */
interface Slot<D> {
  daemon: D;
  running: boolean;
  /** The properties of each start: after the first one they name the addresses that it took. */
  readonly properties: Properties;
}

/** The NameNode and DataNodes of a MiniCluster. They run in this process: ending a daemon is closing all that it has open. */
export class MiniDaemons implements DaemonControl {
  /** The clients' configuration; set when the cluster's addresses are known. */
  conf = new Configuration();
  readonly #log: Logger;
  /** Ends every daemon that was started, the DataNodes before the NameNode. */
  readonly #closers = new Closers();
  readonly #datanodes: Slot<DataNode>[] = [];
  #namenode: Slot<NameNode> | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  async startNameNode(properties: Properties): Promise<NameNode> {
    const daemon = await NameNode.start({ conf: new Configuration(properties), log: this.#log });
    const { rpcAddress, httpAddress } = daemon;
    const addresses = {
      'dfs.namenode.rpc-address': addressText(rpcAddress),
      'dfs.namenode.http-address': addressText(httpAddress),
    };
    const slot = { daemon, running: true, properties: { ...properties, ...addresses } };
    this.#namenode = slot;
    this.#closers.add(() => slot.daemon.stop());
    return daemon;
  }

  async startDataNode(properties: Properties): Promise<DataNode> {
    const daemon = await DataNode.start({ conf: new Configuration(properties), log: this.#log });
    const addresses = {
      'dfs.datanode.address': addressText(daemon.xferAddress),
      'dfs.datanode.ipc.address': addressText(daemon.ipcAddress),
      'dfs.datanode.http.address': addressText(daemon.httpAddress),
    };
    const slot = { daemon, running: true, properties: { ...properties, ...addresses } };
    this.#datanodes.push(slot);
    this.#closers.add(() => slot.daemon.stop());
    return daemon;
  }

  get namenode(): NameNode {
    return this.#nameSlot().daemon;
  }

  get datanodes(): readonly DataNode[] {
    return this.#datanodes.map(({ daemon }) => daemon);
  }

  get daemons(): readonly string[] {
    return ['namenode', ...this.#datanodes.map((_, i) => datanodeName(i))];
  }

  state(daemon: string): ProcessState {
    const slot = this.#slot(daemon);
    if (!slot.running) return 'ended';
    return daemon !== 'namenode' && this.#dataSlot(daemon).daemon.faults?.isPaused ? 'paused' : 'running';
  }

  async kill(daemon: string): Promise<void> {
    const slot = this.#slot(daemon);
    slot.running = false;
    await slot.daemon.stop();
  }

  async start(daemon: string): Promise<void> {
    const slot = this.#slot(daemon);
    const options = { conf: new Configuration(slot.properties), log: this.#log };
    if (daemon === 'namenode') this.#nameSlot().daemon = await NameNode.start(options);
    else this.#dataSlot(daemon).daemon = await DataNode.start(options);
    slot.running = true;
  }

  pause(daemon: string): void {
    if (daemon === 'namenode') {
      throw new FaultError(
        "A MiniCluster's NameNode runs in this process, which would stand still with it: use calf start and calf fault pause",
      );
    }
    const { faults } = this.#dataSlot(daemon).daemon;
    if (!faults) throw new FaultError(`${daemon} takes no faults: leave calf.fault.injection.enabled at true`);
    faults.pause();
  }

  resume(daemon: string): void {
    this.#dataSlot(daemon).daemon.faults?.resume();
  }

  httpAddress(daemon: string): string {
    return addressText(this.#slot(daemon).daemon.httpAddress);
  }

  dataAddress(datanode: string): string {
    return addressText(this.#dataSlot(datanode).daemon.xferAddress);
  }

  dataDirs(datanode: string): readonly string[] {
    const conf = new Configuration(this.#dataSlot(datanode).properties);
    return conf.get('dfs.datanode.data.dir').map((text) => parseStorageLocation(text).directory);
  }

  /** Ends all that run, DataNodes first. @throws the error of a daemon that failed to stop, when all the others have stopped */
  async stop(): Promise<void> {
    await this.#closers.close();
  }

  #slot(daemon: string): Slot<DataNode> | Slot<NameNode> {
    return daemon === 'namenode' ? this.#nameSlot() : this.#dataSlot(daemon);
  }

  #nameSlot(): Slot<NameNode> {
    if (!this.#namenode) throw new FaultError('The NameNode has not been started');
    return this.#namenode;
  }

  #dataSlot(daemon: string): Slot<DataNode> {
    const slot = this.#datanodes[Number(daemon.replace('datanode', '')) - 1];
    if (!slot) throw new FaultError(`This cluster has no ${daemon}`);
    return slot;
  }
}

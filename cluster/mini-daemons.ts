import { Configuration } from '../conf/configuration.ts';
import { DataNode } from '../datanode/datanode.ts';
import { parseStorageLocation } from '../datanode/volumes/storage-location.ts';
import { NameNode } from '../namenode/namenode.ts';
import type { Logger } from '../runtime/log.ts';
import type { ProcessState } from '../runtime/process-state.ts';
import { type DaemonControl, datanodeName, FaultError } from './daemons/daemon-control.ts';

type Properties = Readonly<Record<string, string>>;

export const addressText = (a: { host: string; port: number }): string => `${a.host}:${a.port}`;

/** A daemon of a MiniCluster. When it has ended it stays here, so that its addresses are known. */
interface Slot<D> {
  daemon: D;
  running: boolean;
  /** What it was started with, and is started with again. */
  readonly properties: Properties;
}

/** The NameNode and DataNodes of a MiniCluster: all in this process, so that ending one is closing all that it has open. */
export class MiniDaemons implements DaemonControl {
  /** Set when the cluster's addresses are known. */
  conf = new Configuration();
  readonly #log: Logger;
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
    this.#namenode = { daemon, running: true, properties: { ...properties, ...addresses } };
    return daemon;
  }

  async startDataNode(properties: Properties): Promise<DataNode> {
    const daemon = await DataNode.start({ conf: new Configuration(properties), log: this.#log });
    const addresses = {
      'dfs.datanode.address': addressText(daemon.xferAddress),
      'dfs.datanode.ipc.address': addressText(daemon.ipcAddress),
      'dfs.datanode.http.address': addressText(daemon.httpAddress),
    };
    this.#datanodes.push({ daemon, running: true, properties: { ...properties, ...addresses } });
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

  /** Ends all that run, DataNodes first. */
  async stop(): Promise<void> {
    for (const slot of [...this.#datanodes].reverse()) await slot.daemon.stop();
    await this.#namenode?.daemon.stop();
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

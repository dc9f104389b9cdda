/** Finds the DataNodes of the cluster by UUID and by address. */
import { dearInvariants, invariant } from '../../../runtime/bug.ts';
import { AdminState } from './admin-state.ts';
import { newDescriptor, xferAddress } from './datanode-descriptor.ts';
import type { DatanodeDescriptor, DatanodeId } from './model.ts';

/** The DataNodes that have registered since the NameNode started. */
export class DatanodeRegistry {
  readonly #byUuid = new Map<string, DatanodeDescriptor>();
  readonly #byAddress = new Map<string, DatanodeDescriptor>();
  #rackCount: number | undefined;

  /**
   * Registers a DataNode that is new or comes back. Returns it, and the other DataNode that had its address, which is
   * now removed.
   */
  register(
    id: DatanodeId,
    rack: string,
    softwareVersion: string,
    now: number,
  ): { datanode: DatanodeDescriptor; replaced: DatanodeDescriptor | undefined } {
    const holder = this.#byAddress.get(xferAddress(id));
    const replaced = holder !== undefined && holder.id.datanodeUuid !== id.datanodeUuid ? holder : undefined;
    if (replaced !== undefined) this.remove(replaced);
    let datanode = this.#byUuid.get(id.datanodeUuid);
    if (datanode === undefined) {
      datanode = newDescriptor(id, rack, now);
      this.#byUuid.set(id.datanodeUuid, datanode);
    } else {
      this.#byAddress.delete(xferAddress(datanode.id));
    }
    datanode.id = id;
    datanode.rack = rack;
    datanode.softwareVersion = softwareVersion;
    datanode.lastHeartbeatMs = now;
    datanode.alive = true;
    datanode.registeredMs = now;
    this.racksChanged();
    this.#byAddress.set(xferAddress(id), datanode);
    if (dearInvariants) this.#checkAddress(datanode);
    return { datanode, replaced };
  }

  #checkAddress(datanode: DatanodeDescriptor): void {
    const address = xferAddress(datanode.id);
    const holders = this.live().filter((other) => xferAddress(other.id) === address);
    invariant(holders.length === 1, 'no two live DataNodes have the same address');
  }

  get(uuid: string): DatanodeDescriptor | undefined {
    return this.#byUuid.get(uuid);
  }

  /** Returns the DataNode of a request if it is alive and registered with the same transfer port, else undefined. */
  registered(id: DatanodeId): DatanodeDescriptor | undefined {
    const datanode = this.#byUuid.get(id.datanodeUuid);
    return datanode?.alive && datanode.id.xferPort === id.xferPort ? datanode : undefined;
  }

  remove(datanode: DatanodeDescriptor): void {
    datanode.alive = false;
    this.racksChanged();
    this.#byUuid.delete(datanode.id.datanodeUuid);
    const address = xferAddress(datanode.id);
    if (this.#byAddress.get(address) === datanode) this.#byAddress.delete(address);
  }

  all(): DatanodeDescriptor[] {
    return [...this.#byUuid.values()];
  }

  live(): DatanodeDescriptor[] {
    return this.all().filter((d) => d.alive);
  }

  get liveCount(): number {
    let count = 0;
    for (const d of this.#byUuid.values()) if (d.alive) count++;
    return count;
  }

  atAddress(address: string): DatanodeDescriptor | undefined {
    return this.#byAddress.get(address);
  }

  /** Returns the live DataNodes that new replicas can be placed on. */
  inService(): DatanodeDescriptor[] {
    return this.live().filter((d) => d.adminState === AdminState.NORMAL);
  }

  /** The number of racks of the DataNodes in service. Cached until racksChanged() is called. */
  get rackCount(): number {
    this.#rackCount ??= new Set(this.inService().map((d) => d.rack)).size;
    return this.#rackCount;
  }

  /** Must be called when a DataNode begins or ceases to be alive or in service. */
  racksChanged(): void {
    this.#rackCount = undefined;
  }
}

/** A namesystem and simulated DataNodes for tests, under a clock that the test sets. */
import { AdminState } from '../../namenode/blocks/locations/admin-state.ts';
import type { DatanodeDescriptor } from '../../namenode/blocks/locations/model.ts';
import { parseCombinedHostsFile } from '../../namenode/datanodes/combined-hosts-file.ts';
import { type HostLists, NO_HOST_LISTS, parseHostsFile } from '../../namenode/datanodes/hosts-file.ts';
import { clusterStats } from '../../namenode/datanodes/stats.ts';
import { getBlockLocations } from '../../namenode/namespace/stat-and-listing.ts';
import { BlockCommandProto_Action as Action, type BlockCommandProto } from '../../protocol/gen/messages.ts';
import { datanodeId, type FlatConfig, Harness, ROOT } from './harness.ts';

interface Replica {
  readonly genStamp: number;
  readonly numBytes: number;
  readonly state?: number;
  /** Whether the bytes are damaged. Such a replica cannot be copied, because the receiver verifies checksums. */
  readonly rotten?: boolean;
}

/** A simulated DataNode: its replicas, and how it behaves. By default it carries out commands at once. */
export interface FakeDatanode {
  readonly name: string;
  readonly ip: string;
  readonly replicas: Map<number, Replica>;
  up: boolean;
  /** Whether it receives commands and ignores them. */
  idle: boolean;
  /** Whether it receives commands and postpones them until catchUp(). */
  lazy: boolean;
  readonly putOff: BlockCommandProto[];
  remaining: number;
  failedVolumes: number;
  /** The largest number of transfers that one heartbeat's answer contained. */
  transfersMax: number;
  xmits: number;
}

const HEARTBEAT_MS = 3000;

/** A namesystem and DataNodes under a clock that the test sets. The name `rack/name` puts a DataNode on a rack. */
export class FakeCluster extends Harness {
  readonly nodes = new Map<string, FakeDatanode>();

  constructor(names: readonly string[], config: Partial<FlatConfig> = {}) {
    const racks = new Map<string, string>();
    for (const [i, name] of names.entries()) if (name.includes('/')) racks.set(ipOf(i), `/${name.split('/')[0]}`);
    super({ config: { ...config, racks } });
    for (const [i, name] of names.entries()) this.addNode(name.split('/').at(-1) ?? name, ipOf(i));
    this.drain();
  }

  addNode(name: string, ip = ipOf(this.nodes.size)): FakeDatanode {
    const node = {
      name,
      ip,
      replicas: new Map<number, Replica>(),
      up: true,
      idle: false,
      lazy: false,
      putOff: [],
      remaining: 1 << 30,
      failedVolumes: 0,
      transfersMax: 0,
      xmits: 0,
    };
    this.nodes.set(name, node);
    this.register(name);
    return node;
  }

  node(name: string): FakeDatanode {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`no ${name}`);
    return node;
  }

  descriptor(name: string): DatanodeDescriptor {
    const datanode = this.state.blockManager.datanodes.get(`uuid-${name}`);
    if (datanode === undefined) throw new Error(`${name} is not registered`);
    return datanode;
  }

  /** Registers the DataNode and reports all its replicas, as a DataNode does when it starts. */
  register(name: string): void {
    const node = this.node(name);
    node.up = true;
    node.putOff.length = 0;
    this.apply({ op: 'registerDatanode', id: datanodeId(name, node.ip), softwareVersion: '3.4.2' });
    this.beat(name);
    this.reportAll(name);
    this.drain();
  }

  reportAll(name: string): void {
    this.fullReport(
      name,
      [...this.node(name).replicas].map(([id, replica]) => ({ id, ...replica })),
    );
  }

  /** Writes a closed file of one block, and puts its replicas on the DataNodes that the NameNode chose. */
  override writeFile(path: string, numBytes: number, replication = 1) {
    const located = super.writeFile(path, numBytes, replication);
    for (const { id } of located.locs) this.#put(id.hostName, located.b.blockId, located.b.generationStamp, numBytes);
    return located;
  }

  #put(name: string, id: number, genStamp: number, numBytes: number): void {
    this.node(name).replicas.set(id, { genStamp, numBytes });
  }

  /** Sends one heartbeat, and carries out the commands of its answer. Returns the actions of these commands. */
  beat(name: string): number[] {
    const node = this.node(name);
    const { isRegistered, commands } = this.apply({
      op: 'heartbeat',
      id: datanodeId(name, node.ip),
      storages: [{ uuid: `DS-${name}`, capacity: 1 << 30, dfsUsed: 0, remaining: node.remaining, blockPoolUsed: 0 }],
      xceiverCount: 0,
      xmitsInProgress: node.xmits,
      failedVolumes: node.failedVolumes,
      cacheCapacity: 0,
      cacheUsed: 0,
    });
    if (!isRegistered) {
      this.register(name);
      return [];
    }
    const done: number[] = [];
    for (const { blkCmd } of commands) {
      if (blkCmd === undefined) continue;
      done.push(blkCmd.action);
      if (blkCmd.action === Action.TRANSFER) node.transfersMax = Math.max(node.transfersMax, blkCmd.blocks.length);
      if (node.idle) continue;
      if (node.lazy) node.putOff.push(blkCmd);
      else this.#carryOut(node, blkCmd);
    }
    return done;
  }

  /** Carries out the commands that the DataNode has postponed. */
  catchUp(name: string): void {
    const node = this.node(name);
    for (const command of node.putOff.splice(0)) this.#carryOut(node, command);
  }

  #carryOut(node: FakeDatanode, command: BlockCommandProto): void {
    for (const [i, { blockId, genStamp }] of command.blocks.entries()) {
      const located = { blockId, generationStamp: genStamp };
      const replica = node.replicas.get(blockId);
      if (replica?.genStamp !== genStamp) continue;
      if (command.action === Action.INVALIDATE) {
        node.replicas.delete(blockId);
        this.report(node.name, located, 0, 3);
        continue;
      }
      for (const target of command.targets[i]?.datanodes ?? []) {
        const to = this.node(target.id.hostName);
        // A replica that exists already is not overwritten.
        if (!to.up || to.replicas.has(blockId) || replica.rotten) continue;
        to.replicas.set(blockId, replica);
        if (this.state.blockManager.datanodes.get(`uuid-${to.name}`)?.alive)
          this.report(to.name, located, replica.numBytes);
      }
    }
  }

  /**
   * Lets time pass. DataNodes that are up send a heartbeat every 3 s. One that copies sends the next at once, as our
   * DataNodes do.
   */
  run(ms: number): void {
    for (const end = this.now + ms; this.now < end; this.now += 1000) {
      this.apply({ op: 'tick' });
      this.drain();
      if (this.now % HEARTBEAT_MS !== 0) continue;
      for (const node of this.nodes.values()) {
        if (!node.up) continue;
        // A DataNode has at most this many turns within one simulated second.
        for (let turn = 0; turn < 50 && this.beat(node.name).includes(Action.TRANSFER) && !node.idle; turn++);
      }
    }
  }

  /** Returns the names of the DataNodes that are up and hold a replica of the block. */
  holders(blockId: number): string[] {
    return [...this.nodes.values()].filter((n) => n.up && n.replicas.has(blockId)).map((n) => n.name);
  }

  /** Returns the first block of the file, with its locations as a reader gets them. */
  located(path = '/f') {
    return this.read(getBlockLocations, { caller: ROOT, path, offset: 0, length: 1 }).locations.blocks[0];
  }

  readers(path = '/f'): string[] {
    return (this.located(path)?.locs ?? []).map((l) => l.id.hostName).sort();
  }

  stats() {
    return clusterStats(this.state.datanodeManager, this.now);
  }

  rot(name: string, blockId: number): void {
    const { replicas } = this.node(name);
    const replica = replicas.get(blockId);
    if (replica !== undefined) replicas.set(blockId, { ...replica, rotten: true });
  }

  badBlock(name: string, blockId: number, genStamp = 1001): void {
    this.apply({ op: 'reportBadBlocks', replicas: [{ blockId, genStamp, datanodeUuid: `uuid-${name}` }] });
  }

  refreshNodes(excluded: string, included = ''): void {
    const entries = parseHostsFile(included);
    const named = entries.map((entry) => ({ ...entry, hostName: entry.host }));
    this.#refresh({ ...NO_HOST_LISTS, included: entries, named, excluded: parseHostsFile(excluded) });
  }

  /** Calls refreshNodes with the entries of a JSON hosts file of CombinedHostFileManager. */
  refreshCombined(entries: readonly object[]): void {
    this.#refresh(parseCombinedHostsFile(JSON.stringify(entries)));
  }

  #refresh(hosts: HostLists): void {
    this.apply({ op: 'refreshNodes', hosts });
    this.drain();
  }

  adminState(name: string): string | undefined {
    const state = this.descriptor(name).adminState;
    return Object.entries(AdminState).find(([, value]) => value === state)?.[0];
  }
}

const ipOf = (index: number) => `10.1.0.${index + 1}`;

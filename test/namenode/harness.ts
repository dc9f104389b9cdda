/** A namesystem over a store in memory, for tests of the state machine. */

import type { BlocksConfig } from '../../namenode/blocks/blocks-config.ts';
import { isBeingWritten } from '../../namenode/blocks/locations/block-info.ts';
import type { Caller } from '../../namenode/command/caller.ts';
import type { Change } from '../../namenode/command/change.ts';
import type { Chooser } from '../../namenode/command/chooser.ts';
import type { Reading } from '../../namenode/command/reading.ts';
import type { Effect } from '../../namenode/command/transaction.ts';
import { takeCommands } from '../../namenode/datanodes/datanode-commands.ts';
import type { HeartbeatResult } from '../../namenode/datanodes/datanode-op.ts';
import type { DatanodesConfig } from '../../namenode/datanodes/datanodes-config.ts';
import type { INode } from '../../namenode/namespace/inode.ts';
import { pathOf } from '../../namenode/namespace/inode.ts';
import type { NamespaceConfig } from '../../namenode/namespace/namespace-config.ts';
import type { NamespaceState } from '../../namenode/namespace/namespace-state.ts';
import { formatChanges, NamespaceLoader } from '../../namenode/namesystem/load.ts';
import { type Command, Namesystem, type OpName, type ResultOf } from '../../namenode/namesystem/namesystem.ts';
import type { NamesystemConfig } from '../../namenode/namesystem/namesystem-config.ts';
import type { NamesystemState } from '../../namenode/namesystem/state.ts';
import type { WritingConfig } from '../../namenode/writing/writing-config.ts';
import type { DatanodeCommandProto } from '../../protocol/gen/messages.ts';

export const POOL = 'BP-1-127.0.0.1-1';
export const MIB = 1 << 20;

export const ROOT: Caller = { user: 'hdfs', groups: ['hdfs'], superuser: true, address: '10.0.0.1' };
export const BOB: Caller = { user: 'bob', groups: ['staff'], superuser: false, address: '10.0.0.2' };

/** The settings of all parts in one object. Their names differ, so each part can receive the whole object. */
export type FlatConfig = BlocksConfig & DatanodesConfig & NamespaceConfig & WritingConfig;

export const CONFIG: FlatConfig = {
  blockPoolId: POOL,
  hostName: 'nn.example',
  permissionsEnabled: true,
  replicationMin: 1,
  replicationMax: 512,
  blockSizeMinBytes: MIB,
  blocksPerFileMax: 10_000,
  componentLengthMax: 255,
  directoryItemsMax: 1_048_576,
  listingLimit: 1000,
  accessTimePrecisionMs: 3_600_000,
  heartbeatExpiryMs: 630_000,
  staleIntervalMs: 30_000,
  redundancyIntervalMs: 3000,
  heartbeatIntervalMs: 3000,
  pendingReconstructionTimeoutMs: 300_000,
  replicationStreamsMax: 2,
  replicationStreamsHardMax: 4,
  replicationWorkMultiplier: 2,
  loadFactorMax: 2,
  replicationDefault: 3,
  decommissionIntervalMs: 30_000,
  maintenanceReplicationMin: 1,
  invalidateLimit: 1000,
  reportLeases: { leasesMax: 6, lengthMs: 300_000 },
  leaseHardLimitMs: 1_200_000,
  blockRecoveryTimeoutMs: 90_000,
  safeMode: { thresholdPct: 0.999, minDatanodes: 0, extensionMs: 0 },
  racks: new Map(),
};

/** Returns the settings in the form that a NameNode has. */
export const roomsConfig = (config: FlatConfig): NamesystemConfig => ({
  blocks: config,
  datanodes: config,
  namespace: config,
  writing: config,
});

/** Returns a small repeatable random generator (mulberry32). */
export function seededChooser(seed: number): Chooser {
  let state = seed >>> 0;
  return {
    nextInt(bound) {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) % bound;
    },
  };
}

/** A namesystem over a store that is a map. Commands go in, and results or exceptions come out. */
export class Harness {
  readonly config: FlatConfig;
  readonly store = new Map<string, string>();
  readonly effects: Effect[] = [];
  /** Called with the changes of each command. */
  onChanges: ((changes: readonly Change[]) => void) | undefined;
  namesystem: Namesystem;
  now = 1_000_000;
  #seed: number;
  readonly #keepsEvents: boolean;
  readonly #commands = new Map<string, DatanodeCommandProto[]>();

  constructor(options: { config?: Partial<FlatConfig>; seed?: number; keepsEvents?: boolean } = {}) {
    this.config = { ...CONFIG, ...options.config };
    this.#seed = options.seed ?? 1;
    this.#keepsEvents = options.keepsEvents ?? false;
    this.#keep(formatChanges('hdfs', 'supergroup'));
    this.namesystem = this.load();
    this.apply({ op: 'tick' });
  }

  get state(): NamesystemState {
    return this.namesystem.state;
  }

  /** Returns the namesystem that a NameNode would load from the store now. */
  load(): Namesystem {
    const loader = new NamespaceLoader(roomsConfig(this.config), seededChooser(this.#seed), this.now);
    for (const [key, value] of [...this.store].sort(([a], [b]) => (a < b ? -1 : 1))) loader.add(key, value);
    return new Namesystem(loader.finish(), { keepsEvents: this.#keepsEvents });
  }

  restart(): void {
    this.namesystem = this.load();
    this.apply({ op: 'tick' });
  }

  apply<K extends OpName>(command: Command<K>): ResultOf<K> {
    const applied = this.namesystem.apply(command, this.now);
    this.#keep(applied.changes);
    this.effects.push(...applied.effects);
    if (applied.outcome.ok) return applied.outcome.value;
    throw applied.outcome.error;
  }

  read<Q, T>(question: (s: NamespaceState, reading: Reading, request: Q) => T, request: Q): T {
    return this.namesystem.read(question, request, this.now).value;
  }

  /** Does all background work that is waiting. */
  drain(): void {
    for (let i = 0; i < 1000; i++) {
      this.effects.length = 0;
      this.apply({ op: 'work' });
      if (!this.effects.some((e) => e.kind === 'moreWork')) return;
    }
    throw new Error('The work does not end');
  }

  mkdirs(path: string, caller = ROOT, permission = 0o755): boolean {
    return this.apply({ op: 'mkdirs', caller, path, permission, createParent: true });
  }

  create(path: string, options: { caller?: Caller; clientName?: string; replication?: number; flags?: number } = {}) {
    return this.apply({
      op: 'create',
      caller: options.caller ?? ROOT,
      path,
      permission: 0o644,
      clientName: options.clientName ?? 'client',
      flags: options.flags ?? 1,
      createParent: true,
      replication: options.replication ?? 1,
      blockSizeBytes: MIB,
    });
  }

  addBlock(path: string, previous?: ReturnType<Harness['blockOf']>, clientName = 'client') {
    return this.apply({
      op: 'addBlock',
      caller: ROOT,
      path,
      fileId: 0,
      clientName,
      previous,
      excludedUuids: [],
      favoredNodes: [],
      noLocalWrite: false,
      ignoreClientLocality: false,
    });
  }

  complete(path: string, last?: ReturnType<Harness['blockOf']>, clientName = 'client'): boolean {
    return this.apply({ op: 'complete', caller: ROOT, path, fileId: 0, clientName, last });
  }

  /** Returns a located block as a client names it after it has written `numBytes` bytes of it. */
  blockOf(located: { b: { blockId: number; generationStamp: number } }, numBytes: number) {
    return { poolId: POOL, blockId: located.b.blockId, generationStamp: located.b.generationStamp, numBytes };
  }

  addDatanode(name: string, options: { ip?: string; remaining?: number } = {}): void {
    const id = datanodeId(name, options.ip);
    this.apply({ op: 'registerDatanode', id, softwareVersion: '3.4.2' });
    this.heartbeat(name, options);
  }

  heartbeat(name: string, options: { ip?: string; remaining?: number } = {}): HeartbeatResult {
    const remaining = options.remaining ?? 1 << 30;
    const result = this.apply({
      op: 'heartbeat',
      id: datanodeId(name, options.ip),
      storages: [{ uuid: `DS-${name}`, capacity: 1 << 30, dfsUsed: 0, remaining, blockPoolUsed: 0 }],
      xceiverCount: 0,
      xmitsInProgress: 0,
      failedVolumes: 0,
      cacheCapacity: 0,
      cacheUsed: 0,
    });
    if (result.isRegistered) this.#commands.set(name, [...(this.#commands.get(name) ?? []), ...result.commands]);
    return result;
  }

  /**
   * Returns the commands that the DataNode received with heartbeats since the last call, and those that its next
   * heartbeat would receive.
   */
  commands(name: string): DatanodeCommandProto[] {
    const datanode = this.state.blockManager.datanodes.get(`uuid-${name}`);
    if (datanode === undefined) throw new Error(`${name} is not registered`);
    const got = this.#commands.get(name) ?? [];
    this.#commands.delete(name);
    return [...got, ...takeCommands(this.state.datanodeManager, datanode)];
  }

  /** Sends an incremental report of one block. Status 1 is receiving, 2 received and 3 deleted. */
  report(name: string, block: { blockId: number; generationStamp: number }, numBytes: number, status = 2): void {
    this.apply({
      op: 'incrementalBlockReport',
      id: datanodeId(name, this.ipOf(name)),
      storages: [
        {
          storage: { uuid: `DS-${name}` },
          blocks: [{ id: block.blockId, genStamp: block.generationStamp, numBytes, status, deleteHint: undefined }],
        },
      ],
    });
  }

  fullReport(name: string, replicas: readonly { id: number; genStamp: number; numBytes: number; state?: number }[]) {
    const id = datanodeId(name, this.ipOf(name));
    const full = replicas.map((r) => ({ state: 0, ...r }));
    const storage = { uuid: `DS-${name}` };
    this.apply({ op: 'blockReport', id, storage, replicas: full, first: true, last: true });
  }

  ipOf(name: string): string | undefined {
    return this.state.blockManager.datanodes.get(`uuid-${name}`)?.id.ipAddr;
  }

  writeFileWithoutBlocks(path: string): void {
    this.create(path);
    this.complete(path);
  }

  /** Writes a closed file of one block on the DataNodes that placement chooses. */
  writeFile(path: string, numBytes: number, replication = 1) {
    this.create(path, { replication });
    const located = this.addBlock(path);
    for (const loc of located.locs) this.report(loc.id.hostName, located.b, numBytes);
    if (!this.complete(path, this.blockOf(located, numBytes))) throw new Error(`${path} stays open`);
    return located;
  }

  #keep(changes: readonly Change[]): void {
    this.onChanges?.(changes);
    for (const change of changes) {
      if (change.type === 'put') this.store.set(change.key, change.value);
      else this.store.delete(change.key);
    }
  }
}

export function datanodeId(name: string, ip = '10.0.0.1') {
  return {
    ipAddr: ip,
    hostName: name,
    datanodeUuid: `uuid-${name}`,
    xferPort: 9866 + ([...name].reduce((sum, c) => sum * 31 + c.charCodeAt(0), 0) % 10_000),
    infoPort: 1,
    ipcPort: 1,
    infoSecurePort: 0,
  };
}

/** Returns the hard state as plain data, by path. */
export function snapshot(state: NamesystemState): unknown {
  const describe = (inode: INode): unknown => ({
    path: pathOf(inode),
    id: inode.id,
    owner: inode.owner,
    group: inode.group,
    permission: inode.permission,
    modificationTimeMs: inode.modificationTimeMs,
    ...(inode.kind === 'directory'
      ? { children: [...inode.children].map(describe) }
      : {
          accessTimeMs: inode.accessTimeMs,
          replication: inode.replication,
          underConstruction: inode.features?.underConstruction,
          lease: state.namespace.leases.ofFile(inode.id)?.holder,
          blocks: inode.blocks.map((b) => [b.id, b.genStamp, b.numBytes, isBeingWritten(b), b.truncateTo]),
        }),
  });
  return {
    counters: { ...state.hardState.counters },
    root: describe(state.namespace.tree.root),
    deleted: state.namespace.deleted.map((d) => d.id).sort(),
    inodes: [...state.namespace.tree.byId.keys()].sort((a, b) => a - b),
  };
}

/** Throws the bug, for a driver whose state machine should have none. */
export function unexpectedBug(bug: Error): never {
  throw bug;
}

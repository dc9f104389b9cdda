import { hadoopError, isHadoopError } from '../../runtime/errors.ts';
import type { BlockInfo } from '../blocks/block-info.ts';
import { BlockMap } from '../blocks/block-map.ts';
import type { DatanodeDescriptor, StorageInfo } from '../blocks/datanode-descriptor.ts';
import { DatanodeRegistry } from '../blocks/datanode-registry.ts';
import type { Chooser } from '../blocks/placement.ts';
import { Redundancy } from '../blocks/redundancy.ts';
import { SafeMode, type SafeModeConfig } from '../blocks/safe-mode.ts';
import type { RackTable } from '../blocks/topology.ts';
import type { LeavingService } from '../datanodes/decommission.ts';
import { type HostLists, NO_HOST_LISTS } from '../datanodes/hosts-file.ts';
import { SlowNodes, type SlowNodesConfig } from '../datanodes/slow-nodes.ts';
import type { INode, INodeDirectory } from '../namespace/inode.ts';
import { type INodesInPath, type INodeTree, ROOT_INODE_ID } from '../namespace/inode-tree.ts';
import { LeaseManager } from '../namespace/lease-manager.ts';
import { checkValidName } from '../namespace/path.ts';
import { type AccessCheck, type Caller, checkPermission, checkTraverse } from '../namespace/permissions.ts';
import {
  blockKey,
  type Change,
  COUNTERS_KEY,
  type Counters,
  deletedKey,
  encodeBlock,
  encodeCounters,
  encodeINode,
  inodeKey,
} from '../store/edits.ts';

/** Hadoop's first ids: the root is inode 16385, the first block blk_1073741825_1001. */
export const FIRST_COUNTERS: Counters = {
  lastInodeId: ROOT_INODE_ID,
  lastBlockId: 1073741824,
  generationStamp: 1000,
};

/** The settings that rules need, by the properties of conf/keys.ts. Times are ms, sizes bytes. */
export interface NamesystemConfig {
  readonly blockPoolId: string;
  /** Host name in SafeModeException's message. */
  readonly hostName: string;
  readonly permissionsEnabled: boolean;
  readonly replicationMin: number;
  readonly replicationMax: number;
  readonly blockSizeMinBytes: number;
  readonly blocksPerFileMax: number;
  readonly componentLengthMax: number;
  readonly directoryItemsMax: number;
  readonly listingLimit: number;
  readonly accessTimePrecisionMs: number;
  readonly heartbeatExpiryMs: number;
  readonly staleIntervalMs: number;
  readonly redundancyIntervalMs: number;
  readonly heartbeatIntervalMs: number;
  readonly pendingReconstructionTimeoutMs: number;
  readonly replicationStreamsMax: number;
  readonly replicationStreamsHardMax: number;
  readonly replicationWorkMultiplier: number;
  /** dfs.namenode.redundancy.considerLoad.factor; 0 without dfs.namenode.redundancy.considerLoad. */
  readonly loadFactorMax: number;
  /** Undefined without dfs.datanode.peer.stats.enabled. */
  readonly slowNodes?: SlowNodesConfig | undefined;
  /** dfs.replication: what a block needs at least elsewhere before its DataNode counts as decommissioned. */
  readonly replicationDefault: number;
  readonly decommissionIntervalMs: number;
  /** dfs.namenode.maintenance.replication.min: live replicas that a block has at least while others are away. */
  readonly maintenanceReplicationMin: number;
  readonly invalidateLimit: number;
  readonly leaseHardLimitMs: number;
  /** A block recovery that was not heard of by then is begun again, with another primary. */
  readonly blockRecoveryTimeoutMs: number;
  readonly safeMode: SafeModeConfig;
  readonly racks: RackTable;
}

/** What the world outside has to do or know after a command. */
export type Effect =
  | { readonly kind: 'log'; readonly level: 'debug' | 'info' | 'warn'; readonly message: string }
  /** Background work waits: apply({ op: 'work' }) soon, after others had a turn. */
  | { readonly kind: 'moreWork' };

/** All that the NameNode knows. Hard state is what edits.ts can write; the rest comes from DataNodes again. */
export class NamesystemState {
  readonly config: NamesystemConfig;
  readonly random: Chooser;
  readonly tree: INodeTree;
  readonly counters: Counters;
  readonly blocks = new BlockMap();
  readonly leases: LeaseManager;
  readonly datanodes = new DatanodeRegistry();
  readonly redundancy: Redundancy;
  readonly safeMode: SafeMode;
  /** Undefined when reports of slow DataNodes are not kept. */
  readonly slowNodes: SlowNodes | undefined;
  /** Directories that left the tree with much under them; `work` removes that in slices. */
  readonly deleted: INode[] = [];
  /** Storages of dead DataNodes and failed volumes, whose replicas are not yet out of the block map. */
  readonly deadStorages: StorageInfo[] = [];
  /** Storages whose full report came to its end, and their blocks that were not yet compared with it. */
  readonly sweeps: { storage: StorageInfo; epoch: number; blocks: IterableIterator<[BlockInfo, number]> }[] = [];
  /** Blocks whose number of replicas is to be looked at. */
  readonly toCheck: IterableIterator<BlockInfo>[] = [];
  /** Blocks whose recovery is to go on, or begins when a DataNode of theirs is back. */
  readonly recovering = new Set<BlockInfo>();
  /** Open blocks from the store by the DataNodes of their pipelines that have not registered since the start. */
  readonly restoredPipelines = new Map<string, BlockInfo[]>();
  /** Which DataNodes may join, and which are to leave. */
  hosts: HostLists = NO_HOST_LISTS;
  /** DataNodes that are being decommissioned or enter maintenance, and how far each is. */
  readonly leaving = new Map<DatanodeDescriptor, LeavingService>();
  /** Number of the last command that changed hard state. */
  sequence = 0;
  lastRedundancyRoundMs = 0;
  lastTickMs = 0;
  /** When the NameNode loaded it. */
  startedMs = 0;

  constructor(config: NamesystemConfig, random: Chooser, tree: INodeTree, counters: Counters) {
    this.config = config;
    this.random = random;
    this.tree = tree;
    this.counters = counters;
    this.redundancy = new Redundancy(this.datanodes, config.maintenanceReplicationMin);
    this.leases = new LeaseManager(config.leaseHardLimitMs);
    this.safeMode = new SafeMode(config.safeMode);
    this.slowNodes = config.slowNodes && new SlowNodes(config.slowNodes);
  }
}

/** One command's changes of the hard state, noted while it runs. */
export class Transaction {
  /** Of the steady clock: what leases and heartbeats are measured by. */
  readonly now: number;
  /** Of the wall clock, which can be set: what files are dated by. */
  readonly wallMs: number;
  readonly effects: Effect[] = [];
  readonly #sequence: number;
  readonly #inodes = new Set<INode>();
  readonly #blocks = new Set<BlockInfo>();
  readonly #others: Change[] = [];
  #countersChanged = false;

  constructor(now: number, sequence: number, wallMs = now) {
    this.now = now;
    this.wallMs = wallMs;
    this.#sequence = sequence;
  }

  get isEmpty(): boolean {
    return this.#inodes.size === 0 && this.#blocks.size === 0 && this.#others.length === 0 && !this.#countersChanged;
  }

  /** The inode is new, moved, or its attributes changed. */
  touch(inode: INode): void {
    inode.changedAt = this.#sequence;
    this.#inodes.add(inode);
  }

  /** A child came or went; sets the modification time. */
  touchChildren(directory: INodeDirectory): void {
    directory.modificationTimeMs = this.wallMs;
    directory.childrenChangedAt = this.#sequence;
    this.#inodes.add(directory);
  }

  touchBlock(block: BlockInfo): void {
    if (block.file !== undefined) block.file.changedAt = this.#sequence;
    this.#blocks.add(block);
  }

  countersChanged(): void {
    this.#countersChanged = true;
  }

  /** The inode's records and those of its blocks go. */
  removeINode(inode: INode): void {
    this.#inodes.delete(inode);
    this.#others.push({ type: 'del', key: inodeKey(inode.id) });
    if (inode.kind !== 'file') return;
    for (let i = 0; i < inode.blocks.length; i++) this.removeBlock(inode.id, i, inode.blocks[i]);
  }

  removeBlock(fileId: number, index: number, block: BlockInfo | undefined): void {
    if (block !== undefined) this.#blocks.delete(block);
    this.#others.push({ type: 'del', key: blockKey(fileId, index) });
  }

  /** The subtree under an inode that left the tree is still to be removed. */
  markDeleted(inode: INode): void {
    this.#others.push({ type: 'put', key: deletedKey(inode.id), value: '' });
  }

  unmarkDeleted(inode: INode): void {
    this.#others.push({ type: 'del', key: deletedKey(inode.id) });
  }

  log(level: 'debug' | 'info' | 'warn', message: string): void {
    this.effects.push({ kind: 'log', level, message });
  }

  moreWork(): void {
    if (!this.effects.some((e) => e.kind === 'moreWork')) this.effects.push({ kind: 'moreWork' });
  }

  /** The keys to write, each once. */
  changes(counters: Counters): Change[] {
    const changes: Change[] = [...this.#others];
    for (const inode of this.#inodes) {
      changes.push({ type: 'put', key: inodeKey(inode.id), value: encodeINode(inode) });
    }
    for (const block of this.#blocks) {
      if (block.file === undefined) continue;
      const index = block.file.blocks.lastIndexOf(block);
      if (index >= 0) changes.push({ type: 'put', key: blockKey(block.file.id, index), value: encodeBlock(block) });
    }
    if (this.#countersChanged) changes.push({ type: 'put', key: COUNTERS_KEY, value: encodeCounters(counters) });
    return changes;
  }
}

/**
 * Looks a path up for a caller, as FSDirectory.resolvePath: the directories on the way are checked.
 * @throws InvalidPathException, AccessControlException; ParentNotDirectoryException when it is to be created
 */
export function resolvePath(
  s: NamesystemState,
  caller: Caller,
  path: string,
  purpose: 'READ' | 'WRITE' | 'CREATE',
): INodesInPath {
  if (purpose === 'CREATE') checkValidName(path);
  const iip = s.tree.resolve(path);
  try {
    checkTraverse(iip, s.config.permissionsEnabled ? caller : { ...caller, superuser: true });
  } catch (e) {
    // Only what creates something may tell of a parent that is a file.
    if (purpose === 'CREATE' || !isHadoopError(e, 'ParentNotDirectoryException')) throw e;
    throw hadoopError('AccessControlException', e.message, e);
  }
  return iip;
}

/** @throws AccessControlException */
export function checkAccess(s: NamesystemState, iip: INodesInPath, caller: Caller, wanted: AccessCheck): void {
  if (s.config.permissionsEnabled) checkPermission(iip, caller, wanted);
}

/** @throws SafeModeException, as `Cannot delete /x. Name node is in safe mode.` and why */
export function checkNameNodeSafeMode(s: NamesystemState, now: number, doing: string): void {
  if (!s.safeMode.isOn) return;
  const tip = s.safeMode.tip(s.datanodes.liveCount, now);
  throw hadoopError(
    'SafeModeException',
    `${doing}. Name node is in safe mode.\n${tip} NamenodeHostName:${s.config.hostName}`,
  );
}

/** The state of blocks and of the storages that hold them (Hadoop's BlockManager). */
import type { Chooser } from '../command/chooser.ts';
import type { Counters } from '../command/counters.ts';
import { BlockMap } from './block-map.ts';
import type { BlocksConfig } from './blocks-config.ts';
import { DatanodeRegistry } from './datanode-registry.ts';
import type { BlockInfo, StorageInfo } from './model.ts';
import { Redundancy } from './redundancy.ts';
import { SafeMode } from './safe-mode.ts';

/** The DataNodes that others found slow: readers and new replicas avoid them. */
export interface SlowDatanodes {
  /** UUIDs of the DataNodes that get no new replicas. */
  readonly excluded: ReadonlySet<string>;
  /** Whether readers try other DataNodes first. */
  isReadLast(datanodeUuid: string): boolean;
}

export const NO_SLOW_DATANODES: SlowDatanodes = { excluded: new Set(), isReadLast: () => false };

/** The blocks of a storage that are still to be compared with its full report. */
export interface ReportSweep {
  readonly storage: StorageInfo;
  readonly epoch: number;
  readonly blocks: IterableIterator<[BlockInfo, number]>;
}

/** Where blocks are is soft state: DataNodes report it again after a restart. */
export class BlockManagerState {
  readonly config: BlocksConfig;
  readonly random: Chooser;
  readonly counters: Counters;
  readonly slow: SlowDatanodes;
  readonly blocks = new BlockMap();
  readonly datanodes = new DatanodeRegistry();
  readonly redundancy: Redundancy;
  readonly safeMode: SafeMode;
  /** Storages of dead DataNodes and failed volumes, whose replicas are not yet out of the block map. */
  readonly deadStorages: StorageInfo[] = [];
  /** Storages whose full report has ended, and their blocks that were not yet compared with it. */
  readonly sweeps: ReportSweep[] = [];
  /** Blocks whose number of replicas is to be looked at. */
  readonly toCheck: IterableIterator<BlockInfo>[] = [];
  /** Blocks whose recovery goes on, or begins when a DataNode of their pipeline is back. */
  readonly recovering = new Set<BlockInfo>();
  /** Open blocks from the store by the DataNodes of their pipelines that have not registered since the start. */
  readonly restoredPipelines = new Map<string, BlockInfo[]>();
  /** Times of the steady clock, in ms. */
  lastRedundancyRoundMs = 0;
  lastTickMs = 0;
  /** When the NameNode loaded the namespace. */
  readonly startedMs: number;

  constructor(parts: {
    config: BlocksConfig;
    random: Chooser;
    counters: Counters;
    startedMs: number;
    slow?: SlowDatanodes;
  }) {
    const { config } = parts;
    this.config = config;
    this.random = parts.random;
    this.counters = parts.counters;
    this.startedMs = parts.startedMs;
    this.slow = parts.slow ?? NO_SLOW_DATANODES;
    this.redundancy = new Redundancy(this.datanodes, config.maintenanceReplicationMin);
    this.safeMode = new SafeMode(config.safeMode);
  }
}

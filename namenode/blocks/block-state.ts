/** The state of blocks and of the storages that hold them (Hadoop: BlockManager). */
import type { Chooser } from '../command/chooser.ts';
import type { Counters } from '../command/counters.ts';
import type { BlocksConfig } from './blocks-config.ts';
import { BlockMap } from './locations/block-map.ts';
import { DatanodeRegistry } from './locations/datanode-registry.ts';
import type { BlockInfo, StorageInfo } from './locations/model.ts';
import { Redundancy } from './redundancy/redundancy.ts';
import { SafeMode } from './safe-mode.ts';

/** The DataNodes that other DataNodes found slow. Readers and new replicas avoid them. */
export interface SlowDatanodes {
  /** UUIDs of the DataNodes that receive no new replicas. */
  readonly excluded: ReadonlySet<string>;
  /** Returns true if readers should try other DataNodes first. */
  isReadLast(datanodeUuid: string): boolean;
}

export const NO_SLOW_DATANODES: SlowDatanodes = { excluded: new Set(), isReadLast: () => false };

/** The blocks of a storage that are still to be compared with the storage's full report. */
export interface ReportSweep {
  readonly storage: StorageInfo;
  readonly epoch: number;
  readonly blocks: IterableIterator<[BlockInfo, number]>;
}

/** The state of blocks. The locations of replicas are not stored: DataNodes report them again after a restart. */
export class BlockManagerState {
  readonly config: BlocksConfig;
  readonly random: Chooser;
  readonly counters: Counters;
  readonly slow: SlowDatanodes;
  readonly blocks = new BlockMap();
  readonly datanodes = new DatanodeRegistry();
  readonly redundancy: Redundancy;
  readonly safeMode: SafeMode;
  /** Storages of dead DataNodes and failed volumes that still have replicas in the block map. */
  readonly deadStorages: StorageInfo[] = [];
  /** Storages whose full report is complete, with the blocks that were not yet compared with it. */
  readonly sweeps: ReportSweep[] = [];
  /** Blocks whose number of replicas is still to be checked. */
  readonly toCheck: IterableIterator<BlockInfo>[] = [];
  /** Blocks in recovery, and blocks whose recovery begins when a DataNode of their pipeline registers. */
  readonly recovering = new Set<BlockInfo>();
  /**
   * Blocks of open files that were read from the store, by the UUID of each pipeline DataNode that has not registered
   * since the NameNode started.
   */
  readonly restoredPipelines = new Map<string, BlockInfo[]>();
  /** On the steady clock, in ms, as are the other two times. */
  lastRedundancyRoundMs = 0;
  lastTickMs = 0;
  /** Time at which the NameNode loaded the namespace. */
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

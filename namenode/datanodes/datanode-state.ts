/** The state of the cluster's DataNodes (Hadoop: DatanodeManager). None of it is stored. */
import type { BlockManagerState } from '../blocks/block-state.ts';
import type { BlockInfo, DatanodeDescriptor } from '../blocks/locations/model.ts';
import { BlockReportLeaseManager } from './block-report-leases.ts';
import type { DatanodesConfig } from './datanodes-config.ts';
import { type HostLists, NO_HOST_LISTS } from './hosts-file.ts';
import type { LeavingService } from './leaving-service.ts';
import type { SlowNodes } from './slow-nodes.ts';

const LEASE_IDS = 2 ** 47;

export class DatanodeManagerState {
  readonly config: DatanodesConfig;
  readonly blockManager: BlockManagerState;
  /** Undefined if the settings do not ask for reports of slow DataNodes. */
  readonly slowNodes: SlowNodes | undefined;
  /** Leases that allow DataNodes to send a full block report. */
  readonly reportLeases: BlockReportLeaseManager;
  /**
   * Returns the last blocks of all open files. Data that is being written exists only on the DataNodes of their
   * pipelines.
   */
  readonly openBlocks: () => Iterable<BlockInfo>;
  /** The DataNodes that may join, and those that are ordered to leave service. */
  hosts: HostLists = NO_HOST_LISTS;
  /** The progress of each DataNode that is being decommissioned or enters maintenance. */
  readonly leaving = new Map<DatanodeDescriptor, LeavingService>();

  constructor(parts: {
    config: DatanodesConfig;
    blockManager: BlockManagerState;
    slowNodes: SlowNodes | undefined;
    openBlocks: () => Iterable<BlockInfo>;
  }) {
    this.config = parts.config;
    this.blockManager = parts.blockManager;
    this.slowNodes = parts.slowNodes;
    // The first id is random, so that a lease from before a restart is not mistaken for one of this NameNode.
    const firstId = parts.blockManager.random.nextInt(LEASE_IDS);
    this.reportLeases = new BlockReportLeaseManager({ ...parts.config.reportLeases, firstId });
    this.openBlocks = parts.openBlocks;
  }
}

/** The state of the cluster's members (Hadoop's DatanodeManager). All of it is soft state. */
import type { BlockManagerState } from '../blocks/block-state.ts';
import type { BlockInfo, DatanodeDescriptor } from '../blocks/model.ts';
import { BlockReportLeaseManager } from './block-report-leases.ts';
import type { DatanodesConfig } from './datanodes-config.ts';
import { type HostLists, NO_HOST_LISTS } from './hosts-file.ts';
import type { LeavingService } from './leaving-service.ts';
import type { SlowNodes } from './slow-nodes.ts';

const LEASE_IDS = 2 ** 47;

export class DatanodeManagerState {
  readonly config: DatanodesConfig;
  readonly blockManager: BlockManagerState;
  /** Undefined when reports of slow DataNodes are not kept. */
  readonly slowNodes: SlowNodes | undefined;
  /** Which DataNodes may send a full block report now. */
  readonly reportLeases: BlockReportLeaseManager;
  /** Returns the last blocks of all open files: what is being written is on the DataNodes of their pipelines alone. */
  readonly openBlocks: () => Iterable<BlockInfo>;
  /** Which DataNodes may join, and which are to leave. */
  hosts: HostLists = NO_HOST_LISTS;
  /** DataNodes that are being decommissioned or enter maintenance, and how far each is. */
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
    // A random first id: no lease of an earlier NameNode is taken for one of this.
    const firstId = parts.blockManager.random.nextInt(LEASE_IDS);
    this.reportLeases = new BlockReportLeaseManager({ ...parts.config.reportLeases, firstId });
    this.openBlocks = parts.openBlocks;
  }
}

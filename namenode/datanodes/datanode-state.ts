/** The state of the cluster's members (Hadoop's DatanodeManager). All of it is soft state. */
import type { BlockManagerState } from '../blocks/block-state.ts';
import type { BlockInfo, DatanodeDescriptor } from '../blocks/model.ts';
import type { DatanodesConfig } from './datanodes-config.ts';
import { type HostLists, NO_HOST_LISTS } from './hosts-file.ts';
import type { LeavingService } from './leaving-service.ts';
import type { SlowNodes } from './slow-nodes.ts';

export class DatanodeManagerState {
  readonly config: DatanodesConfig;
  readonly blockManager: BlockManagerState;
  /** Undefined when reports of slow DataNodes are not kept. */
  readonly slowNodes: SlowNodes | undefined;
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
    this.openBlocks = parts.openBlocks;
  }
}

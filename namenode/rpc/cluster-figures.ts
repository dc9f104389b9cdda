/** The figures of the cluster as ClientProtocol's messages carry them. */

import type {
  DatanodeStorageReportProto,
  GetFsECBlockGroupStatsResponseProto,
  GetFsReplicatedBlockStatsResponseProto,
  GetFsStatsResponseProto,
} from '../../protocol/gen/messages.ts';
import { datanodeInfo } from '../blocks/located-blocks.ts';
import type { DatanodeDescriptor } from '../blocks/locations/model.ts';
import { clusterStats } from '../datanodes/stats.ts';
import type { NamesystemState } from '../namesystem/state.ts';

export function fsStats(state: NamesystemState): GetFsStatsResponseProto {
  const stats = clusterStats(state.datanodeManager);
  return {
    capacity: stats.capacity,
    used: stats.used,
    remaining: stats.remaining,
    under_replicated: stats.lowRedundancyBlocks,
    corrupt_blocks: stats.corruptBlocks,
    missing_blocks: stats.missingBlocks,
    missing_repl_one_blocks: stats.missingReplicationOneBlocks,
    blocks_in_future: stats.bytesInFuture,
    pending_deletion_blocks: stats.pendingDeletionBlocks,
  };
}

export function replicatedBlockStats(state: NamesystemState): GetFsReplicatedBlockStatsResponseProto {
  const stats = clusterStats(state.datanodeManager);
  return {
    low_redundancy: stats.lowRedundancyBlocks,
    corrupt_blocks: stats.corruptBlocks,
    missing_blocks: stats.missingBlocks,
    missing_repl_one_blocks: stats.missingReplicationOneBlocks,
    blocks_in_future: stats.bytesInFuture,
    pending_deletion_blocks: stats.pendingDeletionBlocks,
    highest_prio_low_redundancy_blocks: stats.highestPriorityLowRedundancyBlocks,
  };
}

/** There are no striped blocks. */
export const NO_BLOCK_GROUPS: GetFsECBlockGroupStatsResponseProto = {
  low_redundancy: 0,
  corrupt_blocks: 0,
  missing_blocks: 0,
  blocks_in_future: 0,
  pending_deletion_blocks: 0,
  highest_prio_low_redundancy_blocks: 0,
};

export function storageReport(datanode: DatanodeDescriptor): DatanodeStorageReportProto {
  return {
    datanodeInfo: datanodeInfo(datanode),
    storageReports: [...datanode.storages.values()].map((storage) => ({
      storageUuid: storage.uuid,
      failed: storage.failed,
      capacity: storage.capacity,
      dfsUsed: storage.dfsUsed,
      remaining: storage.remaining,
      blockPoolUsed: storage.blockPoolUsed,
      nonDfsUsed: storage.nonDfsUsed,
      storage: { storageUuid: storage.uuid, state: storage.state as 0, storageType: storage.type as 1 },
    })),
  };
}

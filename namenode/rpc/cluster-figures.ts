/** The figures of the cluster as ClientProtocol's messages carry them. */

import type { Configuration } from '../../conf/configuration.ts';
import {
  ChecksumTypeProto,
  type DatanodeStorageReportProto,
  type FsServerDefaultsProto,
  type GetFsECBlockGroupStatsResponseProto,
  type GetFsReplicatedBlockStatsResponseProto,
  type GetFsStatsResponseProto,
} from '../../protocol/gen/messages.ts';
import { datanodeInfo } from '../blocks/located-blocks.ts';
import type { DatanodeDescriptor } from '../blocks/locations/model.ts';
import { DEFAULT_STORAGE_POLICY } from '../blocks/redundancy/storage-policies.ts';
import { clusterStats } from '../datanodes/stats.ts';
import type { NamesystemState } from '../namesystem/state.ts';

const CHECKSUM_TYPES: Readonly<Record<string, ChecksumTypeProto>> = {
  NULL: ChecksumTypeProto.CHECKSUM_NULL,
  CRC32: ChecksumTypeProto.CHECKSUM_CRC32,
  CRC32C: ChecksumTypeProto.CHECKSUM_CRC32C,
};

export function serverDefaults(conf: Configuration): FsServerDefaultsProto {
  return {
    blockSize: conf.get('dfs.blocksize'),
    bytesPerChecksum: conf.get('dfs.bytes-per-checksum'),
    writePacketSize: conf.get('dfs.client-write-packet-size'),
    replication: conf.get('dfs.replication'),
    fileBufferSize: conf.get('io.file.buffer.size'),
    encryptDataTransfer: false,
    trashInterval: conf.get('fs.trash.interval'),
    checksumType: CHECKSUM_TYPES[conf.get('dfs.checksum.type')] ?? ChecksumTypeProto.CHECKSUM_CRC32C,
    keyProviderUri: '',
    policyId: DEFAULT_STORAGE_POLICY.policyId,
    snapshotTrashRootEnabled: false,
  };
}

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
    blocks_in_future: 0,
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
    blocks_in_future: 0,
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

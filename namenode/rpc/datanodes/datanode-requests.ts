/** Turns the requests of DataNodes into commands of the namesystem. Pure. */

import type {
  BlockReceivedAndDeletedRequestProto,
  BlockReportContextProto,
  CommitBlockSynchronizationRequestProto,
  DatanodeIDProto,
  DatanodeStorageProto,
  HeartbeatRequestProto,
  SlowPeerReportProto,
  StorageReportProto,
} from '../../../protocol/gen/messages.ts';
import { outlierMetricsOf } from '../../../protocol/slow-peers.ts';
import type { StorageFacts } from '../../blocks/locations/datanode-descriptor.ts';
import type { DatanodeId } from '../../blocks/locations/model.ts';
import { NO_LEASE } from '../../datanodes/block-report-leases.ts';
import type { SlowPeerReport } from '../../datanodes/slow-nodes.ts';
import type { Command } from '../../namesystem/namesystem.ts';

export const datanodeIdOf = (id: DatanodeIDProto): DatanodeId => ({ ...id, infoSecurePort: id.infoSecurePort ?? 0 });

export const storageOf = (storage: DatanodeStorageProto): StorageFacts => ({
  uuid: storage.storageUuid,
  type: storage.storageType,
  state: storage.state,
});

function storageReportOf(report: StorageReportProto): StorageFacts {
  return {
    ...(report.storage ? storageOf(report.storage) : { uuid: report.storageUuid }),
    failed: report.failed ?? false,
    capacity: report.capacity,
    dfsUsed: report.dfsUsed,
    remaining: report.remaining,
    blockPoolUsed: report.blockPoolUsed,
    nonDfsUsed: report.nonDfsUsed ?? 0,
  };
}

/** Returns nothing for a report that does not name the slow DataNode. */
function slowPeerOf(report: SlowPeerReportProto): SlowPeerReport[] {
  const { dataNodeId } = report;
  return dataNodeId === undefined ? [] : [{ slowNode: dataNodeId, metrics: outlierMetricsOf(report) }];
}

export function heartbeatCommand(id: DatanodeId, request: HeartbeatRequestProto): Command<'heartbeat'> {
  return {
    op: 'heartbeat',
    id,
    storages: request.reports.map(storageReportOf),
    xceiverCount: request.xceiverCount ?? 0,
    xmitsInProgress: request.xmitsInProgress ?? 0,
    failedVolumes: request.failedVolumes ?? 0,
    cacheCapacity: request.cacheCapacity ?? 0,
    cacheUsed: request.cacheUsed ?? 0,
    slowPeers: request.slowPeers.flatMap(slowPeerOf),
    wantsReportLease: request.requestFullBlockReportLease ?? false,
  };
}

export function incrementalReportCommand(
  id: DatanodeId,
  { blocks }: BlockReceivedAndDeletedRequestProto,
): Command<'incrementalBlockReport'> {
  return {
    op: 'incrementalBlockReport',
    id,
    storages: blocks.map((reported) => ({
      storage: reported.storage ? storageOf(reported.storage) : { uuid: reported.storageUuid },
      blocks: reported.blocks.map(({ block, status, deleteHint }) => ({
        id: block.blockId,
        genStamp: block.genStamp,
        numBytes: block.numBytes ?? 0,
        status,
        deleteHint,
      })),
    })),
  };
}

export function commitBlockSynchronizationCommand(
  request: CommitBlockSynchronizationRequestProto,
): Command<'commitBlockSynchronization'> {
  const { block } = request;
  return {
    op: 'commitBlockSynchronization',
    blockId: block.blockId,
    blockName: `${block.poolId}:blk_${block.blockId}_${block.generationStamp}`,
    newGenStamp: request.newGenStamp,
    newLength: request.newLength,
    closeFile: request.closeFile,
    deleteBlock: request.deleteBlock,
    targets: request.newTaragets.map((target, i) => ({
      datanodeUuid: target.datanodeUuid,
      storageUuid: request.newTargetStorages[i] ?? '',
    })),
  };
}

export function beginReportCommand(
  id: DatanodeId,
  report: BlockReportContextProto | undefined,
): Command<'beginBlockReport'> {
  return { op: 'beginBlockReport', id, reportId: report?.id ?? 0, leaseId: report?.leaseId ?? NO_LEASE };
}

/** The messages that a DataNode sends to its NameNode. */
import {
  type BlockReportRequestProto,
  type DatanodeRegistrationProto,
  type DatanodeStorageProto,
  DatanodeStorageProto_StorageState,
  type HeartbeatRequestProto,
  type SlowPeerReportProto,
  type StorageReceivedDeletedBlocksProto,
  type StorageReportProto,
  StorageTypeProto,
  type VolumeFailureSummaryProto,
} from '../../protocol/gen/messages.ts';
import { SOFTWARE_VERSION } from '../../protocol/version.ts';
import type { DatanodeMetrics } from '../metrics/metrics.ts';
import type { BlockStore } from '../replicas/block-store.ts';
import { DATANODE_LAYOUT_VERSION } from '../volumes/block-layout.ts';
import type { Namespace, Volume } from '../volumes/volume.ts';
import type { VolumeFailure } from '../volumes/volume-list.ts';
import { encodeBlockList, type ReportedReplica } from './block-report.ts';
import type { PendingBlock } from './incremental-report.ts';

export interface DatanodeAddresses {
  readonly ipAddr: string;
  readonly hostName: string;
  readonly xferPort: number;
  readonly infoPort: number;
  readonly ipcPort: number;
}

/** Returns the registration of this DataNode. */
export function registrationOf(
  datanodeUuid: string,
  addresses: DatanodeAddresses,
  namespace: Namespace,
): DatanodeRegistrationProto {
  return {
    datanodeID: { ...addresses, datanodeUuid },
    storageInfo: {
      layoutVersion: DATANODE_LAYOUT_VERSION,
      namespceID: namespace.namespaceId,
      clusterID: namespace.clusterId,
      cTime: namespace.cTime,
    },
    keys: {
      isBlockTokenEnabled: false,
      keyUpdateInterval: 0,
      tokenLifeTime: 0,
      currentKey: { keyId: 0, expiryDate: 0 },
      allKeys: [],
    },
    softwareVersion: SOFTWARE_VERSION,
  };
}

export function storageOf(volume: Volume): DatanodeStorageProto {
  return {
    storageUuid: volume.storageId,
    state: DatanodeStorageProto_StorageState.NORMAL,
    storageType: StorageTypeProto[volume.storageType],
  };
}

export function heartbeatOf(
  registration: DatanodeRegistrationProto,
  store: BlockStore,
  metrics: DatanodeMetrics,
  requestFullBlockReportLease: boolean,
  slowPeers: SlowPeerReportProto[],
): HeartbeatRequestProto {
  return {
    registration,
    reports: store.volumes.map(storageReportOf),
    xmitsInProgress: metrics.xmitsInProgress,
    xceiverCount: metrics.activeTransfers,
    failedVolumes: store.volumeFailures.length,
    volumeFailureSummary: failureSummaryOf(store.volumeFailures),
    cacheCapacity: 0,
    cacheUsed: 0,
    requestFullBlockReportLease,
    slowPeers,
    slowDisks: [],
  };
}

/** Returns the summary of failed volumes; undefined while all volumes work, because Hadoop leaves the field out then. */
function failureSummaryOf(failures: readonly VolumeFailure[]): VolumeFailureSummaryProto | undefined {
  if (failures.length === 0) return undefined;
  return {
    failedStorageLocations: failures.map((f) => f.directory).sort(),
    lastVolumeFailureDate: Math.max(...failures.map((f) => f.failedAtMs)),
    estimatedCapacityLostTotal: failures.reduce((sum, f) => sum + f.capacityLostBytes, 0),
  };
}

function storageReportOf(volume: Volume): StorageReportProto {
  const { capacityBytes, dfsUsedBytes, availableBytes, nonDfsUsedBytes } = volume.usage();
  return {
    storageUuid: volume.storageId,
    failed: false,
    capacity: capacityBytes,
    dfsUsed: dfsUsedBytes,
    remaining: availableBytes,
    blockPoolUsed: dfsUsedBytes,
    storage: storageOf(volume),
    nonDfsUsed: nonDfsUsedBytes,
  };
}

/** Returns the full block report: one request, or one for each volume if the blocks reach the split threshold. */
export function blockReportsOf(
  registration: DatanodeRegistrationProto,
  store: BlockStore,
  blockPoolId: string,
  context: { readonly id: number; readonly leaseId: string; readonly splitThreshold: number },
): BlockReportRequestProto[] {
  const byVolume = new Map<Volume, ReportedReplica[]>(store.volumes.map((v) => [v, []]));
  let total = 0;
  for (const { state, volume } of store.replicas()) {
    // A replica under recovery is reported in its state before the recovery.
    const reported = state.kind === 'RUR' ? state.original : state;
    if (reported.kind === 'TEMPORARY') continue;
    const { blockId, bytesOnDisk, generationStamp, kind } = reported;
    byVolume.get(volume)?.push({ blockId, bytesOnDisk, generationStamp, state: kind });
    total++;
  }
  const reports = [...byVolume].map(([volume, replicas]) => {
    const { numberOfBlocks, buffers } = encodeBlockList(replicas);
    return { storage: storageOf(volume), blocks: [], numberOfBlocks, blocksBuffers: buffers };
  });
  const parts = total < context.splitThreshold ? [reports] : reports.map((report) => [report]);
  return parts.map((part, curRpc) => ({
    registration,
    blockPoolId,
    reports: part,
    context: { totalRpcs: parts.length, curRpc, id: context.id, leaseId: context.leaseId },
  }));
}

export function receivedAndDeletedOf(
  pending: ReadonlyMap<string, readonly PendingBlock[]>,
  store: BlockStore,
): StorageReceivedDeletedBlocksProto[] {
  return [...pending].map(([storageUuid, blocks]) => {
    const volume = store.volumes.find((v) => v.storageId === storageUuid);
    return {
      storageUuid,
      storage: volume && storageOf(volume),
      blocks: blocks.map(({ block, status, deleteHint }) => ({
        block: { blockId: block.blockId, genStamp: block.generationStamp, numBytes: block.numBytes ?? 0 },
        status,
        deleteHint,
      })),
    };
  });
}

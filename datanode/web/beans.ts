/** The DataNode's beans at /jmx, under the names that Hadoop gives them. */
import { SOFTWARE_VERSION } from '../../protocol/version.ts';
import type { Bean } from '../../runtime/http/jmx.ts';
import type { DatanodeContext } from '../context/datanode-context.ts';
import type { NamenodeSession } from '../link/namenode-session.ts';

/** The parts of the DataNode that the beans and the summary page describe. */
export interface DatanodeFacts {
  readonly context: DatanodeContext;
  readonly session: NamenodeSession;
  readonly hostName: string;
  /** The data transfer server, whose port names a bean. */
  readonly xceivers: { readonly port: number };
  /** Milliseconds since the epoch. */
  readonly startedMs: number;
}

/** Returns the beans DataNodeInfo, DataNodeActivity and FSDatasetState, which Hadoop's monitoring reads. */
export function datanodeBeans({ context, session, hostName, xceivers, startedMs }: DatanodeFacts): Bean[] {
  const { store, metrics, peerMetrics } = context;
  const sums = { capacity: 0, used: 0, remaining: 0, blocks: 0 };
  const volumeInfo: Record<string, unknown> = {};
  for (const volume of store.volumes) {
    const { capacityBytes, dfsUsedBytes, availableBytes } = volume.usage();
    sums.capacity += capacityBytes;
    sums.used += dfsUsedBytes;
    sums.remaining += availableBytes;
    sums.blocks += volume.numBlocks;
    volumeInfo[volume.directory] = {
      usedSpace: dfsUsedBytes,
      freeSpace: availableBytes,
      reservedSpace: volume.reservedBytes,
      reservedSpaceForReplicas: volume.reservedForReplicasBytes,
      numBlocks: volume.numBlocks,
      storageType: volume.storageType,
    };
  }
  // Hadoop replaces the colon alone; the others would make the name malformed too, and with it the whole page.
  const activity = `DataNodeActivity-${hostName.replaceAll(/[:=",*?\n]/g, '-')}-${xceivers.port}`;
  return [
    {
      name: 'Hadoop:service=DataNode,name=DataNodeInfo',
      modelerType: 'org.apache.hadoop.hdfs.server.datanode.DataNode',
      Version: SOFTWARE_VERSION,
      SoftwareVersion: SOFTWARE_VERSION,
      DatanodeHostname: hostName,
      DNStartedTimeInMillis: startedMs,
      XceiverCount: metrics.xceiverCount,
      ActiveTransferThreadCount: metrics.activeTransfers,
      XmitsInProgress: metrics.xmitsInProgress,
      SendPacketDownstreamAvgInfo: peerMetrics?.averagesText() ?? null,
      ClusterId: session.namespace?.clusterId ?? '',
      VolumeInfo: JSON.stringify(volumeInfo),
      NamenodeAddresses: JSON.stringify({ [session.address]: store.blockPoolId ?? '' }),
      BPServiceActorInfo: JSON.stringify([
        {
          NamenodeAddress: session.address,
          NamenodeHaState: session.haState,
          BlockPoolID: store.blockPoolId ?? '',
          ActorState: session.registration ? 'RUNNING' : 'CONNECTING',
          LastHeartbeat: String(secondsAgo(context.clock.now(), session.lastHeartbeatMs)),
          LastBlockReport: String(secondsAgo(context.clock.now(), session.lastBlockReportMs)),
          isSlownode: String(session.isSlowNode),
        },
      ]),
    },
    {
      name: `Hadoop:service=DataNode,name=${activity}`,
      modelerType: activity,
      ...metrics,
    },
    {
      name: 'Hadoop:service=DataNode,name=FSDatasetState',
      modelerType: 'org.apache.hadoop.hdfs.server.datanode.fsdataset.impl.FsDatasetImpl',
      Capacity: sums.capacity,
      DfsUsed: sums.used,
      Remaining: sums.remaining,
      NumBlocks: sums.blocks,
      NumFailedVolumes: store.volumeFailures.length,
      FailedStorageLocations: store.volumeFailures.map((f) => f.directory),
      LastVolumeFailureDate: Math.max(0, ...store.volumeFailures.map((f) => f.failedAtMs)),
      EstimatedCapacityLostTotal: store.volumeFailures.reduce((sum, f) => sum + f.capacityLostBytes, 0),
    },
  ];
}

/** Returns the time since `thenMs` in seconds; -1 if `thenMs` is 0, that is, if the event has not happened yet. */
function secondsAgo(nowMs: number, thenMs: number): number {
  return thenMs === 0 ? -1 : Math.round((nowMs - thenMs) / 1000);
}

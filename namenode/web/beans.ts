/** The NameNode's beans at /jmx, under the names that Hadoop gives them. */

import { BUILD_VERSION, SOFTWARE_VERSION } from '../../protocol/version.ts';
import type { Bean } from '../../runtime/http/jmx.ts';
import { AdminState } from '../blocks/locations/admin-state.ts';
import { blockCount, totalOf, xferAddress } from '../blocks/locations/datanode-descriptor.ts';
import type { DatanodeDescriptor } from '../blocks/locations/model.ts';
import { reportedDatanodes } from '../datanodes/datanode-report.ts';
import { leavingServiceStatus } from '../datanodes/decommission.ts';
import { clusterStats } from '../datanodes/stats.ts';
import type { NamesystemDriver } from '../namesystem/driver.ts';
import type { NamesystemState } from '../namesystem/state.ts';
import type { NamespaceIdentity } from '../store/name-directory.ts';
import { type NameDirectoryState, nameDirectoriesBean, nameDirStatuses } from './name-directories.ts';

/** The parts of the NameNode that the beans describe. */
export interface NameNodeFacts {
  readonly driver: NamesystemDriver;
  readonly identity: NamespaceIdentity;
  readonly rpcAddress: { readonly host: string; readonly port: number };
  /** Milliseconds since the epoch. */
  readonly startedMs: number;
  /** The number of this start; see store-head.ts. */
  readonly epoch: number;
  readonly nameDirectories: () => readonly NameDirectoryState[];
}

export function nameNodeBeans(facts: NameNodeFacts): Bean[] {
  const now = facts.driver.now();
  return facts.driver.inspect('beans', (state) => [
    fsNamesystemBean(state, now),
    fsNamesystemStateBean(state, now),
    nameNodeInfoBean(facts, state, now),
    nameNodeStatusBean(facts, state, now),
    nameDirectoriesBean(facts.epoch, facts.nameDirectories()),
  ]);
}

/** Blocks and files: the metrics of Hadoop's FSNamesystem. */
export function fsNamesystemBean(state: NamesystemState, now: number): Bean {
  const stats = clusterStats(state.datanodeManager, now);
  return {
    name: 'Hadoop:service=NameNode,name=FSNamesystem',
    modelerType: 'FSNamesystem',
    CapacityTotal: stats.capacity,
    CapacityUsed: stats.used,
    CapacityRemaining: stats.remaining,
    CapacityUsedNonDFS: stats.nonDfsUsed,
    FilesTotal: state.namespace.tree.fileCount + state.namespace.tree.directoryCount,
    BlocksTotal: state.blockManager.blocks.size,
    NumActiveClients: state.namespace.leases.openFileCount,
    NumFilesUnderConstruction: state.namespace.leases.openFileCount,
    MissingBlocks: stats.missingBlocks,
    MissingReplOneBlocks: stats.missingReplicationOneBlocks,
    CorruptBlocks: stats.corruptBlocks,
    UnderReplicatedBlocks: stats.lowRedundancyBlocks,
    LowRedundancyBlocks: stats.lowRedundancyBlocks,
    LowRedundancyReplicatedBlocks: stats.lowRedundancyBlocks,
    CorruptReplicatedBlocks: stats.corruptBlocks,
    MissingReplicatedBlocks: stats.missingBlocks,
    MissingReplicationOneBlocks: stats.missingReplicationOneBlocks,
    HighestPriorityLowRedundancyReplicatedBlocks: stats.highestPriorityLowRedundancyBlocks,
    PendingReplicationBlocks: stats.pendingReplicationBlocks,
    PendingReconstructionBlocks: stats.pendingReplicationBlocks,
    NumTimedOutPendingReconstructions: stats.timedOutReplications,
    PendingDeletionBlocks: stats.pendingDeletionBlocks,
    PendingDeletionReplicatedBlocks: stats.pendingDeletionBlocks,
    BytesInFutureReplicatedBlocks: stats.bytesInFuture,
    BytesInFutureECBlockGroups: 0,
    ExcessBlocks: stats.excessBlocks,
    ScheduledReplicationBlocks: stats.scheduledReplicationBlocks,
    PostponedMisreplicatedBlocks: 0,
    PendingDataNodeMessageCount: 0,
    StaleDataNodes: stats.staleDatanodes,
    LastWrittenTransactionId: state.sequence,
    'tag.HAState': 'active',
  };
}

/** Hadoop's FSNamesystemMBean. */
export function fsNamesystemStateBean(state: NamesystemState, now: number): Bean {
  const stats = clusterStats(state.datanodeManager, now);
  return {
    name: 'Hadoop:service=NameNode,name=FSNamesystemState',
    modelerType: 'org.apache.hadoop.hdfs.server.namenode.FSNamesystem',
    FSState: state.blockManager.safeMode.isOn ? 'safeMode' : 'Operational',
    CapacityTotal: stats.capacity,
    CapacityUsed: stats.used,
    CapacityRemaining: stats.remaining,
    FilesTotal: state.namespace.tree.fileCount + state.namespace.tree.directoryCount,
    BlocksTotal: state.blockManager.blocks.size,
    UnderReplicatedBlocks: stats.lowRedundancyBlocks,
    PendingReplicationBlocks: stats.pendingReplicationBlocks,
    ScheduledReplicationBlocks: stats.scheduledReplicationBlocks,
    PendingDeletionBlocks: stats.pendingDeletionBlocks,
    NumLiveDataNodes: stats.liveDatanodes,
    NumDeadDataNodes: stats.deadDatanodes,
    NumStaleDataNodes: stats.staleDatanodes,
    NumDecommissioningDataNodes: stats.decommissioningDatanodes,
    NumDecomLiveDataNodes: stats.decommissionedLiveDatanodes,
    NumDecomDeadDataNodes: stats.decommissionedDeadDatanodes,
    NumInServiceLiveDataNodes:
      stats.liveDatanodes - stats.decommissionedLiveDatanodes - stats.inMaintenanceLiveDatanodes,
    NumInMaintenanceLiveDataNodes: stats.inMaintenanceLiveDatanodes,
    NumInMaintenanceDeadDataNodes: stats.inMaintenanceDeadDatanodes,
    NumEnteringMaintenanceDataNodes: stats.enteringMaintenanceDatanodes,
    VolumeFailuresTotal: stats.volumeFailures,
  };
}

/** Hadoop's NameNodeMXBean, as FSNamesystem implements it. */
function nameNodeInfoBean(
  { identity, startedMs, nameDirectories }: NameNodeFacts,
  state: NamesystemState,
  now: number,
): Bean {
  const stats = clusterStats(state.datanodeManager, now);
  const percent = (part: number) => (stats.capacity === 0 ? 0 : (part / stats.capacity) * 100);
  return {
    name: 'Hadoop:service=NameNode,name=NameNodeInfo',
    modelerType: 'org.apache.hadoop.hdfs.server.namenode.FSNamesystem',
    Version: `${SOFTWARE_VERSION}, ${BUILD_VERSION}`,
    SoftwareVersion: SOFTWARE_VERSION,
    ClusterId: identity.clusterId,
    BlockPoolId: identity.blockPoolId,
    NNStartedTimeInMillis: startedMs,
    NameDirStatuses: nameDirStatuses(nameDirectories()),
    Total: stats.capacity,
    Used: stats.used,
    Free: stats.remaining,
    NonDfsUsedSpace: stats.nonDfsUsed,
    BlockPoolUsedSpace: stats.blockPoolUsed,
    PercentUsed: percent(stats.used),
    PercentRemaining: percent(stats.remaining),
    TotalBlocks: state.blockManager.blocks.size,
    TotalFiles: state.namespace.tree.fileCount + state.namespace.tree.directoryCount,
    NumberOfMissingBlocks: stats.missingBlocks,
    NumberOfMissingBlocksWithReplicationFactorOne: stats.missingReplicationOneBlocks,
    Safemode: state.blockManager.safeMode.isOn
      ? `Safe mode is ON. ${state.blockManager.safeMode.tip(stats.liveDatanodes, now)}`
      : '',
    ...datanodeLists(state, now),
  };
}

/** Hadoop's NameNodeStatusMXBean. */
function nameNodeStatusBean({ rpcAddress }: NameNodeFacts, state: NamesystemState, now: number): Bean {
  return {
    name: 'Hadoop:service=NameNode,name=NameNodeStatus',
    modelerType: 'org.apache.hadoop.hdfs.server.namenode.NameNode',
    NNRole: 'NameNode',
    State: 'active',
    HostAndPort: `${rpcAddress.host}:${rpcAddress.port}`,
    SecurityEnabled: false,
    LastHATransitionTime: 0,
    BytesWithFutureGenerationStamps: state.blockManager.safeMode.future.bytes,
    SlowPeersReport: state.datanodeManager.slowNodes?.json(now) ?? null,
    SlowDisksReport: null,
  };
}

/** Returns the lists of DataNodes in NameNodeInfo. As in Hadoop, each list is a JSON text. */
export function datanodeLists(state: NamesystemState, now: number) {
  const list = (nodes: readonly DatanodeDescriptor[], facts: (node: DatanodeDescriptor) => object) =>
    JSON.stringify(Object.fromEntries(nodes.map((node) => [`${node.id.hostName}:${node.id.xferPort}`, facts(node)])));
  const all = reportedDatanodes(state.datanodeManager);
  const inState = (adminState: AdminState) => all.filter((n) => n.adminState === adminState);
  const facts = (node: DatanodeDescriptor) => nodeFacts(node, now);
  return {
    LiveNodes: list(
      all.filter((n) => n.alive),
      facts,
    ),
    DeadNodes: list(
      all.filter((n) => !n.alive),
      facts,
    ),
    DecomNodes: list(inState(AdminState.DECOMMISSION_INPROGRESS), (node) => {
      const status = leavingServiceStatus(state.datanodeManager.leaving.get(node));
      return {
        xferaddr: xferAddress(node.id),
        underReplicatedBlocks: status.underReplicated,
        decommissionOnlyReplicas: status.onlyOnLeaving,
        underReplicateInOpenFiles: status.inOpenFiles,
      };
    }),
    EnteringMaintenanceNodes: list(inState(AdminState.ENTERING_MAINTENANCE), (node) => {
      const status = leavingServiceStatus(state.datanodeManager.leaving.get(node));
      return {
        xferaddr: xferAddress(node.id),
        location: node.rack,
        underReplicatedBlocks: status.underReplicated,
        maintenanceOnlyReplicas: status.onlyOnLeaving,
        underReplicateInOpenFiles: status.inOpenFiles,
      };
    }),
  };
}

/** The texts of Hadoop's DatanodeInfo.AdminStates. */
const ADMIN_STATES: Record<AdminState, string> = {
  [AdminState.NORMAL]: 'In Service',
  [AdminState.DECOMMISSION_INPROGRESS]: 'Decommission In Progress',
  [AdminState.DECOMMISSIONED]: 'Decommissioned',
  [AdminState.ENTERING_MAINTENANCE]: 'Entering Maintenance',
  [AdminState.IN_MAINTENANCE]: 'In Maintenance',
};

function nodeFacts(node: DatanodeDescriptor, now: number) {
  return {
    infoAddr: `${node.id.ipAddr}:${node.id.infoPort}`,
    xferaddr: xferAddress(node.id),
    lastContact: Math.floor((now - node.lastHeartbeatMs) / 1000),
    usedSpace: totalOf(node, 'dfsUsed'),
    adminState: ADMIN_STATES[node.adminState],
    decommissioned: node.adminState === AdminState.DECOMMISSIONED,
    nonDfsUsedSpace: totalOf(node, 'nonDfsUsed'),
    capacity: totalOf(node, 'capacity'),
    numBlocks: blockCount(node),
    version: node.softwareVersion,
    used: totalOf(node, 'dfsUsed'),
    remaining: totalOf(node, 'remaining'),
    blockScheduled: node.scheduled + node.scheduledBefore,
    blockPoolUsed: totalOf(node, 'blockPoolUsed'),
    volfails: node.volumeFailures,
    location: node.rack,
    uuid: node.id.datanodeUuid,
  };
}

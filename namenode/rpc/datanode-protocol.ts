import * as DatanodeTable from '../../protocol/gen/datanode.ts';
import {
  type BlockReportContextProto,
  type DatanodeIDProto,
  type DatanodeRegistrationProto,
  type DatanodeStorageProto,
  type NamespaceInfoProto,
  NNHAStatusHeartbeatProto_State,
  type SlowPeerReportProto,
  type StorageReportProto,
} from '../../protocol/gen/messages.ts';
import type { RpcServer } from '../../protocol/rpc/server.ts';
import { SOFTWARE_VERSION } from '../../protocol/version.ts';
import { hadoopError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { decodeBlockReport } from '../blocks/block-report.ts';
import type { DatanodeId, StorageFacts } from '../blocks/datanode-descriptor.ts';
import { type BlockReportLeaseManager, NO_LEASE } from '../datanodes/block-report-leases.ts';
import { REGISTER_COMMAND, takeCommands } from '../datanodes/datanode-commands.ts';
import { ReportOrder } from '../datanodes/report-order.ts';
import type { SlowPeerReport } from '../datanodes/slow-nodes.ts';
import type { NamesystemDriver } from '../namesystem/driver.ts';
import { NAMENODE_LAYOUT_VERSION, type NamespaceIdentity } from '../store/name-directory.ts';

/** NamespaceInfo.Capability.STORAGE_BLOCK_REPORT_BUFFERS. */
const CAPABILITIES = 1;
/** Replicas of a full block report that are taken in before others get a turn: a few ms. */
const REPORT_PART_REPLICAS = 2000;

export interface DatanodeServiceOptions {
  readonly driver: NamesystemDriver;
  readonly identity: NamespaceIdentity;
  readonly reportLeases: BlockReportLeaseManager;
  readonly log: Logger;
}

const idOf = (id: DatanodeIDProto): DatanodeId => ({ ...id, infoSecurePort: id.infoSecurePort ?? 0 });

const storageOf = (storage: DatanodeStorageProto): StorageFacts => ({
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

/** None for a report that does not say whom it is about. */
function slowPeerOf(report: SlowPeerReportProto): SlowPeerReport[] {
  const { dataNodeId, aggregateLatency = 0, median = 0, mad = 0, upperLimitLatency = 0 } = report;
  if (dataNodeId === undefined) return [];
  const metrics = {
    actualLatencyMs: aggregateLatency,
    medianMs: median,
    madMs: mad,
    upperLimitMs: upperLimitLatency,
  };
  return [{ slowNode: dataNodeId, metrics }];
}

/** The answer to versionRequest. */
export function namespaceInfo(identity: NamespaceIdentity): NamespaceInfoProto {
  return {
    buildVersion: 'calf',
    unused: 0,
    blockPoolID: identity.blockPoolId,
    storageInfo: {
      layoutVersion: NAMENODE_LAYOUT_VERSION,
      namespceID: identity.namespaceId,
      clusterID: identity.clusterId,
      cTime: identity.cTime,
    },
    softwareVersion: SOFTWARE_VERSION,
    capabilities: CAPABILITIES,
    state: NNHAStatusHeartbeatProto_State.ACTIVE,
  };
}

/** DatanodeProtocol: what DataNodes, ours and Hadoop's, call. */
export function serveDatanodes(server: RpcServer, options: DatanodeServiceOptions): void {
  const { driver, identity, reportLeases, log } = options;
  /** A DataNode's reports are taken in one after the other, however many slices each needs. */
  const tails = new Map<string, Promise<void>>();
  const order = new ReportOrder();

  function inOrder(uuid: string, job: () => Promise<void>): Promise<void> {
    const before = tails.get(uuid);
    const after = before === undefined ? job() : before.then(job);
    const tail = after.catch(() => undefined);
    tails.set(uuid, tail);
    void tail.then(() => {
      if (tails.get(uuid) === tail) tails.delete(uuid);
    });
    return after;
  }

  function checkNode(registration: DatanodeRegistrationProto): DatanodeId {
    const { storageInfo: theirs, datanodeID } = registration;
    if (theirs.namespceID !== identity.namespaceId || theirs.clusterID !== identity.clusterId) {
      throw hadoopError(
        'UnregisteredNodeException',
        `Registration IDs mismatched: the DatanodeRegistration ID is NS-${theirs.namespceID}-${theirs.clusterID} ` +
          `but the expected ID is NS-${identity.namespaceId}-${identity.clusterId}`,
      );
    }
    return idOf(datanodeID);
  }

  /** @throws InvalidBlockReportLeaseException: the DataNode asks for a lease anew */
  function checkLease({ datanodeUuid }: DatanodeId, context: BlockReportContextProto | undefined): void {
    const { id = 0, leaseId = NO_LEASE } = context ?? {};
    if (reportLeases.isValid(datanodeUuid, leaseId, driver.now())) return;
    const hex = (digits: number | string): string => BigInt.asUintN(64, BigInt(digits)).toString(16);
    throw hadoopError(
      'InvalidBlockReportLeaseException',
      `Block report 0x${hex(id)} was rejected as lease 0x${hex(leaseId)} is invalid`,
    );
  }

  server.addProtocol(DatanodeTable, {
    versionRequest: () => ({ info: namespaceInfo(identity) }),

    registerDatanode: async ({ registration }, call) => {
      // The address is the connection's: what a DataNode believes of itself may be of no use to others.
      const datanodeID = { ...registration.datanodeID, ipAddr: call.remoteAddress };
      const id = checkNode({ ...registration, datanodeID });
      await driver.applySoft({ op: 'registerDatanode', id, softwareVersion: registration.softwareVersion });
      return { registration: { ...registration, datanodeID, storageInfo: registration.storageInfo } };
    },

    sendHeartbeat: async (request) => {
      const id = checkNode(request.registration);
      const known = await driver.applySoft({
        op: 'heartbeat',
        id,
        storages: request.reports.map(storageReportOf),
        xceiverCount: request.xceiverCount ?? 0,
        xmitsInProgress: request.xmitsInProgress ?? 0,
        failedVolumes: request.failedVolumes ?? 0,
        cacheCapacity: request.cacheCapacity ?? 0,
        cacheUsed: request.cacheUsed ?? 0,
        slowPeers: request.slowPeers.flatMap(slowPeerOf),
      });
      const datanode = driver.state.datanodes.registered(id);
      const cmds = known && datanode !== undefined ? takeCommands(driver.state, datanode) : [REGISTER_COMMAND];
      // A replica may go only when what made it superfluous can't be undone by a crash.
      if (known && cmds.length > 0) await driver.flushed();
      return {
        cmds,
        haStatus: { state: NNHAStatusHeartbeatProto_State.ACTIVE, txid: driver.state.sequence },
        fullBlockReportLeaseId:
          known && request.requestFullBlockReportLease ? reportLeases.request(id.datanodeUuid, driver.now()) : NO_LEASE,
        isSlownode: driver.state.slowNodes?.isSlow(id.datanodeUuid) ?? false,
      };
    },

    blockReport: async ({ registration, reports, context }, call) => {
      const id = checkNode(registration);
      if (driver.state.datanodes.registered(id) === undefined) return { cmd: REGISTER_COMMAND };
      checkLease(id, context);
      await inOrder(id.datanodeUuid, async () => {
        if (order.isLate(id.datanodeUuid, call)) return;
        for (const report of reports) {
          const storage = storageOf(report.storage);
          let first = true;
          for (const replicas of decodeBlockReport(report, REPORT_PART_REPLICAS)) {
            await driver.applySoft({ op: 'blockReport', id, storage, replicas, first, last: false });
            first = false;
            await new Promise((resolve) => setImmediate(resolve));
          }
          await driver.applySoft({ op: 'blockReport', id, storage, replicas: [], first, last: true });
        }
        order.taken(id.datanodeUuid, call);
      });
      if (context && context.totalRpcs === context.curRpc + 1) reportLeases.remove(id.datanodeUuid);
      driver.notifyReplicaReported();
      return {};
    },

    blockReceivedAndDeleted: async ({ registration, blocks }, call) => {
      const id = checkNode(registration);
      await inOrder(id.datanodeUuid, async () => {
        if (order.isLate(id.datanodeUuid, call)) return;
        await driver.applySoft({
          op: 'incrementalBlockReport',
          id,
          storages: blocks.map((b) => ({
            storage: b.storage ? storageOf(b.storage) : { uuid: b.storageUuid },
            blocks: b.blocks.map(({ block, status, deleteHint }) => ({
              id: block.blockId,
              genStamp: block.genStamp,
              numBytes: block.numBytes ?? 0,
              status,
              deleteHint,
            })),
          })),
        });
        order.taken(id.datanodeUuid, call);
      });
      driver.notifyReplicaReported();
      return {};
    },

    cacheReport: () => ({}),

    errorReport: (request) => {
      const id = idOf(request.registartion.datanodeID);
      log.warn({ datanode: id.datanodeUuid, errorCode: request.errorCode }, `DataNode reports: ${request.msg}`);
      return {};
    },

    reportBadBlocks: async ({ blocks }) => {
      const replicas = blocks.flatMap((located) =>
        located.locs.map((loc) => ({
          blockId: located.b.blockId,
          genStamp: located.b.generationStamp,
          datanodeUuid: loc.id.datanodeUuid,
        })),
      );
      await driver.applySoft({ op: 'reportBadBlocks', replicas });
      return {};
    },

    commitBlockSynchronization: async (request) => {
      await driver.apply({
        op: 'commitBlockSynchronization',
        blockId: request.block.blockId,
        blockName: `${request.block.poolId}:blk_${request.block.blockId}_${request.block.generationStamp}`,
        newGenStamp: request.newGenStamp,
        newLength: request.newLength,
        closeFile: request.closeFile,
        deleteBlock: request.deleteBlock,
        targets: request.newTaragets.map((target, i) => ({
          datanodeUuid: target.datanodeUuid,
          storageUuid: request.newTargetStorages[i] ?? '',
        })),
      });
      return {};
    },
  });
}

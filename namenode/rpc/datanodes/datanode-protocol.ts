/** DatanodeProtocol: all methods that DataNodes, ours and Hadoop's, call. */
import * as DatanodeTable from '../../../protocol/gen/datanode.ts';
import { NNHAStatusHeartbeatProto_State } from '../../../protocol/gen/messages.ts';
import { tellsOfOldCopy } from '../../../protocol/old-copy-report.ts';
import type { RpcServer } from '../../../protocol/rpc/server.ts';
import { xferAddress } from '../../blocks/locations/datanode-descriptor.ts';
import { NO_LEASE } from '../../datanodes/block-report-leases.ts';
import { REGISTER_COMMAND } from '../../datanodes/datanode-commands.ts';
import type { NamesystemDriver } from '../../namesystem/driver.ts';
import type { CheckSuperuser } from '../context/access.ts';
import { badReplicasOf } from '../context/bad-replicas.ts';
import { DATANODE_ACCESS } from '../context/method-access.ts';
import { empty, type MethodTable, serveTable } from '../context/method-table.ts';
import { namespaceInfo } from '../context/namespace-info.ts';
import type { DatanodeContext } from './datanode-context.ts';
import * as Request from './datanode-requests.ts';
import { takeBlockReport } from './full-block-report.ts';

export const DATANODE_PROTOCOL = {
  versionRequest: ({ identity }) => ({ info: namespaceInfo(identity) }),

  registerDatanode: async (context, { registration }, call) => {
    // The connection's address counts: other nodes may not reach the address that a DataNode takes for its own.
    const datanodeID = { ...registration.datanodeID, ipAddr: call.remoteAddress };
    const id = context.checkNode({ ...registration, datanodeID });
    await context.reportTurns.register(id.datanodeUuid, call, xferAddress(id));
    const { softwareVersion } = registration;
    await context.driver.applySoft({ op: 'registerDatanode', id, softwareVersion });
    return { registration: { ...registration, datanodeID } };
  },

  sendHeartbeat: async (context, request, call) => {
    const { driver, reportTurns } = context;
    const id = context.checkNode(request.registration);
    const standing = reportTurns.heartbeat(id.datanodeUuid, call);
    if (standing !== 'current') return answerToOther(driver, standing);
    const answer = await driver.applySoft(Request.heartbeatCommand(id, request));
    // A replica may be deleted only when a crash can't undo the change that made it superfluous.
    if (answer.isRegistered && answer.commands.length > 0) await driver.flushed();
    return {
      cmds: answer.commands,
      haStatus: haStatus(driver),
      fullBlockReportLeaseId: answer.reportLeaseId,
      isSlownode: answer.isSlow,
    };
  },

  blockReport: async (context, { registration, reports, context: report }, call) => {
    const { driver, reportTurns } = context;
    const id = context.checkNode(registration);
    const isRegistered = await driver.applySoft(Request.beginReportCommand(id, report));
    if (!isRegistered) return { cmd: REGISTER_COMMAND };
    await reportTurns.take(id.datanodeUuid, call, () => takeBlockReport(driver, id, reports));
    const isLastOfReport = report !== undefined && report.totalRpcs === report.curRpc + 1;
    if (isLastOfReport) await driver.applySoft({ op: 'endBlockReport', id });
    driver.notifyReplicaReported();
    return {};
  },

  blockReceivedAndDeleted: async (context, request, call) => {
    const { driver, reportTurns } = context;
    const id = context.checkNode(request.registration);
    await reportTurns.take(id.datanodeUuid, call, async () => {
      await driver.applySoft(Request.incrementalReportCommand(id, request));
    });
    driver.notifyReplicaReported();
    return {};
  },

  // There is no caching of blocks.
  cacheReport: empty,

  errorReport: async ({ driver, log }, { registartion, errorCode, msg }) => {
    log.warn({ datanode: registartion.datanodeID.datanodeUuid, errorCode }, `DataNode reports: ${msg}`);
    if (tellsOfOldCopy(msg)) await driver.applySoft({ op: 'noteCopy' });
    return {};
  },

  reportBadBlocks: async ({ driver }, { blocks }) => {
    await driver.applySoft({ op: 'reportBadBlocks', replicas: badReplicasOf(blocks) });
    return {};
  },

  commitBlockSynchronization: async ({ driver }, request) => {
    await driver.apply(Request.commitBlockSynchronizationCommand(request));
    return {};
  },
} satisfies Required<MethodTable<typeof DatanodeTable, DatanodeContext>>;

const haStatus = (driver: NamesystemDriver) => ({
  state: NNHAStatusHeartbeatProto_State.ACTIVE,
  txid: driver.lastTransaction,
});

/** Answers a process whose place another process of the same DataNode has. One that is known to live must register. */
const answerToOther = (driver: NamesystemDriver, standing: 'former' | 'returns') => ({
  cmds: standing === 'returns' ? [REGISTER_COMMAND] : [],
  haStatus: haStatus(driver),
  fullBlockReportLeaseId: NO_LEASE,
  isSlownode: false,
});

export function serveDatanodes(server: RpcServer, context: DatanodeContext, checkSuperuser: CheckSuperuser): void {
  serveTable(server, {
    protocol: DatanodeTable,
    table: DATANODE_PROTOCOL,
    access: DATANODE_ACCESS,
    context,
    checkSuperuser,
  });
}

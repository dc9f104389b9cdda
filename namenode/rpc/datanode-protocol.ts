/** DatanodeProtocol: all methods that DataNodes, ours and Hadoop's, call. */
import * as DatanodeTable from '../../protocol/gen/datanode.ts';
import { NNHAStatusHeartbeatProto_State } from '../../protocol/gen/messages.ts';
import type { RpcServer } from '../../protocol/rpc/server.ts';
import { NO_LEASE } from '../datanodes/block-report-leases.ts';
import { REGISTER_COMMAND, takeCommands } from '../datanodes/datanode-commands.ts';
import { badReplicasOf } from './bad-replicas.ts';
import type { DatanodeContext } from './datanode-context.ts';
import * as Request from './datanode-requests.ts';
import { takeBlockReport } from './full-block-report.ts';
import { empty, type MethodTable, serveTable } from './method-table.ts';
import { namespaceInfo } from './namespace-info.ts';

export const DATANODE_PROTOCOL = {
  versionRequest: ({ identity }) => ({ info: namespaceInfo(identity) }),

  registerDatanode: async (context, { registration }, call) => {
    // The connection's address counts: other nodes may not reach the address that a DataNode takes for its own.
    const datanodeID = { ...registration.datanodeID, ipAddr: call.remoteAddress };
    const id = context.checkNode({ ...registration, datanodeID });
    const { softwareVersion } = registration;
    await context.driver.applySoft({ op: 'registerDatanode', id, softwareVersion });
    return { registration: { ...registration, datanodeID } };
  },

  sendHeartbeat: async (context, request) => {
    const { driver, reportLeases } = context;
    const id = context.checkNode(request.registration);
    const known = await driver.applySoft(Request.heartbeatCommand(id, request));
    const datanode = driver.state.blockManager.datanodes.registered(id);
    const cmds =
      known && datanode !== undefined ? takeCommands(driver.state.datanodeManager, datanode) : [REGISTER_COMMAND];
    // A replica may be deleted only when a crash can't undo the change that made it superfluous.
    if (known && cmds.length > 0) await driver.flushed();
    const wantsLease = known && request.requestFullBlockReportLease;
    return {
      cmds,
      haStatus: { state: NNHAStatusHeartbeatProto_State.ACTIVE, txid: driver.state.sequence },
      fullBlockReportLeaseId: wantsLease ? reportLeases.request(id.datanodeUuid, driver.now()) : NO_LEASE,
      isSlownode: driver.state.datanodeManager.slowNodes?.isSlow(id.datanodeUuid) ?? false,
    };
  },

  blockReport: async (context, { registration, reports, context: report }, call) => {
    const { driver, reportLeases, reportTurns } = context;
    const id = context.checkNode(registration);
    if (driver.state.blockManager.datanodes.registered(id) === undefined) return { cmd: REGISTER_COMMAND };
    context.checkReportLease(id, report);
    await reportTurns.take(id.datanodeUuid, call, () => takeBlockReport(driver, id, reports));
    const isLastOfReport = report !== undefined && report.totalRpcs === report.curRpc + 1;
    if (isLastOfReport) reportLeases.remove(id.datanodeUuid);
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

  errorReport: ({ log }, { registartion, errorCode, msg }) => {
    log.warn({ datanode: registartion.datanodeID.datanodeUuid, errorCode }, `DataNode reports: ${msg}`);
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

export function serveDatanodes(server: RpcServer, context: DatanodeContext): void {
  serveTable(server, DatanodeTable, DATANODE_PROTOCOL, context);
}

/** A NameNode for tests of DataNodes. */

import type { ReportedReplica } from '../../../datanode/link/block-report.ts';
import * as Datanode from '../../../protocol/gen/datanode.ts';
import {
  type BlockReportRequestProto,
  type DatanodeCommandProto,
  type ExtendedBlockProto,
  type HeartbeatRequestProto,
  NNHAStatusHeartbeatProto_State,
  type ReceivedDeletedBlockInfoProto,
} from '../../../protocol/gen/messages.ts';
import { RpcServer } from '../../../protocol/rpc/server.ts';
import { Bug } from '../../../runtime/bug.ts';
import { hadoopError } from '../../../runtime/errors.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { systemClock } from '../../../runtime/runtime.ts';
import { decodeBlockList } from './block-list.ts';
import { POOL } from './blocks.ts';

/** A NameNode that agrees to everything and records the requests of its DataNodes. */
export class FakeNameNode {
  clusterId = 'CID-1';
  registrations = 0;
  /** The lease for a full block report: a number of 64 bits, as a Hadoop NameNode gives it. */
  reportLease = '-8234567890123456789';
  isSlowNode = false;
  /** The last transaction, as heartbeats are told. */
  transaction = 1;
  readonly heartbeats: HeartbeatRequestProto[] = [];
  readonly blockReports: BlockReportRequestProto[] = [];
  readonly told: ReceivedDeletedBlockInfoProto[] = [];
  readonly badBlocks: ExtendedBlockProto[] = [];
  readonly errors: { errorCode: number; msg: string; reportsBefore: number }[] = [];
  readonly synchronizations: { newLength: number; newGenStamp: number; deleteBlock: boolean; targets: number }[] = [];
  /** Commands that the next heartbeat of the DataNode with that uuid gets; '' stands for any DataNode. */
  readonly commands: { uuid: string; command: DatanodeCommandProto }[] = [];
  port = 0;
  #server: RpcServer | undefined;

  async start(): Promise<this> {
    const server = new RpcServer({
      name: 'NameNode',
      failureOf: (...of) => new Bug(...of),
      log: silentLogger,
      clock: systemClock,
    });
    server.addProtocol(Datanode, {
      versionRequest: () => ({
        info: {
          buildVersion: 'x',
          unused: 0,
          blockPoolID: POOL,
          storageInfo: { layoutVersion: -66, namespceID: 7, clusterID: this.clusterId, cTime: 2 },
          softwareVersion: '3.4.2',
          capabilities: 1,
        },
      }),
      registerDatanode: ({ registration }) => {
        this.registrations++;
        return { registration };
      },
      sendHeartbeat: (request) => {
        this.heartbeats.push(request);
        const { datanodeUuid } = request.registration.datanodeID;
        const mine = this.commands.filter(({ uuid }) => uuid === '' || uuid === datanodeUuid);
        for (const taken of mine) this.commands.splice(this.commands.indexOf(taken), 1);
        return {
          cmds: mine.map((m) => m.command),
          haStatus: { state: NNHAStatusHeartbeatProto_State.ACTIVE, txid: this.transaction },
          fullBlockReportLeaseId: request.requestFullBlockReportLease ? this.reportLease : '0',
          isSlownode: this.isSlowNode,
        };
      },
      blockReport: (request) => {
        const { id = 0, leaseId = '0' } = request.context ?? {};
        if (leaseId !== '0' && leaseId !== this.reportLease) {
          const message = `Block report 0x${id.toString(16)} was rejected as lease ${leaseId} is invalid`;
          throw hadoopError('InvalidBlockReportLeaseException', message);
        }
        this.blockReports.push(request);
        return {};
      },
      blockReceivedAndDeleted: ({ blocks }) => {
        for (const storage of blocks) this.told.push(...storage.blocks);
        return {};
      },
      reportBadBlocks: ({ blocks }) => {
        this.badBlocks.push(...blocks.map((b) => b.b));
        return {};
      },
      errorReport: ({ errorCode, msg }) => {
        this.errors.push({ errorCode, msg, reportsBefore: this.blockReports.length });
        return {};
      },
      commitBlockSynchronization: ({ newLength, newGenStamp, deleteBlock, newTaragets }) => {
        this.synchronizations.push({ newLength, newGenStamp, deleteBlock, targets: newTaragets.length });
        return {};
      },
    });
    this.#server = server;
    this.port = (await server.listen(this.port, '127.0.0.1')).port;
    return this;
  }

  /** Returns the replicas of the newest full block report. */
  reported(): ReportedReplica[] {
    const last = this.blockReports.at(-1);
    return (last?.reports ?? []).flatMap((r) => decodeBlockList(r.blocksBuffers, r.numberOfBlocks));
  }

  async stop(): Promise<void> {
    await this.#server?.close();
  }
}

/** The calls of DatanodeProtocol to one NameNode, and the facts that its answers hold. */
import * as Datanode from '../../protocol/gen/datanode.ts';
import {
  type CommitBlockSynchronizationRequestProto,
  type DatanodeCommandProto,
  type DatanodeInfoProto,
  type DatanodeRegistrationProto,
  ErrorReportRequestProto_ErrorCode,
  type ExtendedBlockProto,
  NNHAStatusHeartbeatProto_State,
} from '../../protocol/gen/messages.ts';
import { oldCopyReport } from '../../protocol/old-copy-report.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { hadoopError, isHadoopError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Clock, Random } from '../../runtime/runtime.ts';
import { FatalLinkError } from '../context/fatal-link-error.ts';
import type { DatanodeMetrics } from '../metrics/metrics.ts';
import type { DatanodePeerMetrics } from '../metrics/peer-metrics.ts';
import type { BlockStore } from '../replicas/block-store.ts';
import type { BugTrap } from '../replicas/bug-trap.ts';
import type { Namespace } from '../volumes/volume.ts';
import type { IncrementalReport } from './incremental-report.ts';
import {
  blockReportsOf,
  type DatanodeAddresses,
  heartbeatOf,
  receivedAndDeletedOf,
  registrationOf,
} from './namenode-messages.ts';

export interface NamenodeSessionOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly store: BlockStore;
  readonly bugs: BugTrap;
  readonly metrics: DatanodeMetrics;
  readonly peerMetrics: DatanodePeerMetrics | undefined;
  /** Changes of blocks that the NameNode has not heard of yet. */
  readonly pending: IncrementalReport;
  readonly blockReportSplitThreshold: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** The id that stands for no lease. */
const NO_LEASE = '0';
/** The time limit of a call. */
const CALL_TIMEOUT_MS = 60_000;

/** Makes the calls of DatanodeProtocol to one NameNode. namenode-link.ts decides when each call is due. */
export class NamenodeSession {
  readonly #o: NamenodeSessionOptions;
  readonly #client: RpcClient;
  #registration: DatanodeRegistrationProto | undefined;
  #namespace: Namespace | undefined;
  #reportLease = NO_LEASE;
  /** The highest transaction of the NameNode that a heartbeat was answered with. */
  #lastTransaction = 0;
  lastHeartbeatMs = 0;
  lastBlockReportMs = 0;
  haState = 'unknown';
  /** Whether the NameNode has found that this node slows pipelines down. */
  isSlowNode = false;

  constructor(options: NamenodeSessionOptions) {
    this.#o = options;
    const { host, port, user } = options;
    const protocol = Datanode.PROTOCOL;
    this.#client = new RpcClient({ host, port, user, protocol, connectRetriesMax: 0, callTimeoutMs: CALL_TIMEOUT_MS });
  }

  get address(): string {
    return `${this.#o.host}:${this.#o.port}`;
  }

  get registration(): DatanodeRegistrationProto | undefined {
    return this.#registration;
  }

  /** This DataNode as the NameNode has registered it; undefined before that. */
  get self(): DatanodeInfoProto | undefined {
    return this.#registration && { id: this.#registration.datanodeID };
  }

  /** Whether a full block report may be sent now. */
  get hasReportLease(): boolean {
    return this.#reportLease !== NO_LEASE;
  }

  get namespace(): Namespace | undefined {
    return this.#namespace;
  }

  /**
   * Asks the NameNode for its cluster, joins that cluster and registers.
   * @throws FatalLinkError if the volumes are of another cluster
   */
  async handshake(addresses: DatanodeAddresses): Promise<void> {
    const { store, bugs, log, pending } = this.#o;
    const { info } = await this.#client.call(Datanode.versionRequest, {});
    const { storageInfo } = info;
    const namespace: Namespace = {
      blockPoolId: info.blockPoolID,
      clusterId: storageInfo.clusterID,
      namespaceId: storageInfo.namespceID,
      cTime: storageInfo.cTime,
    };
    try {
      await store.attach(namespace);
    } catch (e) {
      const err = bugs.failureOf('BlockStore.attach', namespace, e);
      throw new FatalLinkError(err.message, { cause: err });
    }
    this.#namespace = namespace;
    const registration = registrationOf(store.datanodeUuid, addresses, namespace);
    const answer = await this.#client.call(Datanode.registerDatanode, { registration });
    const { datanodeUuid } = answer.registration.datanodeID;
    if (datanodeUuid !== store.datanodeUuid) {
      const message = `Inconsistent Datanode IDs. Name-node returned ${datanodeUuid}. Expecting ${store.datanodeUuid}`;
      throw new FatalLinkError(message);
    }
    // The NameNode's answer has the address that others reach this DataNode at. Later calls send it back unchanged.
    this.#registration = { ...answer.registration, storageInfo: registration.storageInfo };
    this.#reportLease = NO_LEASE;
    // The full report that follows has all pending changes.
    pending.clear();
    log.info({ namenode: this.address, blockPool: namespace.blockPoolId, datanodeUuid }, 'registered');
  }

  /**
   * Sends a heartbeat.
   * @param wantsToReport whether a full block report is due; the NameNode may then grant a lease for it
   * @returns the commands of the NameNode
   */
  async sendHeartbeat(wantsToReport: boolean): Promise<DatanodeCommandProto[]> {
    const { store, metrics, peerMetrics, clock } = this.#o;
    const slowPeers = peerMetrics?.dueReport();
    const wantsLease = wantsToReport && !this.hasReportLease;
    const request = heartbeatOf(this.#registered(), store, metrics, wantsLease, slowPeers ?? []);
    const response = await this.#client.call(Datanode.sendHeartbeat, request);
    if (slowPeers) peerMetrics?.reported();
    const { fullBlockReportLeaseId = NO_LEASE } = response;
    if (fullBlockReportLeaseId !== NO_LEASE) this.#reportLease = fullBlockReportLeaseId;
    this.lastHeartbeatMs = clock.now();
    metrics.HeartbeatsNumOps++;
    this.isSlowNode = response.isSlownode ?? false;
    await this.#noteTransaction(response.haStatus.txid);
    this.haState = NAMES_OF_STATES.get(response.haStatus.state) ?? 'unknown';
    return response.cmds;
  }

  /** Tells a NameNode whose transactions have gone back, before it is sent any report of blocks. */
  async #noteTransaction(transaction: number): Promise<void> {
    if (transaction < this.#lastTransaction) {
      const message = oldCopyReport(this.#lastTransaction, transaction);
      await this.#errorReport(ErrorReportRequestProto_ErrorCode.NOTIFY, message);
    }
    this.#lastTransaction = transaction;
  }

  /** Reports all replicas. Pending changes are sent first, so that no older news follows the report. */
  async sendBlockReport(): Promise<DatanodeCommandProto[]> {
    const { store, clock, random, metrics, blockReportSplitThreshold: splitThreshold, log } = this.#o;
    await this.sendIncremental();
    const startMs = clock.monotonicMs();
    // A report without a lease does not count towards the NameNode's limit on reports.
    const context = { id: random.nextInt(2 ** 47), leaseId: this.#reportLease, splitThreshold };
    const requests = blockReportsOf(this.#registered(), store, store.blockPoolId ?? '', context);
    const commands: DatanodeCommandProto[] = [];
    try {
      for (const request of requests) {
        const { cmd } = await this.#client.call(Datanode.blockReport, request);
        if (cmd) commands.push(cmd);
      }
    } catch (e) {
      if (isHadoopError(e, 'InvalidBlockReportLeaseException')) this.#reportLease = NO_LEASE;
      throw e;
    }
    this.#reportLease = NO_LEASE;
    this.lastBlockReportMs = clock.now();
    metrics.BlockReportsNumOps++;
    const blocks = requests.flatMap((r) => r.reports).reduce((sum, report) => sum + (report.numberOfBlocks ?? 0), 0);
    log.info({ blocks, rpcs: requests.length, tookMs: Math.round(clock.monotonicMs() - startMs) }, 'sent block report');
    return commands;
  }

  /** Sends the pending changes. They stay pending if the call fails. */
  async sendIncremental(): Promise<void> {
    const { store, metrics, pending: report } = this.#o;
    const registration = this.#registered();
    const pending = report.takeAll();
    if (pending.size === 0) return;
    const blocks = receivedAndDeletedOf(pending, store);
    try {
      const request = { registration, blockPoolId: store.blockPoolId ?? '', blocks };
      await this.#client.call(Datanode.blockReceivedAndDeleted, request);
      metrics.IncrementalBlockReportsNumOps++;
    } catch (e) {
      report.putBack(pending);
      throw e;
    }
  }

  async reportBadBlock(block: ExtendedBlockProto, datanode: DatanodeInfoProto): Promise<void> {
    const blockToken = { identifier: new Uint8Array(), password: new Uint8Array(), kind: '', service: '' };
    const located = { b: block, offset: 0, locs: [datanode], corrupt: true, blockToken };
    const lists = { isCached: [], storageTypes: [], storageIDs: [], blockTokens: [] };
    await this.#client.call(Datanode.reportBadBlocks, { blocks: [{ ...located, ...lists }] });
  }

  /** @param isFatal whether the DataNode stops because of the error */
  async reportDiskError(message: string, isFatal: boolean): Promise<void> {
    const { DISK_ERROR, FATAL_DISK_ERROR } = ErrorReportRequestProto_ErrorCode;
    await this.#errorReport(isFatal ? FATAL_DISK_ERROR : DISK_ERROR, message);
  }

  /** Tells the NameNode that it gave an order about a block that is not here, or not finished. */
  async reportInvalidBlock(message: string): Promise<void> {
    await this.#errorReport(ErrorReportRequestProto_ErrorCode.INVALID_BLOCK, message);
  }

  async #errorReport(errorCode: number, msg: string): Promise<void> {
    await this.#client.call(Datanode.errorReport, { registartion: this.#registered(), errorCode, msg });
  }

  async commitBlockSynchronization(request: CommitBlockSynchronizationRequestProto): Promise<void> {
    await this.#client.call(Datanode.commitBlockSynchronization, request);
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #registered(): DatanodeRegistrationProto {
    if (!this.#registration) throw hadoopError('IOException', 'Datanode not registered. Try again later.');
    return this.#registration;
  }
}

const NAMES_OF_STATES = new Map<number, string>(
  Object.entries(NNHAStatusHeartbeatProto_State).map(([name, number]) => [number, name.toLowerCase()]),
);

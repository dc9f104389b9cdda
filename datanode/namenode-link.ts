import type { Logger } from '../conf/log.ts';
import type { Clock, Random } from '../conf/runtime.ts';
import { HadoopError, hadoopError } from '../protocol/errors.ts';
import * as Datanode from '../protocol/gen/datanode.ts';
import {
  type DatanodeCommandProto,
  DatanodeCommandProto_Type,
  type DatanodeInfoProto,
  type DatanodeRegistrationProto,
  type ExtendedBlockProto,
  NNHAStatusHeartbeatProto_State,
} from '../protocol/gen/messages.ts';
import { RpcClient } from '../protocol/rpc-client.ts';
import type { BlockStore } from './block-store.ts';
import { IncrementalReport, type PendingBlock } from './incremental-report.ts';
import type { DatanodeMetrics } from './metrics.ts';
import { blockReportsOf, type DatanodeAddresses, heartbeatOf, receivedAndDeletedOf, registrationOf } from './namenode-messages.ts';
import type { Namespace } from './volume.ts';

export interface NamenodeLinkOptions {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly store: BlockStore;
  readonly metrics: DatanodeMetrics;
  readonly addresses: () => DatanodeAddresses;
  /** Carries a command out; must not wait for what takes long. */
  readonly onCommand: (command: DatanodeCommandProto) => void;
  readonly heartbeatIntervalMs: number;
  readonly blockReportIntervalMs: number;
  readonly blockReportSplitThreshold: number;
  /** dfs.blockreport.incremental.intervalMsec. */
  readonly incrementalIntervalMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** What is the NameNode's last word: it will not have this DataNode, however often it asks. */
const FINAL_REFUSALS = new Set(['DisallowedDatanodeException', 'UnregisteredNodeException', 'IncorrectVersionException']);
/** Pauses between attempts to reach a NameNode double from the first to the last. */
const RETRY_FIRST_MS = 50;
const RETRY_LAST_MS = 1000;
/** RPCs that wait for nothing but the NameNode. */
const CALL_TIMEOUT_MS = 60_000;

/** Thrown when the NameNode and this DataNode can never work together. */
export class FatalLinkError extends Error {}

/**
 * The DataNode's side of DatanodeProtocol with one NameNode (Hadoop: BPServiceActor): handshake, registration, heartbeats,
 * full and incremental block reports. It outlives restarts of the NameNode.
 */
export class NamenodeLink {
  readonly #o: NamenodeLinkOptions;
  readonly #client: RpcClient;
  readonly #pending = new IncrementalReport();
  #registration: DatanodeRegistrationProto | undefined;
  #namespace: Namespace | undefined;
  #urgent = false;
  #mustRegister = false;
  #stopped = false;
  #heartbeatDueMs = 0;
  #blockReportDueMs = 0;
  #incrementalSentMs = Number.NEGATIVE_INFINITY;
  #wake: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();
  lastHeartbeatMs = 0;
  lastBlockReportMs = 0;
  haState = 'unknown';

  constructor(options: NamenodeLinkOptions) {
    this.#o = options;
    const { host, port, user } = options;
    const protocol = Datanode.PROTOCOL;
    this.#client = new RpcClient({ host, port, user, protocol, connectRetriesMax: 0, callTimeoutMs: CALL_TIMEOUT_MS });
  }

  get isRegistered(): boolean {
    return this.#registration !== undefined;
  }

  get address(): string {
    return `${this.#o.host}:${this.#o.port}`;
  }

  get namespace(): Namespace | undefined {
    return this.#namespace;
  }

  get registration(): DatanodeRegistrationProto | undefined {
    return this.#registration;
  }

  /**
   * Starts the link. Resolves to true when the first attempt registered this DataNode, to false when the NameNode can't
   * be reached yet; the link then goes on trying.
   * @param onFatal hears of a refusal that comes later
   * @throws FatalLinkError
   */
  async start(onFatal: (error: FatalLinkError) => void): Promise<boolean> {
    const isReached = await this.#tryHandshake();
    this.#running = this.#run().catch((e: unknown) => {
      if (this.#stopped) return;
      onFatal(e instanceof FatalLinkError ? e : new FatalLinkError(String(e), { cause: e }));
    });
    return isReached;
  }

  /** A block came, is coming or is gone; told to the NameNode at once, or when urgent news or a heartbeat goes out. */
  report(storageUuid: string, pending: PendingBlock, urgent: boolean): void {
    this.#pending.add(storageUuid, pending);
    if (!urgent) return;
    this.#urgent = true;
    this.#wake?.();
  }

  /** Sends a block report before anything else (`dfsadmin -triggerBlockReport`). */
  async triggerBlockReport(incremental: boolean): Promise<void> {
    if (incremental) await this.#sendIncremental();
    else await this.#sendBlockReport();
  }

  async reportBadBlock(block: ExtendedBlockProto, datanode: DatanodeInfoProto): Promise<void> {
    const blockToken = { identifier: new Uint8Array(), password: new Uint8Array(), kind: '', service: '' };
    const located = { b: block, offset: 0, locs: [datanode], corrupt: true, blockToken };
    const lists = { isCached: [], storageTypes: [], storageIDs: [], blockTokens: [] };
    await this.#client.call(Datanode.reportBadBlocks, { blocks: [{ ...located, ...lists }] });
  }

  async commitBlockSynchronization(
    request: Parameters<typeof Datanode.commitBlockSynchronization.request.encode>[0],
  ): Promise<void> {
    await this.#client.call(Datanode.commitBlockSynchronization, request);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake?.();
    await this.#client.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    let retryMs = RETRY_FIRST_MS;
    while (!this.#stopped) {
      try {
        if (this.#mustRegister || !this.#registration) await this.#handshake();
        await this.#offerService();
        retryMs = RETRY_FIRST_MS;
      } catch (e) {
        if (this.#stopped) return;
        this.#failIfFinal(e);
        const { message } = HadoopError.from(e);
        this.#o.log[retryMs === RETRY_FIRST_MS ? 'warn' : 'debug']({ namenode: this.address }, `Problem connecting to server: ${message}`);
        await this.#sleep(retryMs);
        retryMs = Math.min(retryMs * 2, RETRY_LAST_MS);
      }
    }
  }

  async #tryHandshake(): Promise<boolean> {
    try {
      await this.#handshake();
      return true;
    } catch (e) {
      this.#failIfFinal(e);
      this.#o.log.warn({ namenode: this.address }, `Problem connecting to server: ${HadoopError.from(e).message}`);
      return false;
    }
  }

  #failIfFinal(e: unknown): void {
    if (e instanceof FatalLinkError) throw e;
    if (e instanceof HadoopError && FINAL_REFUSALS.has(e.code)) throw new FatalLinkError(`${e.code}: ${e.message}`, { cause: e });
  }

  /** Asks which cluster it is, joins it and registers; a full block report follows. */
  async #handshake(): Promise<void> {
    const { store, log } = this.#o;
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
      throw new FatalLinkError(e instanceof Error ? e.message : String(e), { cause: e });
    }
    this.#namespace = namespace;
    const registration = registrationOf(store.datanodeUuid, this.#o.addresses(), namespace);
    const answer = await this.#client.call(Datanode.registerDatanode, { registration });
    if (answer.registration.datanodeID.datanodeUuid !== store.datanodeUuid) {
      throw new FatalLinkError(`Inconsistent Datanode IDs. Name-node returned ${answer.registration.datanodeID.datanodeUuid}. Expecting ${store.datanodeUuid}`);
    }
    // The NameNode knows the address that others reach this DataNode at; what it registered goes back to it unchanged.
    this.#registration = { ...answer.registration, storageInfo: registration.storageInfo };
    this.#mustRegister = false;
    // The full report holds all that was pending.
    this.#pending.clear();
    this.#heartbeatDueMs = 0;
    this.#blockReportDueMs = 0;
    log.info({ namenode: this.address, blockPool: namespace.blockPoolId, datanodeUuid: store.datanodeUuid }, 'registered');
  }

  /** Does what is due, until there is a reason to register again. @throws when the NameNode can't be reached */
  async #offerService(): Promise<void> {
    const { clock } = this.#o;
    while (!this.#stopped && !this.#mustRegister) {
      if (clock.monotonicMs() >= this.#heartbeatDueMs) await this.#sendHeartbeat();
      if (this.#mustRegister) return;
      if (clock.monotonicMs() >= this.#blockReportDueMs) await this.#sendBlockReport();
      const sendableMs = this.#incrementalSentMs + this.#o.incrementalIntervalMs;
      const now = clock.monotonicMs();
      if (this.#urgent && now >= sendableMs) {
        await this.#sendIncremental();
        continue;
      }
      const dueMs = Math.min(this.#heartbeatDueMs, this.#blockReportDueMs, this.#urgent ? sendableMs : Number.POSITIVE_INFINITY);
      if (!this.#mustRegister) await this.#sleep(dueMs - now);
    }
  }

  async #sendHeartbeat(): Promise<void> {
    const { store, metrics, clock, heartbeatIntervalMs } = this.#o;
    await Promise.all(store.volumes.map((v) => v.refreshDisk()));
    const sentMs = clock.monotonicMs();
    const response = await this.#client.call(Datanode.sendHeartbeat, heartbeatOf(this.#registered(), store, metrics, false));
    this.#heartbeatDueMs = sentMs + heartbeatIntervalMs;
    this.lastHeartbeatMs = clock.now();
    metrics.HeartbeatsNumOps++;
    this.haState = NAMES_OF_STATES.get(response.haStatus.state) ?? 'unknown';
    for (const command of response.cmds) this.#take(command);
    if (!this.#pending.isEmpty) await this.#sendIncremental();
  }

  #take(command: DatanodeCommandProto): void {
    if (command.cmdType === DatanodeCommandProto_Type.RegisterCommand) {
      this.#mustRegister = true;
      return;
    }
    this.#o.onCommand(command);
  }

  async #sendBlockReport(): Promise<void> {
    const { store, clock, random, metrics, blockReportIntervalMs, blockReportSplitThreshold, log } = this.#o;
    if (!this.#pending.isEmpty) await this.#sendIncremental();
    const startMs = clock.monotonicMs();
    // Lease 0 stands outside the NameNode's rate limit; the leases it grants are random 64-bit numbers, which a number
    // here can't give back exactly.
    const context = { id: random.nextInt(2 ** 47), leaseId: 0, splitThreshold: blockReportSplitThreshold };
    const requests = blockReportsOf(this.#registered(), store, store.blockPoolId ?? '', context);
    for (const request of requests) {
      const { cmd } = await this.#client.call(Datanode.blockReport, request);
      if (cmd) this.#take(cmd);
    }
    this.#blockReportDueMs = startMs + blockReportIntervalMs;
    this.lastBlockReportMs = clock.now();
    metrics.BlockReportsNumOps++;
    const blocks = requests.reduce((sum, r) => sum + r.reports.reduce((n, p) => n + (p.numberOfBlocks ?? 0), 0), 0);
    log.info({ blocks, rpcs: requests.length, tookMs: Math.round(clock.monotonicMs() - startMs) }, 'sent block report');
  }

  async #sendIncremental(): Promise<void> {
    const { store, clock, metrics } = this.#o;
    this.#urgent = false;
    const pending = this.#pending.takeAll();
    if (pending.size === 0) return;
    try {
      const request = { registration: this.#registered(), blockPoolId: store.blockPoolId ?? '', blocks: receivedAndDeletedOf(pending, store) };
      await this.#client.call(Datanode.blockReceivedAndDeleted, request);
      this.#incrementalSentMs = clock.monotonicMs();
      metrics.IncrementalBlockReportsNumOps++;
    } catch (e) {
      this.#pending.putBack(pending);
      this.#urgent = true;
      throw e;
    }
  }

  #registered(): DatanodeRegistrationProto {
    if (!this.#registration) throw hadoopError('IOException', 'Datanode not registered. Try again later.');
    return this.#registration;
  }

  async #sleep(ms: number): Promise<void> {
    if (ms <= 0 || this.#stopped) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1));
    });
    clearTimeout(timer);
    this.#wake = undefined;
  }
}

const NAMES_OF_STATES = new Map<number, string>(
  Object.entries(NNHAStatusHeartbeatProto_State).map(([name, number]) => [number, name.toLowerCase()]),
);

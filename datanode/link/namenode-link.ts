/** Keeps the DataNode known to its NameNode: registration, heartbeats and reports when they are due. */
import { type DatanodeCommandProto, DatanodeCommandProto_Type } from '../../protocol/gen/messages.ts';
import { Bug } from '../../runtime/bug.ts';
import { errorOf, HadoopError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Clock, Random } from '../../runtime/runtime.ts';
import { FatalLinkError } from '../context/fatal-link-error.ts';
import type { DatanodeMetrics } from '../metrics/metrics.ts';
import type { BlockStore } from '../replicas/block-store.ts';
import type { BugTrap } from '../replicas/bug-trap.ts';
import type { DatanodeFaults } from '../volumes/faults.ts';
import type { DatanodeAddresses } from './namenode-messages.ts';
import type { NamenodeSession } from './namenode-session.ts';
import type { Outbox } from './outbox.ts';

export interface NamenodeLinkOptions {
  readonly session: NamenodeSession;
  readonly outbox: Outbox;
  readonly store: BlockStore;
  readonly metrics: DatanodeMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Carries a command out in the background. */
  readonly onCommand: (command: DatanodeCommandProto) => void;
  readonly heartbeatIntervalMs: number;
  readonly blockReportIntervalMs: number;
  /** dfs.blockreport.initialDelay. */
  readonly blockReportInitialDelayMs: number;
  /** dfs.blockreport.incremental.intervalMsec. */
  readonly incrementalIntervalMs: number;
  readonly faults: DatanodeFaults | undefined;
  readonly bugs: BugTrap;
}

/** The refusals that a NameNode repeats however often this DataNode asks. */
const FINAL_REFUSALS = new Set([
  'DisallowedDatanodeException',
  'UnregisteredNodeException',
  'IncorrectVersionException',
]);
/** The pauses between attempts to reach a NameNode double from the first one to the last one. */
const RETRY_FIRST_MS = 50;
const RETRY_LAST_MS = 1000;

/**
 * Keeps this DataNode known to one NameNode (Hadoop: BPServiceActor): registers, and sends heartbeats, full and
 * incremental block reports when they are due. Goes on after a restart of the NameNode.
 */
export class NamenodeLink {
  readonly session: NamenodeSession;
  readonly #o: NamenodeLinkOptions;
  readonly #outbox: Outbox;
  #mustRegister = true;
  #stopped = false;
  #heartbeatDueMs = 0;
  #blockReportDueMs = 0;
  /** Whether a full block report was sent since the registration. */
  #hasReported = false;
  #incrementalSentMs = Number.NEGATIVE_INFINITY;
  #running: Promise<void> = Promise.resolve();

  constructor(options: NamenodeLinkOptions) {
    this.#o = options;
    this.session = options.session;
    this.#outbox = options.outbox;
  }

  get isRegistered(): boolean {
    return this.session.registration !== undefined;
  }

  /**
   * Starts the link. Resolves to true when the first attempt registered this DataNode, to false when the NameNode can't
   * be reached yet; the link then goes on trying.
   * @param onFatal called with the reason when a later failure ends the link for good
   * @throws FatalLinkError if the first attempt is refused for good
   */
  async start(addresses: DatanodeAddresses, onFatal: (error: Error) => void): Promise<boolean> {
    const isReached = await this.#tryFirstHandshake(addresses);
    this.#running = this.#run(addresses).catch((e: unknown) => {
      if (!this.#stopped) onFatal(errorOf(e));
    });
    return isReached;
  }

  /** Sends a block report before anything else (`dfsadmin -triggerBlockReport`). */
  async triggerBlockReport(incremental: boolean): Promise<void> {
    if (incremental) await this.session.sendIncremental();
    else for (const command of await this.session.sendBlockReport()) this.#take(command);
  }

  /** Ends the link, without calling `onFatal`. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#outbox.alarm.ring();
    await this.session.close();
    await this.#running;
  }

  async #tryFirstHandshake(addresses: DatanodeAddresses): Promise<boolean> {
    try {
      await this.#handshake(addresses);
      return true;
    } catch (e) {
      this.#failIfFinal(e);
      this.#o.log.warn(`Problem connecting to server: ${this.session.address}: ${HadoopError.from(e).message}`);
      return false;
    }
  }

  async #run(addresses: DatanodeAddresses): Promise<void> {
    let retryMs = RETRY_FIRST_MS;
    while (!this.#stopped) {
      try {
        if (this.#mustRegister) await this.#handshake(addresses);
        await this.#offerService(() => {
          retryMs = RETRY_FIRST_MS;
        });
      } catch (e) {
        if (this.#stopped) return;
        this.#failIfFinal(e);
        const level = retryMs === RETRY_FIRST_MS ? 'warn' : 'debug';
        this.#o.log[level](`Problem connecting to server: ${this.session.address}: ${HadoopError.from(e).message}`);
        await this.#sleep(retryMs);
        retryMs = Math.min(retryMs * 2, RETRY_LAST_MS);
      }
    }
  }

  /** @throws FatalLinkError if the failure is not worth another attempt; Bug */
  #failIfFinal(thrown: unknown): void {
    if (thrown instanceof FatalLinkError) throw thrown;
    const e = this.#o.bugs.ofWork('NamenodeLink', { namenode: this.session.address }, thrown);
    if (e instanceof Bug) throw e;
    if (!(e instanceof HadoopError) || !FINAL_REFUSALS.has(e.code)) return;
    throw new FatalLinkError(`${e.code}: ${e.message}`, { cause: e });
  }

  async #handshake(addresses: DatanodeAddresses): Promise<void> {
    await this.session.handshake(addresses);
    this.#mustRegister = false;
    this.#heartbeatDueMs = 0;
    const { clock, random, blockReportInitialDelayMs: delayMs } = this.#o;
    this.#blockReportDueMs = delayMs > 0 ? clock.monotonicMs() + random.nextInt(delayMs) : 0;
    this.#hasReported = false;
  }

  /** Sends heartbeats and reports as they fall due, until a new registration is needed. @throws the failure of a call */
  async #offerService(onSuccess: () => void): Promise<void> {
    const { clock, incrementalIntervalMs } = this.#o;
    while (!this.#stopped && !this.#mustRegister) {
      const resumed = this.#o.faults?.whilePaused();
      if (resumed) await resumed;
      if (this.#outbox.wantsHeartbeat || clock.monotonicMs() >= this.#heartbeatDueMs) await this.#sendHeartbeat();
      if (this.#mustRegister) return;
      if (this.session.hasReportLease) await this.#sendBlockReport();
      const nowMs = clock.monotonicMs();
      const sendableMs = this.#incrementalSentMs + incrementalIntervalMs;
      if (this.#outbox.isUrgent && nowMs >= sendableMs) await this.#sendIncremental();
      // Last, so that a NameNode that refuses this report still gets all others.
      await this.#sendBad();
      onSuccess();
      if (this.#mustRegister) return;
      if (this.#outbox.wantsHeartbeat || this.#outbox.bad.size > 0) continue;
      const urgentMs = this.#outbox.isUrgent ? Math.max(nowMs, sendableMs) : Number.POSITIVE_INFINITY;
      await this.#sleep(Math.min(this.#heartbeatDueMs, urgentMs) - nowMs);
    }
  }

  async #sendHeartbeat(): Promise<void> {
    this.#outbox.wantsHeartbeat = false;
    await this.#checkVolumes();
    const sentMs = this.#o.clock.monotonicMs();
    const commands = await this.session.sendHeartbeat(sentMs >= this.#blockReportDueMs);
    this.#heartbeatDueMs = sentMs + this.#o.heartbeatIntervalMs;
    for (const command of commands) this.#take(command);
    if (!this.#mustRegister) await this.#sendIncremental();
  }

  async #sendBlockReport(): Promise<void> {
    const startMs = this.#o.clock.monotonicMs();
    for (const command of await this.session.sendBlockReport()) this.#take(command);
    const { blockReportIntervalMs: intervalMs, random } = this.#o;
    // The random pause spreads the reports of DataNodes that registered together (Hadoop: BPServiceActor.Scheduler).
    const pauseMs = this.#hasReported ? intervalMs : random.nextInt(Math.max(1, intervalMs));
    this.#hasReported = true;
    this.#blockReportDueMs = startMs + pauseMs;
  }

  async #sendIncremental(): Promise<void> {
    // A registration may have emptied the report. If the flag stayed set, the loop of offerService would never wait.
    this.#outbox.isUrgent = false;
    if (this.#outbox.pending.isEmpty) return;
    try {
      await this.session.sendIncremental();
      this.#incrementalSentMs = this.#o.clock.monotonicMs();
    } catch (e) {
      this.#outbox.isUrgent = true;
      throw e;
    }
  }

  /** Reports the damaged replicas. Those that the NameNode has not heard of stay in the outbox. */
  async #sendBad(): Promise<void> {
    const { bad } = this.#outbox;
    for (const [key, replica] of bad) {
      const holder = replica.datanode ?? this.session.self;
      if (holder) await this.session.reportBadBlock(replica.block, holder);
      bad.delete(key);
    }
  }

  #take(command: DatanodeCommandProto): void {
    if (command.cmdType === DatanodeCommandProto_Type.RegisterCommand) this.#mustRegister = true;
    else this.#carryOut(command);
  }

  #carryOut(command: DatanodeCommandProto): void {
    try {
      this.#o.onCommand(command);
    } catch (e) {
      throw this.#o.bugs.ofMachine('CommandProcessor.take', command, e);
    }
  }

  /** Reports volumes that have failed. @throws FatalLinkError if more have failed than dfs.datanode.failed.volumes.tolerated */
  async #checkVolumes(): Promise<void> {
    const { store, log } = this.#o;
    if (!(await store.checkVolumes())) return;
    this.#o.metrics.VolumeFailures = store.volumeFailures.length;
    const reasons = store.volumeFailures.map((f) => `${f.directory}: ${f.error.message}`).join(', ');
    const isFatal = !store.hasEnoughVolumes;
    const message = `DataNode failed volumes:[${reasons}]`;
    const told = this.session.reportDiskError(message, isFatal).catch((e: unknown) => {
      const err = this.#o.bugs.ofWork('NamenodeSession.reportDiskError', { message }, e);
      if (!(err instanceof Bug)) log.warn({ err }, 'failed to report a failed volume');
    });
    if (!isFatal) return;
    await told;
    throw new FatalLinkError(`DataNode is shutting down due to failed volumes: [${reasons}]`);
  }

  async #sleep(ms: number): Promise<void> {
    if (ms <= 0 || this.#stopped) return;
    await this.#outbox.alarm.sleep(ms);
  }
}

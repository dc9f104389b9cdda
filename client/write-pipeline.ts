import type { Packet } from '../protocol/data-transfer.ts';
import { HEARTBEAT_SEQNO } from '../protocol/data-transfer.ts';
import { type HadoopError, hadoopError, isHadoopError } from '../protocol/errors.ts';
import { type DatanodeInfoProto, type ExtendedBlockProto, Status } from '../protocol/gen/messages.ts';
import { AckQueue } from './ack-queue.ts';
import { blockName } from './block-format.ts';
import { statusName } from './op-status.ts';
import type { AllocatedBlock, AppendPoint, PipelineEffect, PipelineEvent, SetupFailure } from './pipeline-events.ts';
import { ExcludedNodes, nodeList } from './pipeline-nodes.ts';
import { PipelinePace, type PipelinePaceOptions } from './pipeline-pace.ts';
import { type OpenBlock, PipelineRecovery, type RecoveryOptions, type RecoveryOrigin } from './pipeline-recovery.ts';
import { retryDelaysMs } from './retry-delays.ts';

export interface WritePipelineOptions
  extends Pick<RecoveryOptions, 'replication' | 'replaceDatanode' | 'datanodeRestartTimeoutMs' | 'isLocal'>,
    PipelinePaceOptions {
  /** dfs.client.write.max-packets-in-flight: packets in both queues together. */
  readonly packetsInFlightMax: number;
  /** dfs.client.block.write.retries */
  readonly setupRetries: number;
  /** dfs.client.block.write.locateFollowingBlock.retries and .initial.delay.ms */
  readonly locateRetries: number;
  readonly locateDelayMs: number;
  /** dfs.client.block.write.locateFollowingBlock.max.delay.ms; default 60 s. */
  readonly locateDelayMaxMs?: number;
  /** Half of dfs.client.socket-timeout: a quiet pipeline is sent a heartbeat so often. */
  readonly heartbeatIntervalMs: number;
  /** Silence after which a pipeline of so many nodes is given up; default: never. */
  readonly ackTimeoutMs?: (nodes: number) => number;
  /** dfs.client.write.exclude.nodes.cache.expiry.interval.millis */
  readonly excludeMs: number;
  /** For a file that is appended to. */
  readonly append?: AppendPoint | undefined;
}

/** Where the writer stands. From CONNECTING to RECOVERING a block is open. */
type Stage =
  | { readonly kind: 'IDLE' }
  | { readonly kind: 'ADDING_BLOCK'; readonly tries: number; readonly retryAtMs?: number }
  | { readonly kind: 'ABANDONING' }
  | { readonly kind: 'CONNECTING' }
  | { readonly kind: 'STREAMING' }
  /** The empty last packet of the block is on its way; all before it are acked. */
  | { readonly kind: 'CLOSING' }
  | { readonly kind: 'RECOVERING'; readonly recovery: PipelineRecovery; readonly origin: RecoveryOrigin }
  | { readonly kind: 'COMPLETING'; readonly tries: number; readonly retryAtMs?: number }
  | { readonly kind: 'CLOSED' }
  | { readonly kind: 'FAILED'; readonly error: HadoopError };

type Recovering = Extract<Stage, { kind: 'RECOVERING' }>;
type AckEvent = Extract<PipelineEvent, { kind: 'ack' }>;

/** Recoveries without an ack in between: then it is rather the data that is at fault. */
const RECOVERIES_MAX = 5;

/**
 * The write process of one file as a state machine: what the DataStreamer and its responder decide in Hadoop. Packets
 * wait in the data queue, are sent, wait in the ack queue until every DataNode has acked, and on a failure go back to
 * the front of the data queue while the pipeline is rebuilt under a new generation stamp. It performs nothing: step()
 * takes one event and returns the effects, in order, for the driver (data-streamer.ts).
 */
export class WritePipeline {
  readonly #options: WritePipelineOptions;
  readonly #retryDelaysMs: readonly number[];
  // Invariant: what is not acked is in exactly one of the queues, and the ack queue's packets come before the others.
  readonly #dataQueue: Packet[] = [];
  readonly #ackQueue: AckQueue<Packet>;
  readonly #excluded: ExcludedNodes;
  readonly #pace: PipelinePace;
  readonly #isAppend: boolean;
  #stage: Stage = { kind: 'IDLE' };
  #open: OpenBlock | undefined;
  /** Nodes that failed in this file's pipelines. */
  #failed: readonly DatanodeInfoProto[] = [];
  /** The block before the open one, with its final length; what addBlock and complete commit. */
  #finished: ExtendedBlockProto | undefined;
  #setupTries = 0;
  #recoveries = 0;
  #isHflushed = false;
  #closeAsked = false;
  #connection = 0;
  #heartbeatAtMs = 0;
  #silentAtMs = Number.POSITIVE_INFINITY;
  #effects: PipelineEffect[] = [];

  constructor(options: WritePipelineOptions) {
    this.#options = options;
    this.#retryDelaysMs = retryDelaysMs(options.locateDelayMs, options.locateRetries, options.locateDelayMaxMs);
    this.#ackQueue = new AckQueue(options.packetsInFlightMax);
    this.#excluded = new ExcludedNodes(options.excludeMs);
    this.#pace = new PipelinePace(options);
    const { append } = options;
    this.#isAppend = append?.kind === 'partialBlock';
    if (append?.kind === 'newBlock') this.#finished = append.previous;
    if (append?.kind === 'partialBlock') {
      this.#open = { ...append.last, bytesSent: append.last.block.numBytes ?? 0, failed: [] };
    }
  }

  /** The name of the stage, that of a recovery included. */
  get stage(): string {
    return this.#stage.kind === 'RECOVERING' ? this.#stage.recovery.stage.kind : this.#stage.kind;
  }

  /** Whether the writer must wait before it queues another packet. */
  isFull(): boolean {
    return this.#dataQueue.length + this.#ackQueue.size >= this.#options.packetsInFlightMax;
  }

  get queued(): { readonly data: number; readonly ack: number } {
    return { data: this.#dataQueue.length, ack: this.#ackQueue.size };
  }

  /**
   * How much of the file's last block every DataNode has acked; undefined while the NameNode may be adding another one
   * or taking it back, so that nobody can say which block is the last.
   */
  get lastBlockBytes(): number | undefined {
    if (this.#stage.kind === 'ADDING_BLOCK' || this.#stage.kind === 'ABANDONING') return undefined;
    return (this.#open?.block ?? this.#finished)?.numBytes;
  }

  /** When a 'tick' is due, if at all. */
  get tickAtMs(): number | undefined {
    const stage = this.#stage;
    if (stage.kind === 'STREAMING' || stage.kind === 'CLOSING') {
      return Math.min(this.#heartbeatAtMs, this.#silentAtMs, this.#pace.resumeAtMs);
    }
    if (stage.kind === 'RECOVERING') return stage.recovery.tickAtMs;
    return stage.kind === 'ADDING_BLOCK' || stage.kind === 'COMPLETING' ? stage.retryAtMs : undefined;
  }

  step(event: PipelineEvent, nowMs: number): PipelineEffect[] {
    this.#effects = [];
    if (this.#stage.kind !== 'CLOSED' && this.#stage.kind !== 'FAILED') this.#handle(event, nowMs);
    return this.#effects;
  }

  #handle(event: PipelineEvent, now: number): void {
    switch (event.kind) {
      // The user's calls, at any stage.
      case 'packet':
        this.#dataQueue.push(event.packet);
        if (this.#stage.kind === 'IDLE') this.#maybeBeginBlock(now);
        else this.#maybeSend(now);
        return;
      case 'hflush':
        this.#isHflushed = true;
        return;
      case 'close':
        this.#closeAsked = true;
        if (this.#stage.kind === 'IDLE') this.#maybeBeginBlock(now);
        return;
    }
    if (this.#stage.kind === 'RECOVERING') {
      this.#stepRecovery(this.#stage, event, now);
      return;
    }
    switch (event.kind) {
      case 'tick':
        this.#handleTick(now);
        return;
      case 'blockAdded':
        this.#handleBlockAdded(event.allocated, now);
        return;
      case 'blockAbandoned':
        this.#sendAddBlock(0, now);
        return;
      case 'connected':
        if (event.connection === this.#connection) this.#becomeStreaming(now);
        return;
      case 'connectFailed':
        if (event.connection === this.#connection) this.#handleConnectFailed(event.failure, now);
        return;
      case 'disconnected':
        if (event.connection === this.#connection) this.#handleDisconnected(event.error, now);
        return;
      case 'ack':
        if (event.connection === this.#connection) this.#handleAck(event, now);
        return;
      case 'completed':
        this.#handleCompleted(event.done, now);
        return;
      case 'refused':
        this.#handleRefused(event.error, now);
        return;
    }
  }

  // ---- A new block: addBlock, pipeline set-up, and abandonBlock when that fails; or the last one, to append to it

  #maybeBeginBlock(now: number): void {
    if (this.#dataQueue.length > 0) {
      if (this.#open) this.#beginAppend(now);
      else this.#sendAddBlock(0, now);
    } else if (this.#closeAsked) this.#sendComplete(0);
    else this.#stage = { kind: 'IDLE' };
  }

  #beginAppend(now: number): void {
    const recovery = this.#newRecovery('APPEND');
    const stage = { kind: 'RECOVERING', recovery, origin: 'APPEND' } as const;
    this.#stage = stage;
    this.#effects.push(...recovery.beginAppend());
    this.#maybeEndRecovery(stage, now);
  }

  #sendAddBlock(tries: number, now: number): void {
    this.#stage = { kind: 'ADDING_BLOCK', tries };
    this.#effects.push({ kind: 'addBlock', previous: this.#finished, excludes: this.#excluded.present(now) });
  }

  #handleBlockAdded({ block, token, nodes }: AllocatedBlock, now: number): void {
    const fresh = { ...block, numBytes: 0 };
    this.#open = { block: fresh, token, nodes, bytesSent: 0, failed: this.#failed };
    if (nodes.length === 0) {
      this.#handleConnectFailed({ restarting: false, error: hadoopError('IOException', 'No DataNodes') }, now);
      return;
    }
    this.#stage = { kind: 'CONNECTING' };
    const connection = ++this.#connection;
    const bytes = { bytesAcked: 0, bytesSent: 0 };
    this.#effects.push({
      kind: 'connect',
      connection,
      stage: 'CREATE',
      block: fresh,
      token,
      nodes,
      newGenerationStamp: 0,
      ...bytes,
    });
  }

  #handleConnectFailed({ badNode, error }: SetupFailure, now: number): void {
    const { block, nodes } = this.#openBlock();
    const node = nodes[badNode ?? 0];
    this.#effects.push({ kind: 'disconnect' });
    if (node) {
      this.#excluded.add(node.info, now);
      this.#effects.push({ kind: 'warn', message: `Excluding DataNode ${nodeList([node])}: ${error.message}` });
    }
    this.#open = undefined;
    this.#stage = { kind: 'ABANDONING' };
    this.#effects.push({ kind: 'abandonBlock', block });
    if (++this.#setupTries > this.#options.setupRetries) {
      this.#becomeFailed(hadoopError('IOException', 'Unable to create new block.', error));
    }
  }

  // ---- Streaming: data queue to ack queue, and acks

  #becomeStreaming(now: number): void {
    this.#stage = { kind: 'STREAMING' };
    this.#setupTries = 0;
    this.#heartbeatAtMs = now + this.#options.heartbeatIntervalMs;
    this.#expectAck(now);
    this.#pace.begin();
    this.#maybeSend(now);
  }

  /** Acks, be they only those of heartbeats, come so often while all nodes live. */
  #expectAck(now: number): void {
    const { ackTimeoutMs } = this.#options;
    this.#silentAtMs = now + (ackTimeoutMs?.(this.#openBlock().nodes.length) || Number.POSITIVE_INFINITY);
  }

  #maybeSend(now: number): void {
    while (this.#stage.kind === 'STREAMING' && !this.#ackQueue.isFull()) {
      const packet = this.#dataQueue[0];
      if (!packet) return;
      const message = this.#pace.maybeBackOff(this.#openBlock().nodes, now);
      if (message) this.#effects.push({ kind: 'warn', message });
      if (this.#pace.isBackingOff) return;
      if (packet.lastPacketInBlock) {
        // The DataNodes finalize the block on it, so everything before must be safe with all of them.
        if (!this.#ackQueue.isEmpty()) return;
        this.#stage = { kind: 'CLOSING' };
      }
      this.#dataQueue.shift();
      this.#ackQueue.add(packet);
      const open = this.#openBlock();
      const bytesSent = Math.max(open.bytesSent, packet.offsetInBlock + packet.data.length);
      this.#open = { ...open, bytesSent };
      this.#heartbeatAtMs = now + this.#options.heartbeatIntervalMs;
      this.#effects.push({ kind: 'send', packet });
    }
  }

  #handleAck({ seqno, replies, congested = [], slow = [] }: AckEvent, now: number): void {
    const { nodes } = this.#openBlock();
    // The farthest bad node is the cause: those before it only pass its failure on.
    const place = replies.findLastIndex((reply) => reply !== Status.SUCCESS);
    const reply = replies[place];
    if (reply !== undefined) {
      const message = `Bad response ${statusName(reply)} from ${nodeList(nodes.slice(place, place + 1))}`;
      this.#beginRecovery(place, hadoopError('IOException', message), now, reply === Status.OOB_RESTART);
      return;
    }
    this.#expectAck(now);
    this.#pace.heardCongestion(congested);
    const tooSlow = this.#pace.heardSlowness(slow.flatMap((at) => nodes[at] ?? []));
    if (tooSlow) {
      this.#beginRecovery(nodes.indexOf(tooSlow.node), tooSlow.error, now);
      return;
    }
    if (seqno === HEARTBEAT_SEQNO) return;
    const first = this.#ackQueue.first;
    if (first?.seqno !== seqno) {
      const message = `Expected an ack of packet ${first?.seqno ?? 'none'} but got one of ${seqno}`;
      this.#beginRecovery(0, hadoopError('IOException', message), now);
      return;
    }
    this.#ackQueue.releaseThrough(seqno);
    this.#recoveries = 0;
    const open = this.#openBlock();
    const numBytes = Math.max(open.block.numBytes ?? 0, first.offsetInBlock + first.data.length);
    this.#open = { ...open, block: { ...open.block, numBytes } };
    this.#effects.push({ kind: 'acked', seqno });
    if (first.lastPacketInBlock) this.#finishBlock(now);
    else this.#maybeSend(now);
  }

  #finishBlock(now: number): void {
    const { block } = this.#openBlock();
    this.#effects.push({ kind: 'disconnect' }, { kind: 'blockFinished', block });
    this.#finished = block;
    this.#open = undefined;
    this.#maybeBeginBlock(now);
  }

  #handleDisconnected(error: HadoopError, now: number): void {
    if (this.#stage.kind === 'CONNECTING') this.#handleConnectFailed({ restarting: false, error }, now);
    // Nobody says which node it was: the one that this writer talks to is the suspect.
    else if (this.#open) this.#beginRecovery(0, error, now);
  }

  // ---- Recovery: the ack queue goes back to the front of the data queue, and the pipeline is rebuilt

  #beginRecovery(place: number, error: HadoopError, now: number, restarts = false): void {
    const origin = this.#stage.kind === 'CLOSING' ? 'CLOSING' : 'STREAMING';
    this.#effects.push({ kind: 'disconnect' });
    // Whatever the old connection still says is void.
    this.#connection++;
    this.#dataQueue.unshift(...this.#ackQueue.takeAll());
    const recovery = this.#newRecovery(origin);
    const waits = restarts && recovery.isWorthWaiting(place);
    // A restart that is waited for is not the packet's fault.
    if (!waits && ++this.#recoveries > RECOVERIES_MAX) {
      const message = `Failing write. Tried pipeline recovery ${RECOVERIES_MAX} times without success.`;
      this.#becomeFailed(hadoopError('IOException', message, error));
      return;
    }
    const stage = { kind: 'RECOVERING', recovery, origin } as const;
    this.#stage = stage;
    if (waits) this.#effects.push(...recovery.beginRestart(place, now));
    else if (restarts) this.#effects.push(...recovery.beginWithoutRestarting(place, error));
    else this.#effects.push(...recovery.begin(place, error));
    this.#maybeEndRecovery(stage, now);
  }

  #newRecovery(origin: RecoveryOrigin): PipelineRecovery {
    const nextConnection = () => ++this.#connection;
    const { replication, replaceDatanode, datanodeRestartTimeoutMs, isLocal } = this.#options;
    const facts = { origin, isAppend: this.#isAppend, isHflushed: this.#isHflushed };
    const options = { replication, replaceDatanode, datanodeRestartTimeoutMs, isLocal, ...facts, nextConnection };
    return new PipelineRecovery(options, this.#openBlock());
  }

  #stepRecovery(stage: Recovering, event: PipelineEvent, now: number): void {
    this.#effects.push(...stage.recovery.step(event, now));
    this.#maybeEndRecovery(stage, now);
  }

  #maybeEndRecovery({ recovery, origin }: Recovering, now: number): void {
    const { stage, lost } = recovery;
    if (stage.kind === 'FAILED') {
      this.#becomeFailed(stage.error);
      return;
    }
    if (stage.kind !== 'REBUILT') return;
    this.#open = recovery.open;
    this.#failed = recovery.open.failed;
    if (origin === 'CLOSING') {
      // The DataNodes finalized the block when they were connected: its last packet needs no sending.
      const last = this.#dataQueue.shift();
      if (last) this.#effects.push({ kind: 'acked', seqno: last.seqno });
      this.#recoveries = 0;
      this.#finishBlock(now);
      return;
    }
    this.#becomeStreaming(now);
    if (lost) this.#beginRecovery(0, lost, now);
  }

  // ---- The end, refusals and time

  #sendComplete(tries: number): void {
    this.#stage = { kind: 'COMPLETING', tries };
    this.#effects.push({ kind: 'complete', last: this.#finished });
  }

  #handleCompleted(done: boolean, now: number): void {
    if (this.#stage.kind !== 'COMPLETING') return;
    const { tries } = this.#stage;
    const delayMs = this.#retryDelaysMs[tries];
    if (done) {
      this.#stage = { kind: 'CLOSED' };
      this.#effects.push({ kind: 'closed' });
    } else if (delayMs === undefined) {
      const block = this.#finished ? ` ${blockName(this.#finished)}` : '';
      const message = `Unable to close file because the last block${block} does not have enough number of replicas.`;
      this.#becomeFailed(hadoopError('IOException', message));
    } else this.#stage = { kind: 'COMPLETING', tries, retryAtMs: now + delayMs };
  }

  #handleRefused(error: HadoopError, now: number): void {
    if (this.#stage.kind === 'ADDING_BLOCK' && isHadoopError(error, 'NotReplicatedYetException')) {
      const { tries } = this.#stage;
      const delayMs = this.#retryDelaysMs[tries];
      if (delayMs !== undefined) {
        this.#stage = { kind: 'ADDING_BLOCK', tries, retryAtMs: now + delayMs };
        return;
      }
    }
    this.#becomeFailed(error);
  }

  #handleTick(now: number): void {
    const { tickAtMs } = this;
    if (tickAtMs === undefined || now < tickAtMs) return;
    if (this.#stage.kind === 'ADDING_BLOCK') this.#sendAddBlock(this.#stage.tries + 1, now);
    else if (this.#stage.kind === 'COMPLETING') this.#sendComplete(this.#stage.tries + 1);
    else this.#handleStreamingTick(now);
  }

  #handleStreamingTick(now: number): void {
    if (now >= this.#silentAtMs) {
      const timeoutMs = this.#options.ackTimeoutMs?.(this.#openBlock().nodes.length);
      const message = `${timeoutMs} millis timeout while waiting for an ack of the pipeline`;
      this.#beginRecovery(0, hadoopError('SocketTimeoutException', message), now);
      return;
    }
    if (now >= this.#heartbeatAtMs) {
      this.#heartbeatAtMs = now + this.#options.heartbeatIntervalMs;
      this.#effects.push({ kind: 'sendHeartbeat' });
    }
    this.#pace.maybeResume(now);
    this.#maybeSend(now);
  }

  #becomeFailed(error: HadoopError): void {
    this.#stage = { kind: 'FAILED', error };
    this.#effects.push({ kind: 'disconnect' }, { kind: 'failed', error });
  }

  #openBlock(): OpenBlock {
    if (!this.#open) throw new Error(`no block is open in stage ${this.stage}`);
    return this.#open;
  }
}

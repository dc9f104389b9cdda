import type { Packet } from '../protocol/data-transfer.ts';
import { HEARTBEAT_SEQNO } from '../protocol/data-transfer.ts';
import { type HadoopError, hadoopError, isHadoopError } from '../protocol/errors.ts';
import { type ExtendedBlockProto, Status } from '../protocol/gen/messages.ts';
import { AckQueue } from './ack-queue.ts';
import { statusName } from './op-status.ts';
import type { AllocatedBlock, PipelineEffect, PipelineEvent, SetupFailure } from './pipeline-events.ts';
import { ExcludedNodes, nodeList } from './pipeline-nodes.ts';
import { type OpenBlock, PipelineRecovery, type RecoveryOptions } from './pipeline-recovery.ts';
import { retryDelaysMs } from './retry-delays.ts';

export interface WritePipelineOptions
  extends Pick<RecoveryOptions, 'replication' | 'replaceDatanode' | 'datanodeRestartTimeoutMs' | 'isLocal'> {
  /** dfs.client.write.max-packets-in-flight: packets in both queues together. */
  readonly packetsInFlightMax: number;
  /** dfs.client.block.write.retries */
  readonly setupRetries: number;
  /** dfs.client.block.write.locateFollowingBlock.retries and .initial.delay.ms */
  readonly locateRetries: number;
  readonly locateDelayMs: number;
  /** Half of dfs.client.socket-timeout: a quiet pipeline is sent a heartbeat so often. */
  readonly heartbeatIntervalMs: number;
  /** dfs.client.write.exclude.nodes.cache.expiry.interval.millis */
  readonly excludeMs: number;
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
  | { readonly kind: 'RECOVERING'; readonly recovery: PipelineRecovery; readonly wasClosing: boolean }
  | { readonly kind: 'COMPLETING'; readonly tries: number; readonly retryAtMs?: number }
  | { readonly kind: 'CLOSED' }
  | { readonly kind: 'FAILED'; readonly error: HadoopError };

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
  #stage: Stage = { kind: 'IDLE' };
  #open: OpenBlock | undefined;
  /** The block before the open one, with its final length; what addBlock and complete commit. */
  #finished: ExtendedBlockProto | undefined;
  #setupTries = 0;
  #recoveries = 0;
  #isHflushed = false;
  #closeAsked = false;
  #connection = 0;
  #heartbeatAtMs = 0;
  #effects: PipelineEffect[] = [];

  constructor(options: WritePipelineOptions) {
    this.#options = options;
    this.#retryDelaysMs = retryDelaysMs(options.locateDelayMs, options.locateRetries);
    this.#ackQueue = new AckQueue(options.packetsInFlightMax);
    this.#excluded = new ExcludedNodes(options.excludeMs);
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

  /** When a 'tick' is due, if at all. */
  get tickAtMs(): number | undefined {
    const stage = this.#stage;
    if (stage.kind === 'STREAMING' || stage.kind === 'CLOSING') return this.#heartbeatAtMs;
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
        if (this.#stage.kind === 'IDLE') this.#maybeAddBlock(now);
        else this.#maybeSend(now);
        return;
      case 'hflush':
        this.#isHflushed = true;
        return;
      case 'close':
        this.#closeAsked = true;
        if (this.#stage.kind === 'IDLE') this.#maybeAddBlock(now);
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
        if (event.connection === this.#connection) this.#handleAck(event.seqno, event.replies, now);
        return;
      case 'completed':
        this.#handleCompleted(event.done, now);
        return;
      case 'refused':
        this.#handleRefused(event.error, now);
        return;
    }
  }

  // ---- A new block: addBlock, pipeline set-up, and abandonBlock when that fails

  #maybeAddBlock(now: number): void {
    if (this.#dataQueue.length > 0) this.#sendAddBlock(0, now);
    else if (this.#closeAsked) this.#sendComplete(0);
    else this.#stage = { kind: 'IDLE' };
  }

  #sendAddBlock(tries: number, now: number): void {
    this.#stage = { kind: 'ADDING_BLOCK', tries };
    this.#effects.push({ kind: 'addBlock', previous: this.#finished, excludes: this.#excluded.present(now) });
  }

  #handleBlockAdded({ block, token, nodes }: AllocatedBlock, now: number): void {
    const fresh = { ...block, numBytes: 0 };
    this.#open = { block: fresh, token, nodes, bytesSent: 0, failed: [] };
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
    this.#maybeSend(now);
  }

  #maybeSend(now: number): void {
    while (this.#stage.kind === 'STREAMING' && !this.#ackQueue.isFull()) {
      const packet = this.#dataQueue[0];
      if (!packet) return;
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

  #handleAck(seqno: number, replies: readonly Status[], now: number): void {
    const { nodes } = this.#openBlock();
    // The farthest bad node is the cause: those before it only pass its failure on.
    const place = replies.findLastIndex((reply) => reply !== Status.SUCCESS);
    const reply = replies[place];
    if (reply !== undefined) {
      const message = `Bad response ${statusName(reply)} from ${nodeList(nodes.slice(place, place + 1))}`;
      this.#beginRecovery(place, hadoopError('IOException', message), now, reply === Status.OOB_RESTART);
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
    this.#maybeAddBlock(now);
  }

  #handleDisconnected(error: HadoopError, now: number): void {
    if (this.#stage.kind === 'CONNECTING') this.#handleConnectFailed({ restarting: false, error }, now);
    // Nobody says which node it was: the one that this writer talks to is the suspect.
    else if (this.#open) this.#beginRecovery(0, error, now);
  }

  // ---- Recovery: the ack queue goes back to the front of the data queue, and the pipeline is rebuilt

  #beginRecovery(place: number, error: HadoopError, now: number, restarts = false): void {
    const wasClosing = this.#stage.kind === 'CLOSING';
    this.#effects.push({ kind: 'disconnect' });
    // Whatever the old connection still says is void.
    this.#connection++;
    this.#dataQueue.unshift(...this.#ackQueue.takeAll());
    if (++this.#recoveries > RECOVERIES_MAX) {
      const message = `Failing write. Tried pipeline recovery ${RECOVERIES_MAX} times without success.`;
      this.#becomeFailed(hadoopError('IOException', message, error));
      return;
    }
    const nextConnection = () => ++this.#connection;
    const options = { ...this.#options, wasClosing, isHflushed: this.#isHflushed, nextConnection };
    const recovery = new PipelineRecovery(options, this.#openBlock());
    const stage = { kind: 'RECOVERING', recovery, wasClosing } as const;
    this.#stage = stage;
    const waits = restarts && recovery.isWorthWaiting(place);
    this.#effects.push(...(waits ? recovery.beginRestart(place, now) : recovery.begin(place, error)));
    this.#maybeEndRecovery(stage, now);
  }

  #stepRecovery(stage: Extract<Stage, { kind: 'RECOVERING' }>, event: PipelineEvent, now: number): void {
    this.#effects.push(...stage.recovery.step(event, now));
    this.#maybeEndRecovery(stage, now);
  }

  #maybeEndRecovery({ recovery, wasClosing }: Extract<Stage, { kind: 'RECOVERING' }>, now: number): void {
    const { stage, lost } = recovery;
    if (stage.kind === 'FAILED') {
      this.#becomeFailed(stage.error);
      return;
    }
    if (stage.kind !== 'REBUILT') return;
    this.#open = recovery.open;
    if (wasClosing) {
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
      const reason = 'the last block does not have enough number of replicas';
      this.#becomeFailed(hadoopError('IOException', `Unable to close file because ${reason}.`));
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
    else {
      this.#heartbeatAtMs = now + this.#options.heartbeatIntervalMs;
      this.#effects.push({ kind: 'sendHeartbeat' });
    }
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

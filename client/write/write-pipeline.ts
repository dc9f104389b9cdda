import type { DatanodeInfoProto, ExtendedBlockProto } from '../../protocol/gen/messages.ts';
import { type HadoopError, hadoopError } from '../../runtime/errors.ts';
import { BlockSetup } from './block-setup.ts';
import { BlockStreaming, type BlockStreamingOptions, type BrokenPipeline } from './block-streaming.ts';
import { FileCompletion } from './file-completion.ts';
import { PacketQueues } from './packet-queues.ts';
import type { Emit, OpenBlock, PipelineEffect, PipelineEvent } from './pipeline-events.ts';
import { ExcludedNodes } from './pipeline-nodes.ts';
import type { WritePipelineOptions } from './pipeline-options.ts';
import { PipelinePace } from './pipeline-pace.ts';
import { PipelineRecovery, type RebuiltPipeline, type RecoveryOrigin } from './pipeline-recovery.ts';
import { retryDelaysMs } from './retry-delays.ts';

/** What the writer is at. Each is a state machine itself, whose last stage says what comes next. */
type Part = BlockSetup | BlockStreaming | PipelineRecovery | FileCompletion;

/** Recoveries without an ack in between: then it is rather the data that is at fault. */
const RECOVERIES_MAX = 5;

/**
 * The write process of one file as a state machine: what the DataStreamer and its responder decide in Hadoop. Packets
 * wait in the data queue, are sent, wait in the ack queue until every DataNode has acked, and on a failure go back to
 * the front of the data queue while the pipeline is rebuilt under a new generation stamp. It performs nothing: step()
 * takes one event and returns the effects, in order, for the driver (data-streamer.ts). Which part follows which is
 * decided here.
 */
export class WritePipeline {
  readonly #options: WritePipelineOptions;
  readonly #retryDelaysMs: readonly number[];
  readonly #queues: PacketQueues;
  readonly #excluded: ExcludedNodes;
  readonly #streaming: BlockStreamingOptions;
  readonly #isAppend: boolean;
  /** None while it has nothing to write, and at the end. */
  #part: Part | undefined;
  #end: 'CLOSED' | 'FAILED' | undefined;
  /** The partial block that an append goes on in, until it does. */
  #partial: OpenBlock | undefined;
  /** Nodes that failed in this file's pipelines. */
  #failed: readonly DatanodeInfoProto[] = [];
  /** The block before the open one, with its final length; what addBlock and complete commit. */
  #finished: ExtendedBlockProto | undefined;
  #recoveries = 0;
  #isHflushed = false;
  #closeAsked = false;
  #connection = 0;
  #effects: PipelineEffect[] = [];

  constructor(options: WritePipelineOptions) {
    this.#options = options;
    this.#retryDelaysMs = retryDelaysMs(options.locateDelayMs, options.locateRetries, options.locateDelayMaxMs);
    this.#queues = new PacketQueues(options.packetsInFlightMax);
    this.#excluded = new ExcludedNodes(options.excludeMs);
    const pace = new PipelinePace(options);
    this.#streaming = { ...options, queues: this.#queues, pace, emit: this.#emit };
    const { append } = options;
    this.#isAppend = append?.kind === 'partialBlock';
    if (append?.kind === 'newBlock') this.#finished = append.previous;
    if (append?.kind === 'partialBlock') {
      this.#partial = { ...append.last, bytesSent: append.last.block.numBytes ?? 0, failed: [] };
    }
  }

  /** The name of the stage, for tests and traces. */
  get stage(): string {
    return this.#part?.stage.kind ?? this.#end ?? 'IDLE';
  }

  /** Whether the writer must wait before it queues another packet. */
  isFull(): boolean {
    return this.#queues.isFull();
  }

  get queued(): { readonly data: number; readonly ack: number } {
    return this.#queues.sizes;
  }

  /**
   * How much of the file's last block every DataNode has acked; undefined while the NameNode may be adding another one
   * or taking it back, so that nobody can say which block is the last.
   */
  get lastBlockBytes(): number | undefined {
    return this.#part ? this.#part.bytesAcked : (this.#partial?.block ?? this.#finished)?.numBytes;
  }

  /** When a 'tick' is due, if at all. */
  get tickAtMs(): number | undefined {
    return this.#part?.tickAtMs;
  }

  step(event: PipelineEvent, nowMs: number): PipelineEffect[] {
    this.#effects = [];
    if (!this.#end) this.#handle(event, nowMs);
    return this.#effects;
  }

  readonly #nextConnection = (): number => ++this.#connection;

  readonly #emit: Emit = (effect) => {
    this.#effects.push(effect);
  };

  #handle(event: PipelineEvent, now: number): void {
    switch (event.kind) {
      case 'packet':
        this.#queues.add(event.packet);
        break;
      case 'hflush':
        this.#isHflushed = true;
        return;
      case 'close':
        this.#closeAsked = true;
        break;
      // Whatever an older connection still says is void.
      case 'connected':
      case 'connectFailed':
      case 'disconnected':
      case 'ack':
        if (event.connection !== this.#connection) return;
    }
    if (this.#part) {
      this.#part.step(event, now);
      this.#maybeGoOn(this.#part, now);
    } else this.#maybeBegin(now);
  }

  /** A block for the packets that wait, or the end of the file when none do. */
  #maybeBegin(now: number): void {
    if (this.#queues.hasToSend()) {
      if (this.#partial) this.#beginAppend(this.#partial, now);
      else this.#beginSetup(now);
    } else if (this.#closeAsked) this.#part = new FileCompletion(this.#finished, this.#retryDelaysMs, this.#emit);
    else this.#part = undefined;
  }

  #maybeGoOn({ stage }: Part, now: number): void {
    switch (stage.kind) {
      case 'READY':
        this.#becomeStreaming(stage.open, now);
        return;
      case 'FINISHED':
        this.#finishBlock(stage.block, now);
        return;
      case 'BROKEN':
        this.#beginRecovery(stage, now);
        return;
      case 'REBUILT':
        this.#endRecovery(stage, now);
        return;
      case 'COMPLETED':
        this.#becomeClosed();
        return;
      case 'FAILED':
        this.#becomeFailed(stage.error);
        return;
    }
  }

  #beginSetup(now: number): void {
    const { setupRetries } = this.#options;
    const facts = { previous: this.#finished, excluded: this.#excluded, failed: this.#failed };
    const rules = { setupRetries, retryDelaysMs: this.#retryDelaysMs };
    this.#part = new BlockSetup({ ...facts, ...rules, nextConnection: this.#nextConnection, emit: this.#emit }, now);
  }

  #beginAppend(partial: OpenBlock, now: number): void {
    this.#partial = undefined;
    const recovery = this.#newRecovery('APPEND', partial);
    this.#part = recovery;
    recovery.beginAppend();
    this.#maybeGoOn(recovery, now);
  }

  #becomeStreaming(open: OpenBlock, now: number): void {
    this.#part = new BlockStreaming(this.#streaming, open, now);
  }

  #finishBlock(block: ExtendedBlockProto, now: number): void {
    this.#effects.push({ kind: 'disconnect' }, { kind: 'blockFinished', block });
    this.#finished = block;
    this.#maybeBegin(now);
  }

  /** The ack queue goes back to the front of the data queue, and the pipeline is rebuilt. */
  #beginRecovery({ open, origin, hasAcked, breakage }: BrokenPipeline, now: number): void {
    this.#emit({ kind: 'disconnect' });
    this.#nextConnection();
    this.#queues.takeBack();
    const recovery = this.#newRecovery(origin, open);
    if (hasAcked) this.#recoveries = 0;
    // A restart that is waited for is not the packet's fault.
    const waits = breakage.restarts && recovery.isWorthWaiting(breakage.place);
    if (!waits && ++this.#recoveries > RECOVERIES_MAX) {
      const message = `Failing write. Tried pipeline recovery ${RECOVERIES_MAX} times without success.`;
      this.#becomeFailed(hadoopError('IOException', message, breakage.error));
      return;
    }
    this.#part = recovery;
    recovery.begin(breakage, now);
    this.#maybeGoOn(recovery, now);
  }

  #newRecovery(origin: RecoveryOrigin, open: OpenBlock): PipelineRecovery {
    const { replication, replaceDatanode, datanodeRestartTimeoutMs, isLocal } = this.#options;
    const rules = { replication, replaceDatanode, datanodeRestartTimeoutMs, isLocal };
    const facts = { origin, isAppend: this.#isAppend, isHflushed: this.#isHflushed };
    return new PipelineRecovery({ ...rules, ...facts, nextConnection: this.#nextConnection, emit: this.#emit }, open);
  }

  #endRecovery({ open, origin, lost }: RebuiltPipeline, now: number): void {
    this.#failed = open.failed;
    if (origin === 'CLOSING') {
      // The DataNodes finalized the block when they were connected: its last packet needs no sending.
      const last = this.#queues.skip();
      if (last) this.#emit({ kind: 'acked', seqno: last.seqno });
      this.#recoveries = 0;
      this.#finishBlock(open.block, now);
      return;
    }
    this.#becomeStreaming(open, now);
    // Broken again already: what it was sent is sent again.
    if (lost) this.#handle({ kind: 'disconnected', connection: this.#connection, error: lost }, now);
  }

  #becomeClosed(): void {
    this.#part = undefined;
    this.#end = 'CLOSED';
    this.#emit({ kind: 'closed' });
  }

  #becomeFailed(error: HadoopError): void {
    this.#part = undefined;
    this.#end = 'FAILED';
    this.#effects.push({ kind: 'disconnect' }, { kind: 'failed', error });
  }
}

/** The write process of one file as a state machine. */
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

/** The part of the process that runs. Each part is a state machine, whose last stage says which part follows. */
type Part = BlockSetup | BlockStreaming | PipelineRecovery | FileCompletion;

/** The write fails after this number of recoveries without an ack in between: the data is then more likely at fault. */
const RECOVERIES_MAX = 5;

/**
 * Makes the decisions of Hadoop's DataStreamer and ResponseProcessor. Packets wait in the data queue, are sent, and wait in
 * the ack queue until every DataNode has acked. After a failure they go back to the front of the data queue while the
 * pipeline is rebuilt under a new generation stamp. The machine performs nothing: step() takes one event and returns the
 * effects, in order, for the driver (data-streamer.ts). This class decides which part follows which.
 */
export class WritePipeline {
  readonly #options: WritePipelineOptions;
  readonly #retryDelaysMs: readonly number[];
  readonly #queues: PacketQueues;
  readonly #excluded: ExcludedNodes;
  readonly #streaming: BlockStreamingOptions;
  readonly #isAppend: boolean;
  /** Undefined while there is nothing to write, and at the end. */
  #part: Part | undefined;
  #end: 'CLOSED' | 'FAILED' | undefined;
  /** The partial block in which an append will go on; undefined once it does. */
  #partial: OpenBlock | undefined;
  /** DataNodes that failed in the pipelines of this file. */
  #failed: readonly DatanodeInfoProto[] = [];
  /** The block before the open one, with its final length; addBlock and complete commit it. */
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

  /** Returns whether the writer must wait before it queues another packet. */
  isFull(): boolean {
    return this.#queues.isFull();
  }

  get queued(): { readonly data: number; readonly ack: number } {
    return this.#queues.sizes;
  }

  /**
   * Bytes of the file's last block that every DataNode has acked. Undefined while the NameNode may be adding or abandoning
   * a block: it is then not known which block is the last.
   */
  get lastBlockBytes(): number | undefined {
    return this.#part ? this.#part.bytesAcked : (this.#partial?.block ?? this.#finished)?.numBytes;
  }

  /** The time at which an event 'tick' is due; undefined if none is. */
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
      // Events of an older connection are ignored.
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

  /** Begins a block if packets wait, or else the end of the file if it was asked for. */
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

  /** Puts the ack queue back in front of the data queue, and begins to rebuild the pipeline. */
  #beginRecovery({ open, origin, hasAcked, breakage }: BrokenPipeline, now: number): void {
    this.#emit({ kind: 'disconnect' });
    this.#nextConnection();
    this.#queues.takeBack();
    const recovery = this.#newRecovery(origin, open);
    if (hasAcked) this.#recoveries = 0;
    // A restart for which the writer waits does not count: it is not the fault of the data.
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

  #endRecovery({ open, origin, early }: RebuiltPipeline, now: number): void {
    this.#failed = open.failed;
    if (origin === 'CLOSING') {
      // The DataNodes finalized the block at this connection: its last packet needs no sending.
      const last = this.#queues.skip();
      if (last) this.#emit({ kind: 'acked', seqno: last.seqno });
      this.#recoveries = 0;
      this.#finishBlock(open.block, now);
      return;
    }
    this.#becomeStreaming(open, now);
    // If they tell that the pipeline is broken again, the next recovery begins.
    for (const event of early) this.#handle(event, now);
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

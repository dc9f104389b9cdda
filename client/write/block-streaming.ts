/** The part of the write pipeline that sends packets and takes acks. */
import { HEARTBEAT_SEQNO, type Packet } from '../../protocol/datatransfer/data-transfer.ts';
import { type ExtendedBlockProto, Status } from '../../protocol/gen/messages.ts';
import { type HadoopError, hadoopError } from '../../runtime/errors.ts';
import { nodeList } from '../dfs/allocated-block.ts';
import { statusName } from '../dfs/op-status.ts';
import type { PacketQueues } from './packet-queues.ts';
import type { Emit, OpenBlock, PipelineEvent } from './pipeline-events.ts';
import type { PipelinePace } from './pipeline-pace.ts';

export interface BlockStreamingOptions {
  readonly queues: PacketQueues;
  readonly pace: PipelinePace;
  readonly heartbeatIntervalMs: number;
  readonly ackTimeoutMs?: (nodes: number) => number;
  readonly emit: Emit;
}

/** The cause of a broken pipeline. */
export interface Breakage {
  /** Place in the pipeline of the node that is taken for bad. */
  readonly place: number;
  readonly error: HadoopError;
  /** Whether the node announced that it restarts. */
  readonly restarts: boolean;
}

export interface BrokenPipeline {
  readonly open: OpenBlock;
  readonly origin: 'STREAMING' | 'CLOSING';
  /** Whether this pipeline has acked a packet. */
  readonly hasAcked: boolean;
  readonly breakage: Breakage;
}

type Stage =
  | { readonly kind: 'STREAMING' }
  /** The empty last packet of the block is sent; all packets before it are acked. */
  | { readonly kind: 'CLOSING' }
  | { readonly kind: 'FINISHED'; readonly block: ExtendedBlockProto }
  | ({ readonly kind: 'BROKEN' } & BrokenPipeline);

type AckEvent = Extract<PipelineEvent, { kind: 'ack' }>;

/**
 * Streams one block over one connected pipeline: packets are sent, wait in the ack queue and are acked, until the last
 * packet of the block is acked or the pipeline breaks. Pure, a part of WritePipeline (Hadoop: DataStreamer.run and its
 * ResponseProcessor, between the set-up and the end of a pipeline).
 */
export class BlockStreaming {
  readonly #options: BlockStreamingOptions;
  readonly #queues: PacketQueues;
  readonly #pace: PipelinePace;
  readonly #emit: Emit;
  readonly #before: OpenBlock;
  #stage: Stage = { kind: 'STREAMING' };
  #bytesSent: number;
  #bytesAcked: number;
  #hasAcked = false;
  #heartbeatAtMs: number;
  #silentAtMs = Number.POSITIVE_INFINITY;

  constructor(options: BlockStreamingOptions, open: OpenBlock, nowMs: number) {
    this.#options = options;
    this.#queues = options.queues;
    this.#pace = options.pace;
    this.#emit = options.emit;
    this.#before = open;
    this.#bytesSent = open.bytesSent;
    this.#bytesAcked = open.block.numBytes ?? 0;
    this.#heartbeatAtMs = nowMs + options.heartbeatIntervalMs;
    this.#expectAck(nowMs);
    this.#pace.begin();
    this.#maybeSend(nowMs);
  }

  get stage(): Stage {
    return this.#stage;
  }

  get bytesAcked(): number {
    return this.#bytesAcked;
  }

  get tickAtMs(): number {
    return Math.min(this.#heartbeatAtMs, this.#silentAtMs, this.#pace.resumeAtMs);
  }

  step(event: PipelineEvent, now: number): void {
    if (event.kind === 'ack') this.#handleAck(event, now);
    else if (event.kind === 'packet') this.#maybeSend(now);
    else if (event.kind === 'tick') this.#handleTick(now);
    // A lost connection names no node: the first node, to which this writer is connected, is the suspect.
    else if (event.kind === 'disconnected') this.#becomeBroken(0, event.error);
  }

  #maybeSend(now: number): void {
    while (this.#stage.kind === 'STREAMING') {
      const packet = this.#queues.nextToSend;
      if (!packet) return;
      const message = this.#pace.maybeBackOff(this.#before.nodes, now);
      if (message) this.#emit({ kind: 'warn', message });
      if (this.#pace.isBackingOff) return;
      if (packet.lastPacketInBlock) {
        // The DataNodes finalize the block on its last packet: before it is sent, all others must be acked.
        if (this.#queues.nextToAck) return;
        this.#stage = { kind: 'CLOSING' };
      }
      this.#queues.sent(packet);
      this.#bytesSent = Math.max(this.#bytesSent, endOf(packet));
      this.#heartbeatAtMs = now + this.#options.heartbeatIntervalMs;
      this.#emit({ kind: 'send', packet });
    }
  }

  /** Sets the deadline for the next ack: while all nodes live, heartbeats are acked too. */
  #expectAck(now: number): void {
    this.#silentAtMs = now + (this.#ackTimeoutMs() || Number.POSITIVE_INFINITY);
  }

  #ackTimeoutMs(): number {
    return this.#options.ackTimeoutMs?.(this.#before.nodes.length) ?? 0;
  }

  #handleAck({ seqno, replies, congested = [], slow = [] }: AckEvent, now: number): void {
    const { nodes } = this.#before;
    // The last bad node is the cause: the nodes before it only pass its failure on.
    const place = replies.findLastIndex((reply) => reply !== Status.SUCCESS);
    const reply = replies[place];
    if (reply !== undefined) {
      const message = `Bad response ${statusName(reply)} from ${nodeList(nodes.slice(place, place + 1))}`;
      this.#becomeBroken(place, hadoopError('IOException', message), reply === Status.OOB_RESTART);
      return;
    }
    this.#expectAck(now);
    this.#pace.heardCongestion(congested);
    const tooSlow = this.#pace.heardSlowness(slow.flatMap((at) => nodes[at] ?? []));
    if (tooSlow) {
      this.#becomeBroken(nodes.indexOf(tooSlow.node), tooSlow.error);
      return;
    }
    if (seqno === HEARTBEAT_SEQNO) return;
    const packet = this.#queues.nextToAck;
    if (packet?.seqno !== seqno) {
      const message = `Expected an ack of packet ${packet?.seqno ?? 'none'} but got one of ${seqno}`;
      this.#becomeBroken(0, hadoopError('IOException', message));
      return;
    }
    this.#queues.acked(packet);
    this.#hasAcked = true;
    this.#bytesAcked = Math.max(this.#bytesAcked, endOf(packet));
    this.#emit({ kind: 'acked', seqno });
    if (packet.lastPacketInBlock) this.#stage = { kind: 'FINISHED', block: this.#open().block };
    else this.#maybeSend(now);
  }

  #handleTick(now: number): void {
    if (now >= this.#silentAtMs) {
      const message = `${this.#ackTimeoutMs()} millis timeout while waiting for an ack of the pipeline`;
      this.#becomeBroken(0, hadoopError('SocketTimeoutException', message));
      return;
    }
    if (now >= this.#heartbeatAtMs) {
      this.#heartbeatAtMs = now + this.#options.heartbeatIntervalMs;
      this.#emit({ kind: 'sendHeartbeat' });
    }
    this.#pace.maybeResume(now);
    this.#maybeSend(now);
  }

  #becomeBroken(place: number, error: HadoopError, restarts = false): void {
    const origin = this.#stage.kind === 'CLOSING' ? 'CLOSING' : 'STREAMING';
    const breakage = { place, error, restarts };
    this.#stage = { kind: 'BROKEN', open: this.#open(), origin, hasAcked: this.#hasAcked, breakage };
  }

  /** Returns the open block with the bytes sent and acked so far. */
  #open(): OpenBlock {
    const { block } = this.#before;
    return { ...this.#before, bytesSent: this.#bytesSent, block: { ...block, numBytes: this.#bytesAcked } };
  }
}

function endOf(packet: Packet): number {
  return packet.offsetInBlock + packet.data.length;
}

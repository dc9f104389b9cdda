/** The queue of acks of one block that is being written: the next ack to send and its statuses. Pure. */
import { type PipelineAckProto, Status } from '../../protocol/gen/messages.ts';
import { invariant } from '../../runtime/bug.ts';
import { hadoopError } from '../../runtime/errors.ts';

/** Seqno of an ack that belongs to no packet (Hadoop: PipelineAck.UNKOWN_SEQNO). */
export const UNKNOWN_SEQNO = -2;

/** One packet between its receipt and its ack. */
export interface PendingPacket {
  readonly seqno: number;
  readonly lastPacketInBlock: boolean;
  /** Offset in the block behind the packet's data. */
  readonly endOffset: number;
}

interface Entry {
  readonly packet: PendingPacket;
  /** Undefined until this node has written the packet. */
  status: Status | undefined;
}

/** The responder's next step. */
export type AckStep =
  | {
      readonly type: 'ack';
      readonly packet: PendingPacket | undefined;
      readonly ack: PipelineAckProto;
      readonly success: boolean;
    }
  /** The next node received corrupt data from this node, so this node is bad and must leave without an ack. */
  | { readonly type: 'selfDestruct' };

/**
 * The acks of one block that is being written, in the order of its packets. A packet's ack goes upstream when this node
 * has written the packet and, unless this node is the tail, the next node has acked it. An ack lists the reply of this
 * node first, then those of the nodes behind it, nearest first.
 */
export class AckQueue {
  readonly #isTail: boolean;
  readonly #flagOf: (status: Status) => number;
  readonly #entries: Entry[] = [];
  readonly #downstream: PipelineAckProto[] = [];
  #written = 0;
  /** Number of packets that the next node has not acked yet. */
  #unackedDownstream = 0;
  #lastEnqueued = false;
  #mirrorFailed = false;
  #mirrorFailureTold = false;

  /** @param flagOf returns a status with this node's flags */
  constructor(isTail: boolean, flagOf: (status: Status) => number = (status) => status) {
    this.#isTail = isTail;
    this.#flagOf = flagOf;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** Adds a packet that has arrived and whose write is under way. */
  enqueue(packet: PendingPacket): void {
    this.#entries.push({ packet, status: undefined });
    this.#unackedDownstream++;
    this.#lastEnqueued = packet.lastPacketInBlock;
  }

  /** Notes that the oldest packet not yet written is on disk, or is refused with `status`. */
  writeCompleted(status: Status = Status.SUCCESS): void {
    const entry = this.#entries[this.#written];
    invariant(entry !== undefined, 'no more packets are written than were received');
    entry.status = status;
    this.#written++;
  }

  downstreamAck(ack: PipelineAckProto): void {
    this.#downstream.push(ack);
    if (ack.seqno !== UNKNOWN_SEQNO) this.#unackedDownstream--;
  }

  /** Whether the next node has acked the whole block, after which it may close the connection. */
  get isDownstreamDone(): boolean {
    return this.#lastEnqueued && this.#unackedDownstream <= 0;
  }

  /** Notes that the next node is lost. The next ack tells the writer that this node is bad. */
  mirrorFailed(): void {
    if (!this.#isTail) this.#mirrorFailed = true;
  }

  /**
   * Returns the next step and takes the packet of its ack off the queue; undefined if no step is due yet.
   * @throws IOException if the next node acks a packet out of order
   */
  next(): AckStep | undefined {
    if (this.#mirrorFailed) return this.#relayLastWord() ?? this.#tellMirrorFailure();
    const downstream = this.#downstream[0];
    if (downstream?.seqno === UNKNOWN_SEQNO) {
      this.#downstream.shift();
      return this.#relay(downstream);
    }
    const head = this.#entries[0];
    if (head?.status === undefined || (!this.#isTail && !downstream)) return undefined;
    const { seqno } = head.packet;
    if (downstream && downstream.seqno !== seqno) {
      throw hadoopError('IOException', `ack out of order: expected seqno ${seqno}, received ${downstream.seqno}`);
    }
    this.#downstream.shift();
    this.#entries.shift();
    this.#written--;
    if (downstream?.reply[0] === Status.ERROR_CHECKSUM) return { type: 'selfDestruct' };
    return this.#step(head.packet, seqno, head.status, downstream);
  }

  /** Relays the reason that the next node gave before it left: that it restarts, or that a node behind it does. */
  #relayLastWord(): AckStep | undefined {
    const word = this.#downstream.find((ack) => ack.seqno === UNKNOWN_SEQNO);
    this.#downstream.length = 0;
    return word && this.#relay(word);
  }

  #relay(ack: PipelineAckProto): AckStep {
    return this.#step(undefined, UNKNOWN_SEQNO, Status.SUCCESS, ack);
  }

  #tellMirrorFailure(): AckStep | undefined {
    if (this.#mirrorFailureTold) return undefined;
    this.#mirrorFailureTold = true;
    const seqno = this.#entries[0]?.packet.seqno ?? UNKNOWN_SEQNO;
    const reply = [Status.SUCCESS, Status.ERROR];
    return {
      type: 'ack',
      packet: undefined,
      ack: { seqno, reply, downstreamAckTimeNanos: 0, flag: reply.map(this.#flagOf) },
      success: false,
    };
  }

  #step(
    packet: PendingPacket | undefined,
    seqno: number,
    status: Status,
    downstream: PipelineAckProto | undefined,
  ): AckStep {
    const reply = downstream ? [status, ...downstream.reply] : [status];
    const mine = this.#flagOf(status);
    // A node without support for flags sends only statuses. A status is a flag in which no other bits are set.
    const others = downstream && downstream.flag.length > 0 ? downstream.flag : (downstream?.reply ?? []);
    const success = reply.every((s) => s === Status.SUCCESS);
    return { type: 'ack', packet, ack: { seqno, reply, downstreamAckTimeNanos: 0, flag: [mine, ...others] }, success };
  }
}

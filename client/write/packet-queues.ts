/** The packets of a file that are not yet on every DataNode. */
import type { Packet } from '../../protocol/datatransfer/data-transfer.ts';
import { dearInvariants, invariant } from '../../runtime/bug.ts';
import { AckQueue } from './ack-queue.ts';

/**
 * The data queue and the ack queue of a file. Each packet that is not acked is in exactly one of them, and the packets
 * of the ack queue come before those of the data queue.
 */
export class PacketQueues {
  readonly #dataQueue: Packet[] = [];
  readonly #ackQueue: AckQueue<Packet>;

  /** @param packetsMax limit for both queues together */
  constructor(packetsMax: number) {
    this.#ackQueue = new AckQueue(packetsMax);
  }

  get sizes(): { readonly data: number; readonly ack: number } {
    return { data: this.#dataQueue.length, ack: this.#ackQueue.size };
  }

  /** Whether the writer must wait before it queues another packet. */
  isFull(): boolean {
    return this.#dataQueue.length + this.#ackQueue.size >= this.#ackQueue.packetsMax;
  }

  add(packet: Packet): void {
    const last = this.#dataQueue.at(-1);
    invariant(last === undefined || last.seqno < packet.seqno, 'the seqnos of the data queue ascend');
    this.#dataQueue.push(packet);
  }

  /** Returns the next packet to send; undefined if there is none or the ack queue has no room. */
  get nextToSend(): Packet | undefined {
    return this.#ackQueue.isFull() ? undefined : this.#dataQueue[0];
  }

  /** Returns the oldest packet that was sent and is not acked. */
  get nextToAck(): Packet | undefined {
    return this.#ackQueue.first;
  }

  hasToSend(): boolean {
    return this.#dataQueue.length > 0;
  }

  /** Moves nextToSend to the ack queue, when the packet is on its way. */
  sent(packet: Packet): void {
    invariant(this.#dataQueue.shift() === packet, 'packets are sent in the order of the data queue');
    this.#ackQueue.add(packet);
  }

  /** Forgets nextToAck, when every DataNode has acknowledged it. */
  acked(packet: Packet): void {
    invariant(this.#ackQueue.first === packet, 'packets are acked in the order in which they were sent');
    this.#ackQueue.releaseThrough(packet.seqno);
  }

  /** Takes out and returns the next packet of the data queue, when it needs no sending after all. */
  skip(): Packet | undefined {
    return this.#dataQueue.shift();
  }

  /** Puts the ack queue back in front of the data queue, when the pipeline broke: these packets are sent again first. */
  takeBack(): void {
    this.#dataQueue.unshift(...this.#ackQueue.takeAll());
    if (dearInvariants) invariant(this.#isInOrder(), 'the ack queue comes before the data queue');
  }

  #isInOrder(): boolean {
    return this.#dataQueue.every((packet, i) => i === 0 || (this.#dataQueue[i - 1]?.seqno ?? 0) < packet.seqno);
  }
}

import type { Packet } from '../../protocol/datatransfer/data-transfer.ts';
import { AckQueue } from './ack-queue.ts';

/** The data queue and the ack queue of a file: all its packets that not every DataNode has yet. */
export class PacketQueues {
  // Invariant: what is not acked is in exactly one of the queues, and the ack queue's packets come before the others.
  readonly #dataQueue: Packet[] = [];
  readonly #ackQueue: AckQueue<Packet>;

  /** @param packetsMax of both queues together */
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
    this.#dataQueue.push(packet);
  }

  /** The next packet to be sent; undefined: there is none, or the ack queue has no room. */
  get nextToSend(): Packet | undefined {
    return this.#ackQueue.isFull() ? undefined : this.#dataQueue[0];
  }

  /** The oldest packet that was sent and is not acked. */
  get nextToAck(): Packet | undefined {
    return this.#ackQueue.first;
  }

  hasToSend(): boolean {
    return this.#dataQueue.length > 0;
  }

  /** nextToSend is on its way. */
  sent(packet: Packet): void {
    this.#dataQueue.shift();
    this.#ackQueue.add(packet);
  }

  /** nextToAck is with every DataNode. */
  acked(packet: Packet): void {
    this.#ackQueue.releaseThrough(packet.seqno);
  }

  /** A packet that needs no sending, after all. */
  skip(): Packet | undefined {
    return this.#dataQueue.shift();
  }

  /** The pipeline broke: what was sent and is not acked is sent again, before all else. */
  takeBack(): void {
    this.#dataQueue.unshift(...this.#ackQueue.takeAll());
  }
}

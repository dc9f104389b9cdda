/** What the queue needs to know of a packet. */
interface Sequenced {
  readonly seqno: number;
}

/**
 * The packets that were sent and that not every DataNode has acknowledged yet, oldest first: a bounded window.
 * The caller asks isFull() before add().
 */
export class AckQueue<P extends Sequenced> {
  readonly packetsMax: number;
  // Invariant: seqnos ascend, and packets.length <= packetsMax.
  #packets: P[] = [];

  constructor(packetsMax: number) {
    if (!(packetsMax >= 1)) throw new RangeError(`packetsMax is ${packetsMax}: expected 1 or more`);
    this.packetsMax = packetsMax;
  }

  get size(): number {
    return this.#packets.length;
  }

  get first(): P | undefined {
    return this.#packets[0];
  }

  isEmpty(): boolean {
    return this.#packets.length === 0;
  }

  isFull(): boolean {
    return this.#packets.length >= this.packetsMax;
  }

  /** @throws Error when the window is full or the packet is out of order */
  add(packet: P): void {
    if (this.isFull()) throw new Error(`ack queue is full (${this.packetsMax} packets)`);
    const last = this.#packets.at(-1);
    if (last && last.seqno >= packet.seqno) throw new Error(`packet ${packet.seqno} after packet ${last.seqno}`);
    this.#packets.push(packet);
  }

  /** Removes the packets up to and including `seqno`, which is now with every DataNode, and returns them. */
  releaseThrough(seqno: number): P[] {
    let count = 0;
    for (const packet of this.#packets) {
      if (packet.seqno > seqno) break;
      count++;
    }
    return this.#packets.splice(0, count);
  }

  /** Empties the window: what a failure sends back to the front of the data queue. */
  takeAll(): P[] {
    const packets = this.#packets;
    this.#packets = [];
    return packets;
  }
}

/** The bounded window of a file's packets that wait for their acks. */
import { dearInvariants, invariant } from '../../runtime/bug.ts';

/** The part of a packet that the queue looks at. */
interface Sequenced {
  readonly seqno: number;
}

/**
 * Packets that were sent and that not every DataNode has acknowledged yet, oldest first: a bounded window, whose seqnos
 * ascend. The caller asks isFull() before add().
 */
export class AckQueue<P extends Sequenced> {
  readonly packetsMax: number;
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

  /** @throws InvariantError when the window is full or the packet is out of order */
  add(packet: P): void {
    invariant(this.#packets.length < this.packetsMax, 'the ack queue holds at most packetsMax packets');
    const last = this.#packets.at(-1);
    invariant(last === undefined || last.seqno < packet.seqno, 'the seqnos of the ack queue ascend');
    this.#packets.push(packet);
  }

  /** Removes and returns the packets up to and including `seqno`, which every DataNode has acknowledged now. */
  releaseThrough(seqno: number): P[] {
    let count = 0;
    for (const packet of this.#packets) {
      if (packet.seqno > seqno) break;
      count++;
    }
    if (dearInvariants)
      invariant(
        this.#packets.slice(count).every((p) => p.seqno > seqno),
        'acks come in order',
      );
    return this.#packets.splice(0, count);
  }

  /** Empties the window and returns its packets, which a failed pipeline sends back to the front of the data queue. */
  takeAll(): P[] {
    const packets = this.#packets;
    this.#packets = [];
    return packets;
  }
}

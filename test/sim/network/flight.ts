// Carries the segments of one direction of a simulated TCP connection to their receiver.
import type { SimProcess } from '../world/process.ts';
import type { SimEvent } from '../world/scheduler.ts';

interface Segment {
  bytes: Buffer;
  readonly departedMs: number;
  readonly isFin: boolean;
}

/** The part of SimSocket that a flight uses: the end that sends, and by `peer` the end that receives. */
interface End {
  readonly process: SimProcess;
  readonly destroyed: boolean;
  readonly peer: End | undefined;
  take(bytes: Buffer, isFin: boolean): void;
  fail(code: string, message: string): void;
}

/** The segments on their way from one end of a connection to the other. They arrive in order, and may arrive in parts. */
export class Flight {
  readonly #sender: End;
  readonly #segments: Segment[] = [];
  #delivery: SimEvent | undefined;
  #lastArrivalMs = 0;

  constructor(sender: End) {
    this.#sender = sender;
  }

  /** Takes a segment along. Segments that leave at the same instant travel together. */
  depart(bytes: Buffer, isFin: boolean): void {
    const { nowMs } = this.#sender.process.world.scheduler;
    const last = this.#segments.at(-1);
    if (last !== undefined && !isFin && !last.isFin && last.departedMs === nowMs) {
      last.bytes = Buffer.concat([last.bytes, bytes]);
      return;
    }
    this.#segments.push({ bytes, isFin, departedMs: nowMs });
    this.#travel();
  }

  /** Loses all segments. */
  drop(): void {
    this.#segments.length = 0;
  }

  #travel(): void {
    const { process, peer } = this.#sender;
    const next = this.#segments[0];
    if (peer === undefined || next === undefined || this.#delivery !== undefined) return;
    const { network, scheduler } = process.world;
    const delayMs = network.delayMs(process.machine, peer.process.machine, next.bytes.length);
    const atMs = Math.max(this.#lastArrivalMs, next.departedMs + delayMs, scheduler.nowMs);
    this.#delivery = scheduler.after(atMs - scheduler.nowMs, () => {
      this.#delivery = undefined;
      this.#arrive(peer);
    });
  }

  #arrive(peer: End): void {
    const { process } = this.#sender;
    const { network, scheduler, random } = process.world;
    const [from, to] = [process.machine, peer.process.machine];
    if (this.#segments.length === 0) return;
    if (!network.isOpen(from, to)) {
      // A sender without power has lost its kernel's buffers. Otherwise its kernel sends again when a link opens.
      if (from.isPowered) network.whenOpened(() => this.#travel());
      return;
    }
    this.#lastArrivalMs = scheduler.nowMs;
    const next = this.#segments[0] as Segment;
    let { bytes } = next;
    const isSplit = bytes.length > 1 && random.chance(0.03);
    if (isSplit) {
      bytes = bytes.subarray(0, 1 + random.nextInt(bytes.length - 1));
      next.bytes = next.bytes.subarray(bytes.length);
    } else this.#segments.shift();
    if (peer.destroyed) {
      // The peer's socket is closed: its kernel answers with a reset.
      this.drop();
      const backMs = network.delayMs(to, from, 0);
      if (!next.isFin || bytes.length > 0)
        process.after(backMs, () => this.#sender.fail('ECONNRESET', 'read ECONNRESET'));
      return;
    }
    peer.take(bytes, next.isFin && !isSplit);
    this.#travel();
  }
}

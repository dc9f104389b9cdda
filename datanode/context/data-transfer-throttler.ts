/** Limits on the bandwidth of data transfers. */
import { Alarm } from '../../runtime/promises.ts';
import type { Clock } from '../../runtime/runtime.ts';

/** Unused bandwidth of this many milliseconds may be used later (Hadoop: the period of a DataTransferThrottler). */
const PERIOD_MS = 500;

/** Limits the bandwidth of several transfers together (Hadoop: DataTransferThrottler). */
export class DataTransferThrottler {
  readonly #clock: Clock;
  #bytesPerSecond: number;
  /** When the limit allows the bytes that were sent so far. */
  #paidMs = Number.NEGATIVE_INFINITY;
  readonly #alarm = new Alarm();
  #closed = false;

  /** @param bytesPerSecond 0 for no limit */
  constructor(bytesPerSecond: number, clock: Clock) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#clock = clock;
  }

  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Changes the limit for the bytes sent from now on. */
  setBandwidth(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Counts sent bytes. @returns a promise to wait for before more are sent; undefined if they may be sent now */
  throttle(bytes: number): Promise<void> | undefined {
    if (this.#bytesPerSecond <= 0 || this.#closed) return undefined;
    const nowMs = this.#clock.monotonicMs();
    this.#paidMs = Math.max(this.#paidMs, nowMs - PERIOD_MS) + (bytes * 1000) / this.#bytesPerSecond;
    const waitMs = this.#paidMs - nowMs;
    if (waitMs < 1) return undefined;
    return this.#alarm.sleep(waitMs);
  }

  /** Ends every wait, now and later. */
  close(): void {
    this.#closed = true;
    this.#alarm.ring();
  }
}

/** Limits how many blocks are moved for the balancer at once, and their bandwidth (Hadoop: BlockBalanceThrottler). */
export class BlockBalanceThrottler extends DataTransferThrottler {
  readonly movesMax: number;
  #moves = 0;

  /** @param movesMax dfs.datanode.balance.max.concurrent.moves */
  constructor(bytesPerSecond: number, movesMax: number, clock: Clock) {
    super(bytesPerSecond, clock);
    this.movesMax = movesMax;
  }

  get moves(): number {
    return this.#moves;
  }

  /** Takes a place for one move, to be given back with `release()`. @returns whether there was one */
  acquire(): boolean {
    if (this.#moves >= this.movesMax) return false;
    this.#moves++;
    return true;
  }

  release(): void {
    this.#moves--;
  }
}

import type { Clock } from '../../runtime/runtime.ts';

/** Unused bandwidth that may be made up for, as time (Hadoop: the period of a DataTransferThrottler). */
const PERIOD_MS = 500;

/** Limits the bandwidth that several transfers have together (Hadoop: DataTransferThrottler). */
export class DataTransferThrottler {
  readonly #clock: Clock;
  #bytesPerSecond: number;
  /** When what has been sent so far is paid for. */
  #paidMs = Number.NEGATIVE_INFINITY;
  readonly #waiting = new Map<NodeJS.Timeout, () => void>();
  #closed = false;

  /** @param bytesPerSecond 0: without limit */
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

  /** Holds for what is sent from now on. */
  setBandwidth(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Counts bytes that were sent. @returns what to wait for before more are; undefined: nothing */
  throttle(bytes: number): Promise<void> | undefined {
    if (this.#bytesPerSecond <= 0 || this.#closed) return undefined;
    const nowMs = this.#clock.monotonicMs();
    this.#paidMs = Math.max(this.#paidMs, nowMs - PERIOD_MS) + (bytes * 1000) / this.#bytesPerSecond;
    const waitMs = this.#paidMs - nowMs;
    if (waitMs < 1) return undefined;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(timer);
        resolve();
      }, waitMs);
      this.#waiting.set(timer, resolve);
    });
  }

  /** No one waits any more, nor will. */
  close(): void {
    this.#closed = true;
    for (const [timer, wake] of this.#waiting) {
      clearTimeout(timer);
      wake();
    }
    this.#waiting.clear();
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

  /** Takes a place for one move; false when all are taken. Who gets one gives it back with `release()`. */
  acquire(): boolean {
    if (this.#moves >= this.movesMax) return false;
    this.#moves++;
    return true;
  }

  release(): void {
    this.#moves--;
  }
}

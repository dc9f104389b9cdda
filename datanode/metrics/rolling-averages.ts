/** Averages over a sliding time. Pure. */

/** The sum and the number of the samples of one window. */
interface Window {
  sum: number;
  count: number;
  /** When the window was closed. */
  closedMs: number;
}

/** The samples of one name: of the open window, and of the closed ones, oldest first. */
interface Samples {
  open: { sum: number; count: number };
  closed: Window[];
}

const WINDOW_MS = 300_000;
const WINDOWS = 36;

/**
 * Averages over a sliding time, by name (Hadoop: MutableRollingAverages). Samples are summed up in windows of five minutes.
 * The average is that of the last 36 closed windows, which are three hours. The open window does not count yet.
 */
export class RollingAverages {
  readonly #windowMs: number;
  readonly #validMs: number;
  readonly #samples = new Map<string, Samples>();
  /** When the open windows will be closed; undefined before the first sample. */
  #rollMs: number | undefined;

  constructor({ windowMs = WINDOW_MS, windows = WINDOWS }: { windowMs?: number; windows?: number } = {}) {
    this.#windowMs = windowMs;
    this.#validMs = windowMs * windows;
  }

  /** Adds `count` samples whose sum is `sum`. `nowMs` never goes back. */
  add(name: string, sum: number, count: number, nowMs: number): void {
    this.#rollMs ??= nowMs + this.#windowMs;
    this.#roll(nowMs);
    let samples = this.#samples.get(name);
    if (samples === undefined) {
      samples = { open: { sum: 0, count: 0 }, closed: [] };
      this.#samples.set(name, samples);
    }
    samples.open.sum += sum;
    samples.open.count += count;
  }

  /** Returns the average of every name with more than `minSamples` samples in the windows that count. */
  stats(minSamples: number, nowMs: number): Map<string, number> {
    this.#roll(nowMs);
    const stats = new Map<string, number>();
    for (const [name, { closed }] of this.#samples) {
      let sum = 0;
      let count = 0;
      for (const window of closed) {
        if (nowMs - window.closedMs >= this.#validMs) continue;
        sum += window.sum;
        count += window.count;
      }
      if (count > minSamples) stats.set(name, sum / count);
    }
    return stats;
  }

  /** Closes the windows whose time is over, and forgets those that no longer count. */
  #roll(nowMs: number): void {
    if (this.#rollMs === undefined || nowMs < this.#rollMs) return;
    const closedMs = this.#rollMs;
    const passed = Math.floor((nowMs - closedMs) / this.#windowMs);
    this.#rollMs = closedMs + (passed + 1) * this.#windowMs;
    for (const [name, samples] of this.#samples) {
      // A window without samples would not change the average.
      if (samples.open.count > 0) samples.closed.push({ ...samples.open, closedMs });
      samples.open = { sum: 0, count: 0 };
      samples.closed = samples.closed.filter((window) => nowMs - window.closedMs < this.#validMs);
      if (samples.closed.length === 0) this.#samples.delete(name);
    }
  }
}

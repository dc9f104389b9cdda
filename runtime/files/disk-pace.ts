/** A write that takes longer has waited for the disk; a shorter one may just have waited for a processor. */
const SLOW_WRITE_MS = 50;
/** How long writes are left to threads after a slow one. */
const SLOW_PERIOD_MS = 1000;

/**
 * Whether a disk takes writes at the speed of memory. While it does, they are made at once: handing them to a thread and
 * back costs more than the write. When the disk falls behind, the same system call blocks for as long as the disk takes;
 * then threads do the waiting, so that the process goes on with its other work.
 */
export class DiskPace {
  #slowUntilMs = Number.NEGATIVE_INFINITY;

  isFast(nowMs: number): boolean {
    return nowMs >= this.#slowUntilMs;
  }

  record(beganMs: number, endedMs: number): void {
    if (endedMs - beganMs > SLOW_WRITE_MS) this.#slowUntilMs = endedMs + SLOW_PERIOD_MS;
  }
}

/** Whether writes to a disk may block the event loop. */
/** A write that takes longer has waited for the disk; a shorter one may have waited for a processor only. */
const SLOW_WRITE_MS = 50;
/** The time after a slow write in which threads make the writes. */
const SLOW_PERIOD_MS = 1000;

/**
 * Tells whether a disk takes writes at the speed of memory. While it does, the event loop makes the writes itself: a
 * thread would cost more than the write. When the disk falls behind, the system call blocks until the disk is done;
 * then threads make the writes, so that the process goes on with its other work.
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

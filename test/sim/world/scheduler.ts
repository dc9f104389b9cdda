/** A scheduled event, which can be cancelled until it runs. */
export interface SimEvent {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  isCancelled: boolean;
}

/**
 * Runs the discrete events of a simulated world, earliest first, and events of one instant in the order in which they
 * were scheduled. All microtasks run between two events: one event stands for one turn of the event loop.
 */
export class Scheduler {
  nowMs = 0;
  #order = 0;
  readonly #heap: SimEvent[] = [];
  eventsRun = 0;

  /** Schedules `run` after a delay in simulated milliseconds. */
  after(delayMs: number, run: () => void): SimEvent {
    const event = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, run, isCancelled: false };
    this.#push(event);
    return event;
  }

  /** Number of events that wait. */
  get size(): number {
    return this.#heap.length;
  }

  /** Runs events until `done` returns true, no event is left, or the next one is later than `untilMs`. */
  runUntil(untilMs: number, done: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        try {
          if (!this.#runNext(untilMs, done)) {
            resolve();
            return;
          }
        } catch (e) {
          reject(e);
          return;
        }
        // process.nextTick runs all microtasks first. setImmediate now and then lets the real event loop run too.
        if (this.eventsRun % 5000 === 0) setImmediate(step);
        else queueMicrotask(() => process.nextTick(step));
      };
      process.nextTick(step);
    });
  }

  #runNext(untilMs: number, done: () => boolean): boolean {
    for (;;) {
      if (done()) return false;
      const next = this.#heap[0];
      if (next === undefined || next.atMs > untilMs) {
        this.nowMs = Math.max(this.nowMs, Math.min(untilMs, next?.atMs ?? this.nowMs));
        return false;
      }
      this.#pop();
      if (next.isCancelled) continue;
      this.nowMs = next.atMs;
      this.eventsRun++;
      next.run();
      return true;
    }
  }

  #push(event: SimEvent): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const other = heap[parent] as SimEvent;
      if (!isBefore(event, other)) break;
      heap[at] = other;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as SimEvent;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as SimEvent, heap[child] as SimEvent)) child++;
      if (!isBefore(heap[child] as SimEvent, last)) break;
      heap[at] = heap[child] as SimEvent;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: SimEvent, b: SimEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

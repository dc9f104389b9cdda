/** An event that may still be cancelled. */
export interface SimEvent {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
  isCancelled: boolean;
}

/**
 * The discrete events of a simulated world, earliest first; of the same instant, the first scheduled first. Between two
 * events all microtasks run, so that an event is what a turn of the event loop is to the real programs.
 */
export class Scheduler {
  nowMs = 0;
  #order = 0;
  readonly #heap: SimEvent[] = [];
  eventsRun = 0;

  /** Runs `run` after so many simulated milliseconds. */
  after(delayMs: number, run: () => void): SimEvent {
    const event = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, run, isCancelled: false };
    this.#push(event);
    return event;
  }

  /** How many events wait. */
  get size(): number {
    return this.#heap.length;
  }

  /** Runs events until `done` says so, no event is left, or the next one is later than `untilMs`. */
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
        // All microtasks run before the next tick does; now and then the real event loop gets a turn.
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

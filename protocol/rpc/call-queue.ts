/**
 * The calls in progress of one server. When there are too many, connections wait until one is done, so that clients feel
 * back pressure. (Hadoop: org.apache.hadoop.ipc.CallQueueManager.)
 */
export class CallQueue {
  readonly #callsMax: number;
  #calls = 0;
  /** Connections that have calls to begin, the one that waits longest first. */
  readonly #waiting = new Set<() => void>();

  constructor(callsMax: number) {
    this.#callsMax = callsMax;
  }

  get isFull(): boolean {
    return this.#calls >= this.#callsMax;
  }

  begin(): void {
    this.#calls++;
  }

  end(): void {
    this.#calls--;
    for (const resume of this.#waiting) {
      if (this.isFull) return;
      this.#waiting.delete(resume);
      resume();
    }
  }

  /** `resume` is called once when there is room; the same function is kept once. */
  wait(resume: () => void): void {
    this.#waiting.add(resume);
  }

  /** For one that has gone. */
  forget(resume: () => void): void {
    this.#waiting.delete(resume);
  }
}

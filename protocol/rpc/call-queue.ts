/** The limit on an RPC server's calls in progress. */

/**
 * Counts the calls in progress of one server. While there are too many, connections wait for the end of a call, so that
 * clients feel back pressure. (Hadoop: org.apache.hadoop.ipc.CallQueueManager.)
 */
export class CallQueue {
  readonly #callsMax: number;
  #calls = 0;
  /** Callbacks of connections that have calls to begin; the connection that waits longest comes first. */
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

  /** Calls `resume` once when there is room. A function that waits already is not added again. */
  wait(resume: () => void): void {
    this.#waiting.add(resume);
  }

  /** Removes the callback of a connection that is closed. */
  forget(resume: () => void): void {
    this.#waiting.delete(resume);
  }
}

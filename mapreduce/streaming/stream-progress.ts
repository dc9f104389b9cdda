/** Tells the tracker, every ten seconds, that the executable of a task reads and writes (PipeMapRed's reporter). */

/** PipeMapRed.reporterOutDelay_ */
const INTERVAL_MS = 10_000;

export class StreamProgress {
  readonly #setStatus: (status: string) => void;
  readonly #nowMs: () => number;
  #read = 0;
  #written = 0;
  #lastMs = Number.NEGATIVE_INFINITY;
  /** The status that the executable has given. */
  #own: string | undefined;

  /** @param nowMs a steady clock, in milliseconds */
  constructor(setStatus: (status: string) => void, nowMs: () => number) {
    this.#setStatus = setStatus;
    this.#nowMs = nowMs;
  }

  /** Counts a record that goes to the executable. */
  read(): void {
    this.#read++;
  }

  /** Counts a record of the executable. */
  written(): void {
    this.#written++;
  }

  /** Takes a status of the executable: it stays. */
  status(text: string): void {
    this.#own = text;
    this.#lastMs = this.#nowMs();
    this.#setStatus(text);
  }

  /** Called after the executable has written something. */
  alive(): void {
    const now = this.#nowMs();
    if (now - this.#lastMs <= INTERVAL_MS) return;
    this.#lastMs = now;
    this.#setStatus(this.#own ?? `Records R/W=${this.#read}/${this.#written}`);
  }
}

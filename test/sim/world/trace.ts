// The trace of a simulated world.
import { createHash, type Hash } from 'node:crypto';

/**
 * Records one line an event. All lines are hashed, so that two runs of one seed can be compared; only the last lines
 * are kept, to explain a failure.
 */
export class Trace {
  readonly #hash: Hash = createHash('md5');
  readonly #linesMax: number;
  #lines: string[] = [];
  count = 0;

  constructor(linesMax: number) {
    this.#linesMax = linesMax;
  }

  /** Whether events are recorded. Seeds run faster when they are not. */
  get isOn(): boolean {
    return this.#linesMax > 0;
  }

  add(atMs: number, who: string, what: string): void {
    if (this.#linesMax === 0) return;
    this.count++;
    const line = `${atMs.toFixed(3).padStart(11)}  ${who.padEnd(8)} ${what}`;
    this.#hash.update(line);
    this.#lines.push(line);
    if (this.#lines.length > 2 * this.#linesMax) this.#lines = this.#lines.slice(-this.#linesMax);
  }

  get lines(): readonly string[] {
    return this.#lines.slice(-this.#linesMax);
  }

  digest(): string {
    return this.#hash.copy().digest('hex');
  }
}

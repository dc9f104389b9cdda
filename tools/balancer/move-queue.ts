import type { PendingMove } from './block-choice.ts';

/** Moves to one target: so many at once, the others wait in order. Never rejects: `run` sees to its own failures. */
export class MoveQueue {
  readonly #run: (move: PendingMove) => Promise<void>;
  readonly #runningMax: number;
  readonly #waiting: PendingMove[] = [];
  #running = 0;

  constructor(runningMax: number, run: (move: PendingMove) => Promise<void>) {
    this.#runningMax = runningMax;
    this.#run = run;
  }

  get isIdle(): boolean {
    return this.#running === 0 && this.#waiting.length === 0;
  }

  add(move: PendingMove): void {
    this.#waiting.push(move);
    this.#next();
  }

  #next(): void {
    while (this.#running < this.#runningMax) {
      const move = this.#waiting.shift();
      if (!move) return;
      this.#running++;
      void this.#run(move).finally(() => {
        this.#running--;
        this.#next();
      });
    }
  }
}

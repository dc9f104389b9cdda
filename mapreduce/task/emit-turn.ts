/** Gives the functions of a job their emit(), which they may call until they return. */
import type { Attempt } from './attempt.ts';

export type Emit = (key: unknown, value: unknown) => void;

/** The call that may emit. A call that is not awaited emits when another call runs, or none: that is an error. */
export class EmitTurn {
  readonly #emit: Emit;
  readonly #attempt: Attempt;
  readonly #functionName: string;
  /** The number of the call that may emit; 0 for none. */
  #turn = 0;

  constructor(functionName: string, attempt: Attempt, emit: Emit) {
    this.#functionName = functionName;
    this.#attempt = attempt;
    this.#emit = emit;
  }

  /** Returns the emit() of the calls with this number, which is at least 1. */
  emitOf(turn: number): Emit {
    return (key, value) => {
      if (this.#turn === turn) this.#emit(key, value);
      else this.#refuse();
    };
  }

  /** Returns `write` for the calls with this number, under the same rule. */
  guarded<Arguments extends unknown[]>(
    turn: number,
    write: (...args: Arguments) => void,
  ): (...args: Arguments) => void {
    return (...args) => {
      if (this.#turn === turn) write(...args);
      else this.#refuse();
    };
  }

  begin(turn: number): void {
    this.#turn = turn;
  }

  end(): void {
    this.#turn = 0;
  }

  /** Fails the attempt, also if the job's code catches the error. */
  #refuse(): never {
    const error = new Error(
      `emit() was called after ${this.#functionName}() had returned: the pair would be lost. ` +
        `Make ${this.#functionName}() async and await its work, or return a promise that ends with the work`,
    );
    this.#attempt.fail(error);
    throw error;
  }
}

import { randomBytes, randomInt, randomUUID } from 'node:crypto';

/** Time as an input. The pure files take `now` instead. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds from some start, never set back. */
  monotonicMs(): number;
}

/** Randomness as an input. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** An integer in [0, bound). */
  nextInt(bound: number): number;
  bytes(length: number): Uint8Array;
  uuid(): string;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
};

export const systemRandom: Random = {
  next: () => Math.random(),
  nextInt: (bound) => randomInt(bound),
  bytes: (length) => randomBytes(length),
  uuid: () => randomUUID(),
};

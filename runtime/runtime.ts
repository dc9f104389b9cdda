/** Clock and randomness. This is the only file that reads the system's. */
import { randomBytes, randomInt, randomUUID } from 'node:crypto';

/** Time as an input, so that tests can set it. Pure files are given the time as a number. */
export interface Clock {
  /** Returns milliseconds since the epoch. */
  now(): number;
  /** Returns milliseconds since an arbitrary start; they never go back. */
  monotonicMs(): number;
}

/** Randomness as an input, so that a seed can decide everything. */
export interface Random {
  /** Returns a number in [0, 1). */
  next(): number;
  /** Returns an integer in [0, bound). */
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

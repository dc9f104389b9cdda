/** The random numbers that an operation receives: the part of Random in runtime/runtime.ts that operations need. */
export interface Chooser {
  /** Returns an integer from 0 to `bound` - 1. */
  nextInt(bound: number): number;
}

/** The randomness that an operation is given: the part of runtime/runtime.ts's Random that choices need. */
export interface Chooser {
  /** Returns an integer from 0 to `bound` - 1. */
  nextInt(bound: number): number;
}

/** A change of one source file while it is bundled: `find` must occur in it exactly once. */
export interface Patch {
  /** From the project's directory, as `client/ack-queue.ts`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

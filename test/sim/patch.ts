/** A change of one source file while it is bundled: `find` must occur in it exactly once. */
export interface Patch {
  /** Path relative to the project's directory, such as `client/write/packet-queues.ts`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** A change of one source file during bundling. `find` must occur exactly once in the file. */
export interface Patch {
  /** Path relative to the project's directory, such as `client/write/packet-queues.ts`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

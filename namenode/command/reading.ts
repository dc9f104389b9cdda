/** Collects which changes the answer to one question shows. */
export class Reading {
  /** Time of the steady clock, in ms. */
  readonly now: number;
  /** Time of the wall clock, in ms. */
  readonly wallMs: number;
  /**
   * Sequence of the last command whose changes the answer shows. The answer may not leave the NameNode before those
   * changes are durable.
   */
  sequence = 0;

  constructor(now: number, wallMs = now) {
    this.now = now;
    this.wallMs = wallMs;
  }

  /** Notes that the answer shows the attributes of this inode. */
  saw(inode: { readonly changedAt: number }): void {
    if (inode.changedAt > this.sequence) this.sequence = inode.changedAt;
  }

  /** Notes that the answer shows which children this directory has. */
  sawChildren(directory: { readonly childrenChangedAt: number }): void {
    if (directory.childrenChangedAt > this.sequence) this.sequence = directory.childrenChangedAt;
  }
}

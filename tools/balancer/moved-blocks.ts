/** Blocks that the balancer moved a short while ago. Pure. */

/**
 * The blocks that were chosen for a move within a window of time. They are not moved again, because the NameNode may not
 * know their new places yet. Kept as two windows, the current and the previous one, as in Hadoop's class of this name.
 */
export class MovedBlocks {
  readonly #windowMs: number;
  #current = new Set<number>();
  #previous = new Set<number>();
  #beganMs: number;

  /** @param windowMs dfs.balancer.movedWinWidth; a block is remembered for one to two of it */
  constructor(windowMs: number, nowMs: number) {
    this.#windowMs = windowMs;
    this.#beganMs = nowMs;
  }

  add(blockId: number): void {
    this.#current.add(blockId);
  }

  has(blockId: number): boolean {
    return this.#current.has(blockId) || this.#previous.has(blockId);
  }

  /** Begins a new window if the current one is over, and forgets the blocks of the previous one. */
  cleanUp(nowMs: number): void {
    if (nowMs - this.#beganMs <= this.#windowMs) return;
    this.#previous = this.#current;
    this.#current = new Set();
    this.#beganMs = nowMs;
  }
}

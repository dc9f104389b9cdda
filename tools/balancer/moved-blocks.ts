/**
 * The blocks that were moved, or chosen to be, within a window of time: they are not moved again, because the NameNode's
 * answers may not show yet where they went. Kept as two half windows; org.apache.hadoop.hdfs.server.balancer.MovedBlocks.
 */
export class MovedBlocks {
  readonly #windowMs: number;
  #current = new Set<number>();
  #previous = new Set<number>();
  #beganMs: number;

  /** @param windowMs dfs.balancer.movedWinWidth: a block is remembered at least so long, at most twice */
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

  /** Forgets what is older than the window. */
  cleanUp(nowMs: number): void {
    if (nowMs - this.#beganMs <= this.#windowMs) return;
    this.#previous = this.#current;
    this.#current = new Set();
    this.#beganMs = nowMs;
  }
}

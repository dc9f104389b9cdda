/** Copies that were ordered and are not reported yet. */
import type { BlockInfo, DatanodeDescriptor, StorageInfo } from './model.ts';

/** Copies of one block under way. */
interface Pending {
  targets: readonly StorageInfo[];
  sinceMs: number;
  /** The DataNode that was told to copy; undefined when a client's pipeline is awaited. */
  source: DatanodeDescriptor | undefined;
}

/** The copies that were ordered and have not been reported yet (PendingReconstructionBlocks). */
export class PendingReconstructionBlocks {
  readonly #pending = new Map<BlockInfo, Pending>();
  /** Copies that were given up since the start. */
  timedOutCount = 0;

  get size(): number {
    return this.#pending.size;
  }

  add(block: BlockInfo, targets: readonly StorageInfo[], now: number, source?: DatanodeDescriptor): void {
    if (targets.length === 0) return;
    const before = this.#pending.get(block)?.targets ?? [];
    this.#pending.set(block, { targets: [...before, ...targets], sinceMs: now, source });
  }

  /** A copy has arrived at the DataNode, or never will. */
  remove(block: BlockInfo, datanode: DatanodeDescriptor): void {
    const pending = this.#pending.get(block);
    if (pending === undefined) return;
    pending.targets = pending.targets.filter((target) => target.datanode !== datanode);
    if (pending.targets.length === 0) this.#pending.delete(block);
  }

  forget(block: BlockInfo): void {
    this.#pending.delete(block);
  }

  targets(block: BlockInfo): readonly StorageInfo[] {
    return this.#pending.get(block)?.targets ?? [];
  }

  /** Gives every copy `ms` more time: DataNodes could not report for that long. */
  shift(ms: number): void {
    for (const pending of this.#pending.values()) pending.sinceMs += ms;
  }

  /** Gives up the copies that took longer than `timeoutMs`, and those to DataNodes that died. Returns their blocks. */
  expire(now: number, timeoutMs: number): BlockInfo[] {
    const expired: BlockInfo[] = [];
    for (const [block, pending] of this.#pending) {
      const alive = pending.targets.filter((target) => target.datanode.alive && !target.failed);
      const isLate = now - pending.sinceMs >= timeoutMs;
      if (!isLate && alive.length === pending.targets.length) continue;
      pending.targets = alive;
      if (isLate || alive.length === 0) this.#pending.delete(block);
      if (isLate) this.timedOutCount++;
      expired.push(block);
    }
    return expired;
  }

  /** The copies that this DataNode was to make did not arrive. Returns their blocks. */
  failedAt(source: DatanodeDescriptor): BlockInfo[] {
    const failed: BlockInfo[] = [];
    for (const [block, pending] of this.#pending) {
      if (pending.source !== source) continue;
      this.#pending.delete(block);
      failed.push(block);
    }
    return failed;
  }

  /** A DataNode began anew: what it was sending or receiving is lost. Returns the blocks. */
  abandon(datanode: DatanodeDescriptor): BlockInfo[] {
    const abandoned: BlockInfo[] = [];
    for (const [block, pending] of this.#pending) {
      if (pending.source === datanode) this.#pending.delete(block);
      else if (pending.targets.some((target) => target.datanode === datanode)) this.remove(block, datanode);
      else continue;
      abandoned.push(block);
    }
    return abandoned;
  }
}

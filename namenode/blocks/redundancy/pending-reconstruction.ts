/** Keeps the copies that were ordered and are not yet reported. */
import type { BlockInfo, DatanodeDescriptor, StorageInfo } from '../locations/model.ts';

/** The pending copies of one block. */
interface Pending {
  targets: readonly StorageInfo[];
  sinceMs: number;
  /** The DataNode that makes the copies; undefined for replicas that a client's pipeline is still to report. */
  source: DatanodeDescriptor | undefined;
}

/** The copies that were ordered and are not yet reported (Hadoop: PendingReconstructionBlocks). */
export class PendingReconstructionBlocks {
  readonly #pending = new Map<BlockInfo, Pending>();
  /** The DataNode that failed to make the last copy of a block: another one is asked first for the next copy. */
  readonly #failedSources = new WeakMap<BlockInfo, DatanodeDescriptor>();
  /** Number of copies that timed out since the NameNode started. */
  timedOutCount = 0;

  get size(): number {
    return this.#pending.size;
  }

  add(block: BlockInfo, targets: readonly StorageInfo[], now: number, source?: DatanodeDescriptor): void {
    if (targets.length === 0) return;
    const before = this.#pending.get(block)?.targets ?? [];
    this.#pending.set(block, { targets: [...before, ...targets], sinceMs: now, source });
  }

  /** Removes the pending copy to a DataNode, which has arrived or will never arrive. */
  remove(block: BlockInfo, datanode: DatanodeDescriptor): void {
    const pending = this.#pending.get(block);
    if (pending === undefined) return;
    pending.targets = pending.targets.filter((target) => target.datanode !== datanode);
    if (pending.targets.length === 0) this.#pending.delete(block);
    this.#failedSources.delete(block);
  }

  forget(block: BlockInfo): void {
    this.#pending.delete(block);
  }

  targets(block: BlockInfo): readonly StorageInfo[] {
    return this.#pending.get(block)?.targets ?? [];
  }

  /** Gives every copy `ms` more time, after a period in which DataNodes could not report. */
  shift(ms: number): void {
    for (const pending of this.#pending.values()) pending.sinceMs += ms;
  }

  /**
   * Removes the copies that took longer than `timeoutMs`, and the copies to DataNodes that died. Returns their blocks.
   */
  expire(now: number, timeoutMs: number): BlockInfo[] {
    const expired: BlockInfo[] = [];
    for (const [block, pending] of this.#pending) {
      const alive = pending.targets.filter((target) => target.datanode.alive && !target.failed);
      const isLate = now - pending.sinceMs >= timeoutMs;
      if (!isLate && alive.length === pending.targets.length) continue;
      pending.targets = alive;
      if (isLate || alive.length === 0) this.#pending.delete(block);
      if (isLate) this.#noteFailed(block, pending);
      if (isLate) this.timedOutCount++;
      expired.push(block);
    }
    return expired;
  }

  /** Removes the pending copies that this DataNode was to make, because they failed. Returns their blocks. */
  failedAt(source: DatanodeDescriptor): BlockInfo[] {
    const failed: BlockInfo[] = [];
    for (const [block, pending] of this.#pending) {
      if (pending.source !== source) continue;
      this.#pending.delete(block);
      this.#noteFailed(block, pending);
      failed.push(block);
    }
    return failed;
  }

  /** Gives up the pending copies of a block that a DataNode was to make, because its replica is damaged. */
  sourceIsCorrupt(block: BlockInfo, source: DatanodeDescriptor): void {
    if (this.#pending.get(block)?.source === source) this.#pending.delete(block);
  }

  /** Returns the DataNode that failed to make the last copy of a block; undefined after a copy that arrived. */
  failedSource(block: BlockInfo): DatanodeDescriptor | undefined {
    return this.#failedSources.get(block);
  }

  #noteFailed(block: BlockInfo, { source }: Pending): void {
    if (source !== undefined) this.#failedSources.set(block, source);
  }

  /**
   * Removes the pending copies from and to a DataNode that registered again: it has lost them. Returns their blocks.
   */
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

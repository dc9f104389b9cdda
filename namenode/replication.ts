import { type BlockInfo, isCorrupt, liveReplicas } from './block-info.ts';
import type { StorageInfo } from './datanode-registry.ts';

/** dfs.namenode.reconstruction.pending.timeout-sec: a copy that was not reported by then is ordered again. */
export const PENDING_TIMEOUT_MS = 300_000;

/** Copies under way to these storages. */
interface Pending {
  targets: StorageInfo[];
  sinceMs: number;
}

/** Which blocks have too few replicas, and which copies are under way. */
export class Redundancy {
  /** Blocks with one good replica left: theirs come first. */
  readonly urgent = new Set<BlockInfo>();
  readonly low = new Set<BlockInfo>();
  /** Blocks without a good replica. Nothing can be copied, but someone must hear of it. */
  readonly missing = new Set<BlockInfo>();
  readonly #pending = new Map<BlockInfo, Pending>();

  get lowRedundancyCount(): number {
    return this.urgent.size + this.low.size + this.missing.size;
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  /** Puts the block into the set that its replicas now call for. */
  update(block: BlockInfo): void {
    this.urgent.delete(block);
    this.low.delete(block);
    this.missing.delete(block);
    const wanted = wantedReplicas(block);
    if (wanted === 0) return;
    const live = liveReplicas(block);
    if (live === 0) this.missing.add(block);
    else if (live + this.pendingTargets(block).length < wanted) (live === 1 ? this.urgent : this.low).add(block);
  }

  forget(block: BlockInfo): void {
    this.urgent.delete(block);
    this.low.delete(block);
    this.missing.delete(block);
    this.#pending.delete(block);
  }

  addPending(block: BlockInfo, targets: readonly StorageInfo[], now: number): void {
    if (targets.length === 0) return;
    const before = this.#pending.get(block)?.targets ?? [];
    this.#pending.set(block, { targets: [...before, ...targets], sinceMs: now });
  }

  /** A copy has arrived, or will not. */
  removePending(block: BlockInfo, storage: StorageInfo): void {
    const pending = this.#pending.get(block);
    if (pending === undefined) return;
    pending.targets = pending.targets.filter((s) => s.datanode !== storage.datanode);
    if (pending.targets.length === 0) this.#pending.delete(block);
  }

  pendingTargets(block: BlockInfo): readonly StorageInfo[] {
    return this.#pending.get(block)?.targets ?? [];
  }

  /** Gives up copies that took too long, and those to DataNodes that died. Returns their blocks. */
  expirePending(now: number): BlockInfo[] {
    const expired: BlockInfo[] = [];
    for (const [block, pending] of this.#pending) {
      const alive = pending.targets.filter((s) => s.datanode.alive);
      const lost = alive.length < pending.targets.length;
      pending.targets = alive;
      if (now - pending.sinceMs >= PENDING_TIMEOUT_MS || alive.length === 0) this.#pending.delete(block);
      else if (!lost) continue;
      expired.push(block);
    }
    return expired;
  }

  /** The block can't be copied now: others come before it. */
  postpone(block: BlockInfo): void {
    for (const set of [this.urgent, this.low]) if (set.delete(block)) set.add(block);
  }

  /** Up to `limit` blocks to copy, the most endangered first. */
  next(limit: number): BlockInfo[] {
    const blocks: BlockInfo[] = [];
    for (const set of [this.urgent, this.low]) {
      for (const block of set) {
        if (blocks.length >= limit) return blocks;
        blocks.push(block);
      }
    }
    return blocks;
  }
}

/** How many replicas a block should have; 0 while that is not the NameNode's business: it is being written. */
export function wantedReplicas(block: BlockInfo): number {
  return block.file === undefined || block.state !== 'COMPLETE' ? 0 : block.file.replication;
}

/**
 * The replicas to delete when there are more than wanted: first on racks that keep another replica, and there on the
 * fullest storage. A hint (the storage that a balancer emptied) goes first when its rack allows it.
 */
export function chooseExcess(block: BlockInfo, hint?: StorageInfo): StorageInfo[] {
  const wanted = wantedReplicas(block);
  if (wanted === 0) return [];
  const kept = block.replicas.filter((s) => s.datanode.alive && !isCorrupt(block, s));
  const excess: StorageInfo[] = [];
  while (kept.length > wanted) {
    const perRack = new Map<string, number>();
    for (const s of kept) perRack.set(s.datanode.rack, (perRack.get(s.datanode.rack) ?? 0) + 1);
    const crowded = kept.filter((s) => (perRack.get(s.datanode.rack) ?? 0) > 1);
    // With as many racks as replicas, or when two racks remain without the single ones, any replica may go.
    const candidates = crowded.length > 0 ? crowded : kept;
    const victim =
      hint !== undefined && candidates.includes(hint)
        ? hint
        : candidates.reduce((worst, s) => (s.remaining < worst.remaining ? s : worst));
    excess.push(victim);
    kept.splice(kept.indexOf(victim), 1);
  }
  return excess;
}

/** From where to copy: a holder that has no more than `streamsMax` transfers to do; the idlest. */
export function chooseSource(block: BlockInfo, streamsMax: number): StorageInfo | undefined {
  let best: StorageInfo | undefined;
  for (const storage of block.replicas) {
    const { datanode } = storage;
    const busy = datanode.transfers.length + datanode.xmitsInProgress;
    if (!datanode.alive || storage.failed || isCorrupt(block, storage) || busy >= streamsMax) continue;
    if (best === undefined || datanode.transfers.length < best.datanode.transfers.length) best = storage;
  }
  return best;
}

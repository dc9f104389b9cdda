/** The replicas by their block ids. */
import type { Logger } from '../../runtime/log.ts';
import { settled } from '../../runtime/promises.ts';
import type { Volume } from '../volumes/volume.ts';
import { replicaToKeep } from './duplicate-replica.ts';
import { deleteReplicaFiles, releaseReserved } from './replica-changes.ts';
import { alreadyExists, describeReplica } from './replica-rules.ts';
import type { StoredReplica } from './stored-replica.ts';

/** The replicas of one block pool by their block ids, and those whose files are being deleted (Hadoop: ReplicaMap). */
export class ReplicaMap {
  readonly #replicas = new Map<number, StoredReplica>();
  readonly #leaving = new Map<number, Promise<void>>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  values(): IterableIterator<StoredReplica> {
    return this.#replicas.values();
  }

  find(blockId: number): StoredReplica | undefined {
    return this.#replicas.get(blockId);
  }

  /** Waits until no files of the block are being deleted: that would delete new files of the same names. */
  async left(blockId: number): Promise<void> {
    await this.#leaving.get(blockId);
  }

  /** Adds a replica in place of any other one of its block. */
  set(stored: StoredReplica): void {
    this.#replicas.set(stored.state.blockId, stored);
  }

  /** Adds the replica of a block that has none. @throws ReplicaAlreadyExistsException */
  add(stored: StoredReplica): void {
    const existing = this.#replicas.get(stored.state.blockId);
    if (existing) throw alreadyExists(existing.state, stored.name);
    this.set(stored);
  }

  /** Adds a replica that was found on disk. If its block has two, the better one stays and the other is deleted. */
  async addFound(found: StoredReplica): Promise<void> {
    const known = this.#replicas.get(found.state.blockId);
    const kept = known ? replicaToKeep(known, found) : found;
    this.set(kept);
    if (kept === found && found.state.kind === 'FINALIZED') found.volume.numBlocks++;
    if (!known) return;
    const deleted = kept === found ? known : found;
    if (deleted === known && known.state.kind === 'FINALIZED') known.volume.numBlocks--;
    const message = `block ${kept.name} is there twice: ${deleted.paths.data} is deleted, ${kept.paths.data} is kept`;
    this.#log.warn({ kept: describeReplica(kept.state), deleted: describeReplica(deleted.state) }, message);
    await deleteReplicaFiles(deleted);
  }

  /** Forgets the replicas of a volume that has failed, and stops their writers. */
  forget(volume: Volume): void {
    for (const stored of [...this.#replicas.values()]) {
      if (stored.volume !== volume) continue;
      this.#replicas.delete(stored.state.blockId);
      // The writer may hang on the failed disk, so nothing waits for its end.
      void settled(stored.writer?.stop(`volume ${volume.directory} has failed`));
    }
  }

  /** Forgets a replica and deletes its files. */
  async remove(stored: StoredReplica): Promise<void> {
    await stored.exclusive(async () => {
      const { blockId, kind } = stored.state;
      if (this.#replicas.get(blockId) !== stored) return;
      this.#replicas.delete(blockId);
      releaseReserved(stored);
      if (kind === 'FINALIZED') stored.volume.numBlocks--;
      const deleted = deleteReplicaFiles(stored).finally(() => this.#leaving.delete(blockId));
      this.#leaving.set(blockId, settled(deleted));
      await deleted;
    });
  }

  /** Whether files of the block belong to no replica, nor to one that is being deleted. */
  isUnknown(blockId: number): boolean {
    return !this.#replicas.has(blockId) && !this.#leaving.has(blockId);
  }
}

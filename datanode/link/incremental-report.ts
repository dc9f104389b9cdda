/** Changes of blocks that the NameNode has not been told of. Pure. */
import type { ExtendedBlockProto, ReceivedDeletedBlockInfoProto_BlockStatus } from '../../protocol/gen/messages.ts';

export interface PendingBlock {
  readonly block: ExtendedBlockProto;
  readonly status: ReceivedDeletedBlockInfoProto_BlockStatus;
  readonly deleteHint?: string | undefined;
}

/** Changes of blocks by storage. A newer change of a block replaces an older one. */
export class IncrementalReport {
  readonly #byStorage = new Map<string, Map<number, PendingBlock>>();

  get isEmpty(): boolean {
    return this.#byStorage.size === 0;
  }

  add(storageUuid: string, pending: PendingBlock): void {
    for (const [uuid, blocks] of this.#byStorage) {
      if (blocks.delete(pending.block.blockId) && blocks.size === 0) this.#byStorage.delete(uuid);
    }
    let blocks = this.#byStorage.get(storageUuid);
    if (!blocks) {
      blocks = new Map();
      this.#byStorage.set(storageUuid, blocks);
    }
    blocks.set(pending.block.blockId, pending);
  }

  /** Takes all changes out, to be sent. */
  takeAll(): Map<string, PendingBlock[]> {
    const all = new Map<string, PendingBlock[]>();
    for (const [uuid, blocks] of this.#byStorage) all.set(uuid, [...blocks.values()]);
    this.#byStorage.clear();
    return all;
  }

  /** Puts changes back that could not be sent, except those of blocks that have changed again. */
  putBack(unsent: ReadonlyMap<string, readonly PendingBlock[]>): void {
    const newer = new Set([...this.#byStorage.values()].flatMap((blocks) => [...blocks.keys()]));
    for (const [uuid, blocks] of unsent) {
      for (const pending of blocks) if (!newer.has(pending.block.blockId)) this.add(uuid, pending);
    }
  }

  clear(): void {
    this.#byStorage.clear();
  }
}

/**
 * Keeps account of the blocks of a future that this namespace does not know (Hadoop: bytes in future of
 * BlockManagerSafeMode). Such blocks exist after an old copy of the name directory was put back.
 */

/** One replica of the future. The length is in bytes. */
interface FutureReplica {
  readonly id: number;
  readonly genStamp: number;
  readonly numBytes: number;
}

/**
 * The greatest block id or generation stamp that a report may move the counters to. A greater one was never assigned by
 * any NameNode: a client or a DataNode is faulty. As many numbers again are left for new blocks.
 */
export const REPORTED_MAX = 2 ** 52;

/** Number and bytes of a storage's replicas of the future. */
class Figures {
  replicas = 0;
  bytes = 0;

  add(numBytes: number): void {
    this.replicas++;
    this.bytes += numBytes;
  }
}

/** The figures of one storage. A full report in parts makes `next`, which replaces `now` at the report's end. */
interface StorageFigures {
  now: Figures;
  next: Figures | undefined;
}

/**
 * The replicas of the future that DataNodes have reported. Only figures are kept, however many replicas there are: they
 * are exact after each full report of a storage.
 */
export class FutureBlocks {
  readonly #storages = new Map<string, StorageFigures>();
  /** Whether a number beyond the counters was reported, and the counters were not moved since. */
  #isBeyondCounters = false;
  /** The greatest block id that was reported, or 0. */
  maxBlockId = 0;
  /** The greatest generation stamp that was reported, or 0. */
  maxGenStamp = 0;
  /** Whether the name directory was put to its place since a NameNode ran on it, so that it may be an old copy. */
  mayBeOld = false;

  /** Begins a full report of a storage. */
  beginReport(storageUuid: string): void {
    const known = this.#storages.get(storageUuid);
    if (known !== undefined) known.next = new Figures();
  }

  /** Counts a replica. @param isBeyond whether its id or its stamp is beyond the counters */
  add(storageUuid: string, replica: FutureReplica, isBeyond: boolean): void {
    let storage = this.#storages.get(storageUuid);
    if (storage === undefined) {
      storage = { now: new Figures(), next: undefined };
      this.#storages.set(storageUuid, storage);
    }
    (storage.next ?? storage.now).add(replica.numBytes);
    if (!isBeyond) return;
    this.#isBeyondCounters = true;
    this.maxBlockId = Math.max(this.maxBlockId, replica.id);
    this.maxGenStamp = Math.max(this.maxGenStamp, replica.genStamp);
  }

  /** Ends a full report of a storage. Returns the number and bytes of its replicas of the future. */
  endReport(storageUuid: string): { readonly replicas: number; readonly bytes: number } {
    const storage = this.#storages.get(storageUuid);
    if (storage === undefined) return new Figures();
    storage.now = storage.next ?? storage.now;
    storage.next = undefined;
    if (storage.now.replicas === 0) this.#storages.delete(storageUuid);
    return storage.now;
  }

  /** Number of replicas of the future. */
  get replicas(): number {
    return this.#sum('replicas');
  }

  /** Bytes of the replicas of the future. */
  get bytes(): number {
    return this.#sum('bytes');
  }

  /** While a full report comes in, the greater of the old and the new figure counts. */
  #sum(figure: 'replicas' | 'bytes'): number {
    let sum = 0;
    for (const { now, next } of this.#storages.values()) sum += Math.max(now[figure], next?.[figure] ?? 0);
    return sum;
  }

  /** Whether safe mode must stay on: without it the numbers of these blocks would be assigned again. */
  get keepsSafeModeOn(): boolean {
    return this.#isBeyondCounters && this.replicas > 0;
  }

  /** Notes that the counters were moved beyond every number that was reported. */
  passed(): void {
    this.#isBeyondCounters = false;
  }

  /** Forgets the replicas, because the future that they belong to was given up. */
  clear(): void {
    this.#storages.clear();
    this.passed();
  }
}

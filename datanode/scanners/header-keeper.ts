/** Keeps the record of meta headers of each volume up to date, so that the next start knows them. */
import { Bug } from '../../runtime/bug.ts';
import type { Logger } from '../../runtime/log.ts';
import type { BlockStore } from '../replicas/block-store.ts';
import type { BugTrap } from '../replicas/bug-trap.ts';
import { encodeHeaderRecord, type KnownHeader, saveHeaderRecord } from '../replicas/header-record.ts';
import type { Volume } from '../volumes/volume.ts';
import { StoreLoop } from './store-loop.ts';

export interface HeaderKeeperOptions {
  readonly store: BlockStore;
  readonly log: Logger;
  readonly bugs: BugTrap;
  /** dfs.block.scanner.cursor.save.interval.ms. */
  readonly intervalMs: number;
}

/**
 * Saves the headers that are known of the replicas, now and then and at the end, where they have changed. The log of the
 * headers since the last save is dropped after that.
 */
export class HeaderKeeper {
  readonly #o: HeaderKeeperOptions;
  readonly #saved = new Map<Volume, Buffer>();
  readonly #loop: StoreLoop;

  constructor(options: HeaderKeeperOptions) {
    this.#o = options;
    this.#loop = new StoreLoop(options.store);
  }

  start(): void {
    this.#loop.start(() => this.#run());
  }

  async stop(): Promise<void> {
    await this.#loop.stop();
  }

  async #run(): Promise<void> {
    while (!this.#loop.isStopped) {
      await this.#loop.sleep(this.#o.intervalMs);
      for (const volume of this.#o.store.volumes) if (!(await this.#save(volume))) return;
    }
  }

  /** Returns false after a bug, which ends the DataNode. */
  async #save(volume: Volume): Promise<boolean> {
    const { store, bugs, log } = this.#o;
    try {
      const kept = await volume.headerLog.rotate();
      const bytes = await encodeHeaderRecord(knownHeaders(store, volume));
      if (!this.#saved.get(volume)?.equals(bytes)) {
        await saveHeaderRecord(volume, bytes);
        this.#saved.set(volume, bytes);
      }
      await volume.headerLog.dropBefore(kept);
    } catch (e) {
      const err = bugs.ofWork('HeaderKeeper.save', { volume: volume.directory }, e);
      if (err instanceof Bug) return false;
      log.warn({ err, volume: volume.directory }, 'the record of meta headers could not be saved');
    }
    return true;
  }
}

/** Returns the headers of all replicas: one that is in recovery may be found as a finalized one by the next start. */
function knownHeaders(store: BlockStore, volume: Volume): KnownHeader[] {
  const headers: KnownHeader[] = [];
  for (const { volume: own, state, spec } of store.replicas()) {
    if (own !== volume || spec === undefined) continue;
    headers.push({ blockId: state.blockId, generationStamp: state.generationStamp, spec });
  }
  return headers;
}

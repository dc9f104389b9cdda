/** Keeps the record of meta headers of each volume up to date, so that the next start knows them. */
import { Bug } from '../../runtime/bug.ts';
import type { Logger } from '../../runtime/log.ts';
import { Alarm, deferred } from '../../runtime/promises.ts';
import type { BlockStore } from '../replicas/block-store.ts';
import type { BugTrap } from '../replicas/bug-trap.ts';
import { encodeHeaderRecord, type KnownHeader, saveHeaderRecord } from '../replicas/header-record.ts';
import type { Volume } from '../volumes/volume.ts';

export interface HeaderKeeperOptions {
  readonly store: BlockStore;
  readonly log: Logger;
  readonly bugs: BugTrap;
  /** dfs.block.scanner.cursor.save.interval.ms. */
  readonly intervalMs: number;
}

/** Saves the headers that are known of the finalized replicas, now and then and at the end, where they have changed. */
export class HeaderKeeper {
  readonly #o: HeaderKeeperOptions;
  readonly #saved = new Map<Volume, Buffer>();
  readonly #alarm = new Alarm();
  readonly #ended = deferred();
  #stopped = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: HeaderKeeperOptions) {
    this.#o = options;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#ended.resolve();
    this.#alarm.ring();
    await this.#running;
  }

  async #run(): Promise<void> {
    await Promise.race([this.#o.store.attached, this.#ended.promise]);
    while (!this.#stopped) {
      await this.#alarm.sleep(this.#o.intervalMs);
      for (const volume of this.#o.store.volumes) if (!(await this.#save(volume))) return;
    }
  }

  /** Returns false after a bug, which ends the DataNode. */
  async #save(volume: Volume): Promise<boolean> {
    const { store, bugs, log } = this.#o;
    try {
      const bytes = await encodeHeaderRecord(knownHeaders(store, volume));
      if (this.#saved.get(volume)?.equals(bytes)) return true;
      await saveHeaderRecord(volume, bytes);
      this.#saved.set(volume, bytes);
    } catch (e) {
      const err = bugs.ofWork('HeaderKeeper.save', { volume: volume.directory }, e);
      if (err instanceof Bug) return false;
      log.warn({ err, volume: volume.directory }, 'the record of meta headers could not be saved');
    }
    return true;
  }
}

function knownHeaders(store: BlockStore, volume: Volume): KnownHeader[] {
  const headers: KnownHeader[] = [];
  for (const { volume: own, state, spec } of store.replicas()) {
    if (own !== volume || state.kind !== 'FINALIZED' || spec === undefined) continue;
    headers.push({ blockId: state.blockId, generationStamp: state.generationStamp, spec });
  }
  return headers;
}

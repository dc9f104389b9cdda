// Stands in for the package `level`, over simulated disks.

import type { SimProcess } from '../world/process.ts';
import { type Database, newFile } from './disk.ts';

/** The content of a database's file CURRENT, which names the file that lists all others. */
const CURRENT = Buffer.from('MANIFEST-000004\n');

interface Operation {
  readonly type: 'put' | 'del';
  readonly key: string;
  readonly value?: string;
}

/**
 * The part of `level` that the NameNode's store uses. If the process ends during a batch, the batch is kept or lost as
 * a whole. On a full or failing disk a batch fails, and every later one too until the database is opened again. A loss of
 * power takes the last batches that were not synced.
 */
export class SimLevel {
  readonly #process: SimProcess;
  readonly #path: string;
  readonly #isMade: boolean;
  #node: Database | undefined;
  #isBroken = false;

  constructor(process: SimProcess, path: string, options: { readonly createIfMissing?: boolean } = {}) {
    this.#process = process;
    this.#path = path;
    this.#isMade = options.createIfMissing ?? true;
  }

  async open(): Promise<void> {
    await this.#wait(1);
    const directory = this.#process.machine.disk.makeDirectory(this.#path);
    if (this.#isMade && directory.database === undefined) {
      directory.database = { entries: new Map(), former: new Map(), isLocked: false, unsynced: [] };
      const current = newFile();
      current.bytes = CURRENT;
      current.synced = CURRENT;
      directory.children.set('CURRENT', current);
    }
    if (directory.database?.isLocked) throw notOpen('LEVEL_LOCKED', 'lock LOCK: already held by process');
    const current = directory.children.get('CURRENT');
    if (current?.kind !== 'file') throw notOpen('LEVEL_IO_ERROR', 'CURRENT: No such file or directory');
    if (!current.bytes.equals(CURRENT)) throw notOpen('LEVEL_CORRUPTION', 'CURRENT file does not end with newline');
    if (directory.database === undefined || directory.database.isUnreadable)
      throw notOpen('LEVEL_CORRUPTION', '1 missing files');
    const opened = directory.database;
    opened.isLocked = true;
    this.#node = opened;
    this.#isBroken = false;
    this.#process.onEnd(() => {
      opened.isLocked = false;
    });
  }

  async close(): Promise<void> {
    await this.#wait(1);
    if (this.#node !== undefined) this.#node.isLocked = false;
    this.#node = undefined;
  }

  iterator() {
    const entries = [...(this.#node?.entries ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      nextv: async (count: number) => {
        await this.#wait(0.1);
        return entries.splice(0, count);
      },
      close: () => Promise.resolve(),
    };
  }

  batch() {
    const operations: Operation[] = [];
    const batch = {
      put: (key: string, value: string) => {
        operations.push({ type: 'put', key, value });
        return batch;
      },
      del: (key: string) => {
        operations.push({ type: 'del', key });
        return batch;
      },
      write: (options?: { sync?: boolean }) => this.#write(operations, options?.sync ?? false),
    };
    return batch;
  }

  async #write(operations: readonly Operation[], syncs: boolean): Promise<void> {
    const node = this.#node;
    if (node === undefined) throw new Error('Database is not open');
    const { disk } = this.#process.machine;
    const { random } = this.#process.world;
    let isDone = false;
    const apply = (): void => {
      if (isDone) return;
      isDone = true;
      applyTo(node, operations);
    };
    const forget = this.#process.onEnd(() => {
      if (random.chance(0.5)) apply();
    });
    await this.#wait(random.chance(0.1) ? 20 : 3);
    if (disk.stallMs > 0) await this.#stall();
    forget();
    if (this.#isBroken || disk.usedBytes >= disk.capacityBytes) {
      isDone = true;
      this.#isBroken = true;
      throw new Error('IO error: No space left on device');
    }
    if (disk.takesFailure('level')) {
      // The log may have the batch, as far as the system's memory goes.
      if (random.chance(0.5)) apply();
      isDone = true;
      this.#isBroken = true;
      throw new Error('IO error: Input/output error');
    }
    apply();
    if (syncs) node.unsynced.length = 0;
  }

  #stall(): Promise<void> {
    const { disk } = this.#process.machine;
    const { stallMs } = disk;
    disk.stallMs = 0;
    return new Promise((resolve) => void this.#process.after(stallMs, resolve));
  }

  #wait(msMax: number): Promise<void> {
    const { machine, world } = this.#process;
    return new Promise((resolve) => {
      this.#process.after(world.random.next() * msMax * machine.disk.slowness, resolve);
    });
  }
}

/** Applies a batch, and notes how it is undone. */
function applyTo({ entries, former, unsynced }: Database, operations: readonly Operation[]): void {
  const before = operations.map(({ key }) => [key, entries.get(key)] as const);
  for (const { type, key, value } of operations) {
    former.set(key, entries.get(key));
    if (type === 'put') entries.set(key, value ?? '');
    else entries.delete(key);
  }
  unsynced.push(() => {
    for (const [key, value] of before) {
      if (value === undefined) entries.delete(key);
      else entries.set(key, value);
    }
  });
}

function notOpen(code: string, reason: string): Error {
  const cause = Object.assign(new Error(reason), { code });
  return Object.assign(new Error('Database failed to open', { cause }), { code: 'LEVEL_DATABASE_NOT_OPEN' });
}

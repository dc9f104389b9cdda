// Tests of the store: batches, durability, kills, and disks that refuse writes.
import { readFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Level } from 'level';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Change } from '../../../namenode/command/change.ts';
import { JOURNAL_FILES } from '../../../namenode/store/journal/journal-files.ts';
import { RECORDS_AT } from '../../../namenode/store/journal/journal-header.ts';
import { type Database, databasePath } from '../../../namenode/store/level/level-database.ts';
import { NamespaceStore } from '../../../namenode/store/store.ts';
import { eventually } from '../../support/until.ts';
import { journalWith, openNew } from './new-store.ts';

let dir: string;
beforeEach(async () => {
  dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-store-'));
});
afterEach(() => fs.rm(dir, { recursive: true, force: true }));

const put = (key: string, value: string): Change => ({ type: 'put', key, value });
const del = (key: string): Change => ({ type: 'del', key });

async function contents(store: NamespaceStore): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  await store.load((key, value) => {
    all[key] = value;
  });
  return all;
}

describe('the store', () => {
  it('puts commits that come together into one batch, in which the last change of a key counts', async () => {
    const store = await openNew(dir);
    const first = store.commit([put('a', '1'), put('b', '1')], 1);
    const second = store.commit([put('a', '2'), del('b')], 2);
    expect(second).toBe(first);
    await first;
    expect(await contents(store)).toEqual({ a: '2' });
    await store.close();
  });

  // The write may have failed in the process before: the system shows its bytes until a loss of power takes them.
  it('needs nothing at the next start of what the journal held when it was opened', async () => {
    const store = await openNew(path.join(dir, 'store'));
    await store.commit([put('a', '1')], 1);
    // As after a kill: level lacks the batch, or has it and names its run.
    const killed = path.join(dir, 'killed');
    await fs.cp(path.join(dir, 'store'), killed, { recursive: true });
    const again = await NamespaceStore.open(killed);
    const copy = path.join(dir, 'copy');
    await fs.cp(killed, copy, { recursive: true });
    await Promise.all([store.close(), again.close()]);
    // The file that has the start's own batch is the newer one.
    const older = JOURNAL_FILES.filter((name) => !readFileSync(path.join(copy, name)).includes(`!epoch${again.epoch}`));
    expect(older).toHaveLength(1);
    for (const name of older) {
      const bytes = await fs.readFile(path.join(copy, name));
      await fs.writeFile(path.join(copy, name), bytes.fill(0, RECORDS_AT));
    }
    const last = await NamespaceStore.open(copy);
    expect(await contents(last)).toEqual({ a: '1' });
    await last.close();
  });

  it("refuses commits after it is closed: its files are another's by then", async () => {
    const store = await openNew(dir);
    await store.commit([put('a', '1')], 1);
    await store.close();
    await expect(store.commit([put('b', '1')], 2)).rejects.toThrow(`The NameNode's store ${dir} is closed`);
    const again = await NamespaceStore.open(dir);
    expect(await contents(again)).toEqual({ a: '1' });
    await again.close();
  });

  it('starts the next batch while one is being synced', async () => {
    const store = await openNew(dir);
    const first = store.commit([put('a', '1')], 1);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const second = store.commit([put('b', '1')], 2);
    expect(second).not.toBe(first);
    await second;
    expect(store.waitFor(2)).toBeUndefined();
    await store.close();
  });

  it('tells what is on disk and what is not yet', async () => {
    const store = await openNew(dir);
    expect([store.waitFor(0), store.waitForAll()]).toEqual([undefined, undefined]);
    const done = store.commit([put('a', '1')], 1);
    expect(store.waitFor(0)).toBeUndefined();
    expect(store.waitFor(1)).toBe(done);
    expect(store.waitForAll()).toBe(done);
    await done;
    expect([store.waitFor(1), store.waitForAll()]).toEqual([undefined, undefined]);
    await store.close();
  });

  it('has what was committed when it is opened again, also when it was closed at once', async () => {
    const store = await openNew(dir);
    void store.commit([put('k', 'v')], 1);
    await store.close();
    const again = await NamespaceStore.open(dir);
    expect(await contents(again)).toEqual({ k: 'v' });
    await again.close();
  });

  it('gives thousands of keys back in order', async () => {
    const store = await openNew(dir);
    const keys = Array.from({ length: 3500 }, (_, i) => `k${String(i).padStart(5, '0')}`);
    await store.commit(
      [...keys].reverse().map((k) => put(k, '')),
      1,
    );
    expect(Object.keys(await contents(store))).toEqual(keys);
    await store.close();
  });

  it('is opened once', async () => {
    const store = await openNew(dir);
    await expect(NamespaceStore.open(dir)).rejects.toThrow(
      `${databasePath(dir)} is in use by another NameNode: stop that one first`,
    );
    await store.close();
  });
});

describe('a disk that refuses writes', () => {
  it('fails what was waiting, keeps it, and takes it when it can be written again', async () => {
    let full = false;
    const openJournal = journalWith((journal) => ({
      append: (...batch) => (full ? Promise.reject(new Error('No space left on device')) : journal.append(...batch)),
    }));
    const openDatabase = async (at: string): Promise<Database> => {
      const db = new Level<string, string>(at);
      await db.open();
      return {
        iterator: () => db.iterator(),
        close: () => db.close(),
        batch: (changes, options) =>
          full ? Promise.reject(new Error('No space left on device')) : db.batch(changes, options),
      };
    };
    const store = await openNew(dir, { openDatabase, openJournal });
    const events: string[] = [];
    store.listen({
      storeFailed: (error) => events.push(error.message),
      storeRecovered: () => events.push('recovered'),
    });
    await store.commit([put('a', '1')], 1);
    full = true;
    const message = `The NameNode's store ${dir} can't be written: No space left on device`;
    await expect(store.commit([put('b', '1')], 2)).rejects.toThrow(message);
    expect(events).toEqual([message]);
    expect([store.failed, store.waitFor(1)]).toEqual([true, undefined]);
    await expect(store.commit([put('c', '1'), del('a')], 3)).rejects.toThrow(message);
    await expect(store.waitFor(2)).rejects.toThrow(message);
    full = false;
    await eventually(() => expect(events.at(-1)).toBe('recovered'));
    expect([store.failed, store.waitFor(3)]).toEqual([false, undefined]);
    expect(await contents(store)).toEqual({ b: '1', c: '1' });
    await store.close();
  });
});

/** Returns the keys of `level`, without the journal. */
async function inLevel(at: string): Promise<string[]> {
  const db = new Level<string, string>(databasePath(at));
  await db.open();
  const keys = await db.keys().all();
  await db.close();
  return keys.filter((key) => !key.startsWith('!'));
}

/** Returns a copy of the store's files, as a kill would leave them. */
async function asKilled(): Promise<string> {
  const copy = path.join(dir, 'killed');
  await fs.cp(path.join(dir, 'store'), copy, { recursive: true });
  return copy;
}

describe('the journal in front of level', () => {
  /** Journal files with room for 4 KiB of records. */
  const small = { journalBytes: RECORDS_AT + 4096 };
  const keys = Array.from({ length: 300 }, (_, i) => `k${String(i).padStart(3, '0')}`);

  it('has what level has not when the process is killed', async () => {
    // The time never comes at which the journal's batches are written to level.
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const store = await openNew(path.join(dir, 'store'));
    await store.commit([put('a', '1')], 1);
    await store.commit([put('b', 'ä€😀'), del('a')], 2);
    const copy = await asKilled();
    vi.useRealTimers();
    await store.close();
    expect(await inLevel(copy)).toEqual([]);
    const again = await NamespaceStore.open(copy);
    expect(await contents(again)).toEqual({ b: 'ä€😀' });
    await again.close();
    expect(await inLevel(copy)).toEqual(['b']);
  });

  it('is written round and round, and lets go of nothing that level has not', async () => {
    const store = await openNew(path.join(dir, 'store'), small);
    for (const [i, key] of keys.entries()) await store.commit([put(key, 'x'.repeat(i))], i);
    const copy = await asKilled();
    await store.close();
    const again = await NamespaceStore.open(copy);
    expect(Object.keys(await contents(again))).toEqual(keys);
    await again.close();
  });

  it('leaves a batch that is too large for it to level, in its turn', async () => {
    const store = await openNew(path.join(dir, 'store'), small);
    await store.commit([put('a', '1')], 1);
    await store.commit([put('a', '2'), put('big', 'x'.repeat(5000))], 2);
    await store.commit([put('b', '3')], 3);
    const copy = await asKilled();
    await store.close();
    const again = await NamespaceStore.open(copy);
    expect(await contents(again)).toEqual({ a: '2', big: 'x'.repeat(5000), b: '3' });
    await again.close();
  });

  it('goes on after a kill, and after another', async () => {
    let at = path.join(dir, 'store');
    await (await openNew(at, small)).close();
    for (let round = 0; round < 5; round++) {
      const store = await NamespaceStore.open(at);
      expect(Object.keys(await contents(store))).toHaveLength(round * 60);
      for (let i = round * 60; i < round * 60 + 60; i++) await store.commit([put(keys[i] ?? '', 'x')], i);
      const copy = path.join(dir, `killed-${round}`);
      await fs.cp(at, copy, { recursive: true });
      await store.close();
      at = copy;
    }
  });
});

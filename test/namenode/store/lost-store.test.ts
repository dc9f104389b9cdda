// Tests of a disk that fails while the NameNode runs: a failed fsync is never tried again as if it had worked.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Change } from '../../../namenode/command/change.ts';
import { isNoSpace } from '../../../namenode/store/disk-errors.ts';
import { EditJournal } from '../../../namenode/store/journal/edit-journal.ts';
import { RECORDS_AT } from '../../../namenode/store/journal/journal-header.ts';
import { openLevel } from '../../../namenode/store/level/level-database.ts';
import { EMPTY_STORE, makeStore } from '../../../namenode/store/make-store.ts';
import { NamespaceStore, type StoreOptions } from '../../../namenode/store/store.ts';
import * as ClientNamenode from '../../../protocol/gen/client-namenode.ts';
import { nameNodeBench } from '../namenode-bench.ts';
import { journalWith } from './new-store.ts';

const bench = nameNodeBench();
let dir: string;
beforeEach(async () => {
  dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-lost-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await fs.rm(dir, { recursive: true, force: true });
});

const put = (key: string, value = '1'): Change => ({ type: 'put', key, value });
const failure = () => Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO', syscall: 'write' });
/** As LevelDB says it. */
const levelFailure = () =>
  Object.assign(new Error('IO error: 000005.log: Input/output error'), { code: 'LEVEL_IO_ERROR' });

/** Opens a new store on a disk on which writes fail from `harm()` on. Counts the writes that come after that. */
async function openFailing(part: 'journal' | 'level') {
  let fails = false;
  let writes = 0;
  const options: StoreOptions = {
    openJournal: journalWith((journal) => ({
      append: (...batch) => {
        if (!fails || part !== 'journal') return journal.append(...batch);
        writes++;
        return Promise.reject(failure());
      },
    })),
    openDatabase: async (at) => {
      const db = await openLevel(at);
      const batch: typeof db.batch = (...changes) => {
        if (!fails) return db.batch(...changes);
        writes++;
        return part === 'level' ? Promise.reject(levelFailure()) : db.batch(...changes);
      };
      return { iterator: () => db.iterator(), close: () => db.close(), batch };
    },
  };
  await makeStore(dir, EMPTY_STORE, { journalBytes: RECORDS_AT + 4096 });
  const store = await NamespaceStore.open(dir, options);
  const events: string[] = [];
  const lost = new Promise<Error>((resolve) => {
    store.listen({
      storeFailed: () => events.push('failed'),
      storeRecovered: () => events.push('recovered'),
      storeLost: (error) => {
        events.push('lost');
        resolve(error);
      },
    });
  });
  const harm = () => {
    fails = true;
  };
  return { store, events, lost, harm, writes: () => writes };
}

async function contents(): Promise<string[]> {
  const keys: string[] = [];
  await (await NamespaceStore.open(dir, {}, (key) => keys.push(key))).close();
  return keys;
}

describe('a store whose disk fails', () => {
  it('is lost when a write to the journal fails: nothing is written or accepted any more', async () => {
    const { store, events, lost, harm, writes } = await openFailing('journal');
    await store.commit([put('a')], 1);
    harm();
    await expect(store.commit([put('b')], 2)).rejects.toMatchObject({ code: 'IOException' });
    expect((await lost).message).toContain("can't be written: EIO: i/o error, write");
    await expect(store.commit([put('c')], 3)).rejects.toThrow('EIO');
    await expect(store.waitForAll()).rejects.toThrow('EIO');
    await store.close();
    expect(writes()).toBe(1);
    expect(events).toEqual(['lost']);
    expect(await contents()).toEqual(['a']);
  });

  it('tells a listener that comes later: the start itself writes, and nobody listens yet', async () => {
    const { store, lost, harm } = await openFailing('journal');
    harm();
    await expect(store.commit([put('a')], 1)).rejects.toMatchObject({ code: 'IOException' });
    const told = new Promise<Error>((resolve) => {
      const never = (): void => expect.unreachable();
      store.listen({ storeFailed: never, storeRecovered: never, storeLost: resolve });
    });
    expect(await told).toBe(await lost);
    await store.close();
  });

  it('is lost when a write to level fails that nobody waits for', async () => {
    const { store, events, lost, harm, writes } = await openFailing('level');
    await store.commit([put('a')], 1);
    harm();
    await store.commit([put('b')], 2);
    expect((await lost).message).toContain('Input/output error');
    await expect(store.commit([put('c')], 3)).rejects.toMatchObject({ code: 'IOException' });
    await store.close();
    expect(writes()).toBe(1);
    expect(events).toEqual(['lost']);
    // The journal has what was acknowledged.
    expect(await contents()).toEqual(['a', 'b']);
  });

  it('is lost when the journal wants its file back and level fails', async () => {
    const { store, lost, harm } = await openFailing('level');
    harm();
    let sequence = 0;
    const commits: Promise<void>[] = [];
    const fill = async (): Promise<void> => {
      for (;;) {
        const commit = store.commit([put(`k${++sequence}`, 'x'.repeat(500))], sequence);
        commits.push(commit);
        await commit;
      }
    };
    await expect(fill()).rejects.toThrow('Input/output error');
    await lost;
    await store.close();
    expect(await contents()).toEqual(
      expect.arrayContaining(Array.from({ length: commits.length - 1 }, (_, i) => `k${i + 1}`)),
    );
  });

  it('is not opened when the new epoch can not be written', async () => {
    await makeStore(dir, EMPTY_STORE);
    vi.spyOn(EditJournal.prototype, 'append').mockRejectedValue(failure());
    await expect(NamespaceStore.open(dir)).rejects.toThrow('EIO');
    vi.restoreAllMocks();
    expect(await contents()).toEqual([]);
  });
});

it('a NameNode whose store is lost answers the caller with IOException and ends', async () => {
  const namenode = await bench.start();
  const client = bench.client(namenode);
  vi.spyOn(EditJournal.prototype, 'append').mockRejectedValue(failure());
  const masked = { perm: 0o755 };
  const call = client.call(ClientNamenode.mkdirs, { src: '/d', masked, createParent: true });
  await expect(call).rejects.toMatchObject({ code: 'IOException', message: expect.stringContaining('EIO') });
  expect((await namenode.stopped)?.message).toContain("can't be written: EIO: i/o error, write");
  await namenode.stop();
});

it('only a disk without room is tried again', () => {
  const because = (cause: unknown) => new Error('a write failed', { cause });
  expect(isNoSpace(because(Object.assign(new Error('x'), { code: 'ENOSPC' })))).toBe(true);
  expect(isNoSpace(because(Object.assign(new Error('x'), { code: 'EDQUOT' })))).toBe(true);
  expect(isNoSpace(new Error('IO error: 000004.log: No space left on device'))).toBe(true);
  expect(isNoSpace(because(new Error('IO error: 000004.log: File too large')))).toBe(true);
  for (const other of [failure(), levelFailure(), new Error('EROFS: read-only file system'), new TypeError('x')]) {
    expect(isNoSpace(because(other))).toBe(false);
  }
});

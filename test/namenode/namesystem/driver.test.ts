// Tests of the driver: group commit, and background work in slices.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { getFileInfo } from '../../../namenode/namespace/stat-and-listing.ts';
import { NamesystemDriver } from '../../../namenode/namesystem/driver.ts';
import type { NamespaceStore } from '../../../namenode/store/store.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { systemClock } from '../../../runtime/runtime.ts';
import { eventually } from '../../support/until.ts';
import { Harness, ROOT, unexpectedBug } from '../harness.ts';
import { journalWith, openNew } from '../store/new-store.ts';

let dir: string;
let store: NamespaceStore;
let driver: NamesystemDriver;
/** Writes that have begun and wait until the test lets them continue. */
let writes: (() => void)[];

beforeEach(async () => {
  dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-driver-'));
  writes = [];
  let isOpen = false;
  const openJournal = journalWith((journal) => ({
    append: (...batch) => {
      if (!isOpen) return journal.append(...batch);
      return new Promise<boolean>((resolve, reject) => {
        writes.push(() => void journal.append(...batch).then(resolve, reject));
      });
    },
  }));
  store = await openNew(dir, { openJournal });
  isOpen = true;
  const { namesystem } = new Harness();
  driver = new NamesystemDriver({ namesystem, store, clock: systemClock, log: silentLogger, onBug: unexpectedBug });
});
afterEach(async () => {
  for (const write of writes) write();
  await store.close();
  await fs.rm(dir, { recursive: true, force: true });
});

const mkdirs = (at: string) =>
  driver.apply({ op: 'mkdirs', caller: ROOT, path: at, permission: 0o755, createParent: true });
const stat = (at: string) => driver.read(getFileInfo, { caller: ROOT, path: at });
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Waits until a write has begun, and lets that write continue. */
async function letWriteThrough(): Promise<void> {
  while (writes.length === 0) await turn();
  writes.shift()?.();
}

async function isSettled(promise: unknown): Promise<boolean> {
  let settled = false;
  Promise.resolve(promise).then(
    () => (settled = true),
    () => (settled = true),
  );
  for (let i = 0; i < 5; i++) await turn();
  return settled;
}

describe('group commit', () => {
  it('answers no caller before the batch is on disk: no writer, no reader, no failure that depends on it', async () => {
    const made = mkdirs('/d');
    const seen = stat('/d');
    const again = mkdirs('/d');
    const refused = driver.apply({ op: 'delete', caller: ROOT, path: '/nope', recursive: false });
    for (const waiting of [made, seen, again, refused]) expect(await isSettled(waiting)).toBe(false);
    await letWriteThrough();
    expect([await made, (await seen)?.childrenNum, await again, await refused]).toEqual([true, 0, true, false]);
    expect(writes).toEqual([]);
  });

  it('answers readers at once that saw no change that is not yet on disk', async () => {
    const first = mkdirs('/a/old');
    await letWriteThrough();
    await first;
    const second = mkdirs('/a/new');
    expect(stat('/a/old')).not.toBeInstanceOf(Promise);
    // The parent's new modification time, the new entry and the absence of an entry all depend on changes that are not
    // on disk.
    for (const path of ['/a', '/a/new', '/a/none']) expect(stat(path)).toBeInstanceOf(Promise);
    await letWriteThrough();
    await second;
    expect(stat('/a/new')).not.toBeInstanceOf(Promise);
  });

  it('collects the commands during a sync into the next batch', async () => {
    const first = mkdirs('/a');
    while (writes.length === 0) await turn();
    const others = [mkdirs('/b'), mkdirs('/c'), mkdirs('/d')];
    await letWriteThrough();
    await first;
    expect(await isSettled(Promise.any(others))).toBe(false);
    expect(writes).toHaveLength(1);
    await letWriteThrough();
    expect(await Promise.all(others)).toEqual([true, true, true]);
  });

  it('does not forget work that is asked for when the last slice has just ended', async () => {
    const state = driver.inspect('state', (all) => all);
    const made = Promise.all(Array.from({ length: 2500 }, (_, i) => mkdirs(`/${i < 1200 ? 'a' : 'b'}/${i}`)));
    await letWriteThrough();
    await made;
    const del = (at: string) => driver.apply({ op: 'delete', caller: ROOT, path: at, recursive: true });
    const first = del('/a');
    // The last slice of /a waits for the disk when /b is deleted.
    while (writes.length === 0) await turn();
    const second = del('/b');
    let over = false;
    const letAllThrough = async () => {
      for (; !over; await turn()) writes.shift()?.();
    };
    const all = letAllThrough();
    try {
      await Promise.all([first, second]);
      await eventually(() => expect([state.namespace.tree.byId.size, state.namespace.deleted.length]).toEqual([1, 0]));
      await driver.flushed();
    } finally {
      over = true;
      await all;
    }
  });

  it('removes a big tree in slices, each in a batch of its own', async () => {
    const state = driver.inspect('state', (all) => all);
    const made = Promise.all(Array.from({ length: 4500 }, (_, i) => mkdirs(`/big/${i}`)));
    await letWriteThrough();
    await made;
    const deleted = driver.apply({ op: 'delete', caller: ROOT, path: '/big', recursive: true });
    await letWriteThrough();
    expect(await deleted).toBe(true);
    expect(state.namespace.tree.byId.size).toBeGreaterThan(1);
    while (state.namespace.tree.byId.size > 1) await letWriteThrough();
    expect(state.namespace.deleted).toEqual([]);
  });
});

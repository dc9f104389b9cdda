// Tests of a full disk: the NameNode enters safe mode, serves reads, and accepts writes again when there is room.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { getFileInfo, getListing } from '../../../namenode/namespace/stat-and-listing.ts';
import { NamesystemDriver } from '../../../namenode/namesystem/driver.ts';
import { NamespaceLoader } from '../../../namenode/namesystem/load.ts';
import { NamespaceStore } from '../../../namenode/store/store.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { systemClock } from '../../../runtime/runtime.ts';
import { eventually } from '../../support/until.ts';
import { CONFIG, Harness, ROOT, roomsConfig, seededChooser, unexpectedBug } from '../harness.ts';
import { journalWith, openNew } from './new-store.ts';

let dir: string;
let store: NamespaceStore;
let driver: NamesystemDriver;
let isFull: boolean;

beforeEach(async () => {
  dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-full-'));
  isFull = false;
  const openJournal = journalWith((journal) => ({
    append: (...batch) => (isFull ? Promise.reject(new Error('No space left on device')) : journal.append(...batch)),
  }));
  store = await openNew(dir, { openJournal, journalBytes: 65_536 });
  const { namesystem, store: formatted } = new Harness();
  await store.commit(
    [...formatted].map(([key, value]) => ({ type: 'put', key, value })),
    0,
  );
  driver = new NamesystemDriver({ namesystem, store, clock: systemClock, log: silentLogger, onBug: unexpectedBug });
});
afterEach(async () => {
  driver.stop();
  await store.close();
  await fs.rm(dir, { recursive: true, force: true });
});

const mkdirs = (at: string) =>
  driver.apply({ op: 'mkdirs', caller: ROOT, path: at, permission: 0o755, createParent: true });
const stat = async (at: string) => driver.read(getFileInfo, { caller: ROOT, path: at });

describe('a NameNode whose disk is full', () => {
  it('goes to safe mode, serves reads, and takes changes when there is room again; nothing acknowledged is lost', async () => {
    await mkdirs('/acknowledged');
    isFull = true;
    await expect(mkdirs('/refused')).rejects.toMatchObject({
      code: 'IOException',
      message: `The NameNode's store ${dir} can't be written: No space left on device`,
    });
    await expect(mkdirs('/more')).rejects.toMatchObject({
      code: 'SafeModeException',
      message: expect.stringMatching(/Name node is in safe mode.\nResources are low on NN. Please add or free up more/),
    });
    // The refused change would also have changed the root directory.
    expect((await stat('/'))?.childrenNum).toBe(2);
    expect(await stat('/acknowledged')).toMatchObject({ fileType: 1 });
    const listing = await driver.read(getListing, { caller: ROOT, path: '/', startAfter: '', needLocation: false });
    expect(listing?.partialListing.length).toBe(2);
    isFull = false;
    await eventually(() => expect(driver.inspect('safeMode', (s) => s.blockManager.safeMode.isOn)).toBe(false));
    await mkdirs('/later');

    driver.stop();
    await store.close();
    store = await NamespaceStore.open(dir);
    const loader = new NamespaceLoader(roomsConfig(CONFIG), seededChooser(1), 0);
    await store.load((key, value) => loader.add(key, value));
    const names = [...loader.finish().namespace.tree.root.children].map((c) => c.name);
    expect(names).toEqual(['acknowledged', 'later', 'refused']);
  });

  it('holds no silence against writers that could not renew their leases meanwhile', () => {
    const h = new Harness();
    h.create('/f', { clientName: 'c1' });
    h.apply({ op: 'noteDiskSpace', isLow: true });
    expect(() => h.apply({ op: 'renewLease', clientName: 'c1' })).toThrow('Cannot renew lease for c1');
    for (let i = 0; i < 30; i++) {
      h.now += 60_000;
      h.apply({ op: 'tick' });
    }
    h.apply({ op: 'noteDiskSpace', isLow: false });
    h.now += 1000;
    h.apply({ op: 'tick' });
    expect(() => h.create('/f', { clientName: 'c2' })).toThrow('this file lease is currently owned by c1');
  });
});

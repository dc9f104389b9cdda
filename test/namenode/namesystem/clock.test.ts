// A test of the NameNode under a system clock that is set forward and back.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { getFileInfo } from '../../../namenode/namespace/stat-and-listing.ts';
import { NamesystemDriver } from '../../../namenode/namesystem/driver.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { datanodeId, Harness, ROOT, unexpectedBug } from '../harness.ts';
import { openNew } from '../store/new-store.ts';

const HOUR_MS = 3_600_000;

// Hadoop measures leases and heartbeats by Time.monotonicNow().
it('a clock that is set forward or back ends no lease and no DataNode, and dates files', async () => {
  const dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-clock-'));
  const store = await openNew(dir);
  let wallMs = 1_700_000_000_000;
  let monotonicMs = 12.5;
  const clock = { now: () => wallMs, monotonicMs: () => monotonicMs };
  const { namesystem } = new Harness();
  const driver = new NamesystemDriver({ namesystem, store, clock, log: silentLogger, onBug: unexpectedBug });
  const create = (clientName: string, at: string) =>
    driver.apply({
      op: 'create',
      caller: ROOT,
      path: at,
      permission: 0o644,
      clientName,
      flags: 1,
      createParent: true,
      replication: 1,
      blockSizeBytes: 1 << 20,
    });
  try {
    await driver.apply({ op: 'registerDatanode', id: datanodeId('d1'), softwareVersion: '3.4.2' });
    await create('c1', '/f');
    for (const jumpMs of [5 * HOUR_MS, -10 * HOUR_MS]) {
      wallMs += jumpMs;
      await driver.apply({ op: 'tick' });
      await expect(create('c2', '/f')).rejects.toThrow('this file lease is currently owned by c1');
      expect(namesystem.state.blockManager.datanodes.liveCount).toBe(1);
    }
    await create('c2', '/g');
    expect((await driver.read(getFileInfo, { caller: ROOT, path: '/g' }))?.modification_time).toBe(wallMs);
    monotonicMs += HOUR_MS;
    await driver.apply({ op: 'tick' });
    expect(namesystem.state.blockManager.datanodes.liveCount).toBe(0);
    expect(namesystem.state.namespace.leases.openFileCount).toBe(0);
  } finally {
    driver.stop();
    await store.close();
    await fs.rm(dir, { recursive: true, force: true });
  }
});

// A replica is forgotten only if its block file is proven to be gone.
import fs from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { DatanodeContext } from '../../../datanode/context/datanode-context.ts';
import { forgetVanished } from '../../../datanode/context/vanished-replica.ts';
import type { StoredReplica } from '../../../datanode/replicas/stored-replica.ts';
import { DirectoryScanner } from '../../../datanode/scanners/directory-scanner.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { failStat } from '../support/disk-failure.ts';
import { temporaryDirectory } from '../support/files.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let data: string;
let stored: StoredReplica;
const remove = vi.fn();
const deleted = vi.fn();

beforeEach(async () => {
  directory = await temporaryDirectory();
  data = path.join(directory.path, 'blk_1');
  const meta = path.join(directory.path, 'blk_1_1001.meta');
  for (const file of [data, meta]) await fs.writeFile(file, 'some bytes');
  const state = { kind: 'FINALIZED', blockId: 1, generationStamp: 1001, bytesOnDisk: 10 } as const;
  const volume = { poolPath: () => directory.path };
  const exclusive = (action: () => Promise<unknown>) => action();
  stored = { name: 'blk_1', paths: { data, meta }, state, volume, exclusive } as unknown as StoredReplica;
  remove.mockClear();
  deleted.mockClear();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await directory.remove();
});

const scope = (): DatanodeContext =>
  ({
    store: { remove, volumes: [stored.volume], replicas: () => [stored], isUnknown: () => false },
    events: { deleted },
    log: silentLogger,
  }) as unknown as DatanodeContext;

/** The two that look for block files that have vanished. */
const looks = [
  ['forgetVanished', () => forgetVanished(scope(), stored)],
  ['the directory scanner', () => new DirectoryScanner(scope(), 0).scan()],
] as const;

test.each(looks)('%s: a block file that is gone', async (_name, look) => {
  await fs.rm(data);
  await look();
  expect(remove).toHaveBeenCalledExactlyOnceWith(stored);
  expect(deleted).toHaveBeenCalledExactlyOnceWith(stored);
});

test.each(looks)('%s: a block file that the disk can not show is not gone', async (_name, look) => {
  failStat(data);
  await expect(look()).rejects.toThrow('EIO');
  expect(remove).not.toHaveBeenCalled();
  expect(deleted).not.toHaveBeenCalled();
});

test.each(looks)('%s: a block file that is there', async (_name, look) => {
  await look();
  expect(remove).not.toHaveBeenCalled();
});

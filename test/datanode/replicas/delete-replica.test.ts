// Deleting a replica's files gives their bytes back to the volume, also when a file is gone; a failing disk is told.
import fs from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { deleteReplicaFiles } from '../../../datanode/replicas/replica-changes.ts';
import type { StoredReplica } from '../../../datanode/replicas/stored-replica.ts';
import { failStat } from '../support/disk-failure.ts';
import { temporaryDirectory } from '../support/files.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let replica: Pick<StoredReplica, 'volume' | 'paths' | 'state'>;

beforeEach(async () => {
  directory = await temporaryDirectory();
  const [data, meta] = [path.join(directory.path, 'blk_1'), path.join(directory.path, 'blk_1_1001.meta')];
  await fs.writeFile(data, Buffer.alloc(512));
  await fs.writeFile(meta, Buffer.alloc(11));
  const state = { kind: 'FINALIZED', blockId: 1, generationStamp: 1001, bytesOnDisk: 512 } as const;
  replica = { volume: { usedBytes: 10_000 } as StoredReplica['volume'], paths: { data, meta }, state };
});
afterEach(async () => {
  vi.restoreAllMocks();
  await directory.remove();
});

test('both files', async () => {
  await deleteReplicaFiles(replica);
  expect(await fs.readdir(directory.path)).toEqual([]);
  expect(replica.volume.usedBytes).toBe(10_000 - 512 - 11);
});

test('a replica without a meta file', async () => {
  await fs.rm(replica.paths.meta);
  await deleteReplicaFiles(replica);
  expect(await fs.readdir(directory.path)).toEqual([]);
  expect(replica.volume.usedBytes).toBe(10_000 - 512);
});

test('a meta file that the disk can not show: the failure is told, and nothing is counted as deleted', async () => {
  failStat(replica.paths.meta);
  await expect(deleteReplicaFiles(replica)).rejects.toThrow('EIO');
  expect(await fs.readdir(directory.path)).toHaveLength(2);
  expect(replica.volume.usedBytes).toBe(10_000);
});

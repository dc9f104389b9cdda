// Tests of the files of a replica.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createReplicaFiles } from '../../../datanode/replicas/replica-files.ts';

// A loss of power keeps a first part of the names that were made. With the block file alone, the replica has no generation
// stamp, so that no recovery takes it and the file is never closed (seed 207870145 of the simulator).
test('the meta file has its name before the block file', async () => {
  const dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-replica-'));
  try {
    const paths = { data: path.join(dir, 'missing', 'blk_1'), meta: path.join(dir, 'blk_1_1001.meta') };
    await expect(createReplicaFiles(paths, { type: 'CRC32C', bytesPerChecksum: 512 })).rejects.toThrow('ENOENT');
    expect(await fs.readdir(dir)).toEqual(['blk_1_1001.meta']);
  } finally {
    await fs.rm(dir, { recursive: true });
  }
});

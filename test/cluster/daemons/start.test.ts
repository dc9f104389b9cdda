// A failure to read a cluster's files is told, and is not taken for a cluster that does not run.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRunningCluster } from '../../../cluster/daemons/start.ts';
import { findBlockFile } from '../../../cluster/fault/corrupt-block.ts';

let dir: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-start-'));
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

describe('readRunningCluster', () => {
  it('finds none in a directory without running.json, and in none', () => {
    expect(readRunningCluster(dir)).toBeUndefined();
    expect(readRunningCluster(path.join(dir, 'none'))).toBeUndefined();
  });

  it('throws if running.json can not be looked at', () => {
    const unknown = path.join(dir, 'x'.repeat(300));
    expect(() => readRunningCluster(unknown)).toThrow(
      `It is not known whether a cluster runs in ${unknown}: ENAMETOOLONG`,
    );
  });
});

describe('findBlockFile', () => {
  it('finds no file in directories without the block, and throws for one that can not be looked at', async () => {
    const block = { poolId: 'BP-1', blockId: 1 };
    expect(await findBlockFile([dir, path.join(dir, 'none')], block)).toBeUndefined();
    await expect(findBlockFile([path.join(dir, 'x'.repeat(300))], block)).rejects.toThrow('ENAMETOOLONG');
  });
});

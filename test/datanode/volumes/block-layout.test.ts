// Names and places of block files (Hadoop: DatanodeUtil.idToBlockDir).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  blockFileName,
  formatBlock,
  idToBlockDir,
  metaFileName,
  parseBlockFileName,
  replicaDirectory,
} from '../../../datanode/volumes/block-layout.ts';

describe('block-layout: names and places of block files', () => {
  test('idToBlockDir takes bits 16-20 and 8-12 of the id (DatanodeUtil.idToBlockDir)', () => {
    expect(idToBlockDir(1073741825)).toBe('subdir0/subdir0');
    expect(idToBlockDir(1073741825 + 0x010200)).toBe('subdir1/subdir2');
    expect(idToBlockDir(0x1f1f00)).toBe('subdir31/subdir31');
    expect(idToBlockDir(0x2020ff)).toBe('subdir0/subdir0');
  });

  test('names can be read back; others are nothing', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (blockId, generationStamp) => {
        expect(parseBlockFileName(blockFileName(blockId))).toEqual({ kind: 'block', blockId });
        expect(parseBlockFileName(metaFileName(blockId, generationStamp))).toEqual({
          kind: 'meta',
          blockId,
          generationStamp,
        });
      }),
    );
    for (const name of ['blk_', 'blk_1.meta', 'blk_1_2', 'VERSION', 'blk_1_2.meta.tmp'])
      expect(parseBlockFileName(name)).toBeUndefined();
  });

  test('rbw and tmp are flat', () => {
    expect(replicaDirectory('rbw', 1)).toBe('current/rbw');
    expect(replicaDirectory('tmp', 1)).toBe('tmp');
    expect(formatBlock({ poolId: 'BP-1', blockId: 2, generationStamp: 3 })).toBe('BP-1:blk_2_3');
  });
});

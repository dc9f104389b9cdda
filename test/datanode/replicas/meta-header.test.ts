// The header of a meta file (Hadoop: BlockMetadataHeader).
import { describe, expect, test } from 'vitest';
import {
  checksumLength,
  decodeMetaHeader,
  encodeMetaHeader,
  metaLength,
} from '../../../datanode/replicas/meta-header.ts';

describe('meta-header: the seven bytes in front of checksums', () => {
  test('is what BlockMetadataHeader writes', () => {
    expect([...encodeMetaHeader({ type: 'CRC32C', bytesPerChecksum: 512 })]).toEqual([0, 1, 2, 0, 0, 2, 0]);
    expect(decodeMetaHeader(encodeMetaHeader({ type: 'CRC32', bytesPerChecksum: 4096 }), 'f')).toEqual({
      type: 'CRC32',
      bytesPerChecksum: 4096,
    });
  });

  test('a header cut short, of another version or without sense is refused', () => {
    expect(() => decodeMetaHeader(Buffer.from([0, 1]), 'f')).toThrow(
      'The meta file length 2 is less than the expected header length 7',
    );
    for (const bytes of [
      [0, 2, 2, 0, 0, 2, 0],
      [0, 1, 9, 0, 0, 2, 0],
      [0, 1, 2, 0, 0, 0, 0],
    ]) {
      expect(() => decodeMetaHeader(Buffer.from(bytes), 'f')).toThrow('corrupt');
    }
  });

  test('lengths count partial chunks', () => {
    const spec = { type: 'CRC32C', bytesPerChecksum: 512 } as const;
    expect([0, 1, 512, 513].map((n) => checksumLength(spec, n))).toEqual([0, 4, 4, 8]);
    expect(metaLength({ type: 'NULL', bytesPerChecksum: 512 }, 1000)).toBe(7);
  });
});

// The CRC of a concatenation from the CRCs of its parts (Hadoop: CrcComposer).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CrcComposer } from '../../../datanode/transfer/composite-crc.ts';
import { DataChecksum } from '../../../protocol/checksum/checksum.ts';

describe('composite-crc: the CRC of a concatenation', () => {
  test('of any parts is the CRC of the whole', () => {
    for (const type of ['CRC32', 'CRC32C'] as const) {
      const crcOf = (bytes: Uint8Array) =>
        bytes.length === 0 ? 0 : new DataChecksum(type, 1 << 20).compute(bytes).readUInt32BE(0);
      fc.assert(
        fc.property(
          fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 6 }),
          (parts) => {
            const composer = new CrcComposer(type);
            for (const part of parts) composer.update(crcOf(part), part.length);
            expect(composer.digest()).toBe(crcOf(Buffer.concat(parts)));
          },
        ),
        { numRuns: 30 },
      );
    }
  });
});

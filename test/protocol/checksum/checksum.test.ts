// Checksums, compared with the definition of CRCs, zlib and published values.
import zlib from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checksumType, DataChecksum } from '../../../protocol/checksum/checksum.ts';
import { crc } from '../../../protocol/checksum/crc.ts';
import { FOLD_DISTANCES } from '../../../protocol/checksum/crc-code.ts';

/** Computes a CRC one bit at a time, as the definition says. */
function bitwiseCrc(polynomial: number, data: Uint8Array): number {
  let value = -1;
  for (const byte of data) {
    value ^= byte;
    for (let k = 0; k < 8; k++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
  }
  return ~value;
}

const DIGITS = Buffer.from('123456789');

describe('known values', () => {
  // The values of RFC 3720, section B.4, and the customary check value of the digits 1 to 9.
  test.each([
    [DIGITS, 'e3069283'],
    [Buffer.alloc(32), '8a9136aa'],
    [Buffer.alloc(32, 0xff), '62a8ab43'],
    [Buffer.from(Array.from({ length: 32 }, (_, i) => i)), '46dd794e'],
    [Buffer.from(Array.from({ length: 32 }, (_, i) => 31 - i)), '113fdb5c'],
  ])('CRC32C of %j', (data, hex) => {
    expect(new DataChecksum('CRC32C', 512).compute(data).toString('hex')).toBe(hex);
  });

  test('CRC32 of the digits', () => {
    expect(new DataChecksum('CRC32', 512).compute(DIGITS).toString('hex')).toBe('cbf43926');
  });
});

test('each chunk has its own checksum, for any sizes of chunks and data', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), fc.integer({ min: 1, max: 700 }), (data, bytesPerChecksum) => {
      for (const [type, polynomial] of [
        ['CRC32C', 0x82f63b78],
        ['CRC32', 0xedb88320],
      ] as const) {
        const sums = new DataChecksum(type, bytesPerChecksum).compute(data);
        const expected = [];
        for (let at = 0; at < data.length; at += bytesPerChecksum) {
          expected.push(bitwiseCrc(polynomial, data.subarray(at, at + bytesPerChecksum)));
        }
        expect(Array.from({ length: sums.length / 4 }, (_, i) => sums.readInt32BE(i * 4))).toEqual(expected);
      }
    }),
  );
});

test('chunks of 512 bytes by CRC32C, which are folded two at a time', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 400, maxLength: 6000, size: 'max' }), (data) => {
      const sums = new DataChecksum('CRC32C', 512).compute(data);
      const expected = [];
      for (let at = 0; at < data.length; at += 512) expected.push(crc('CRC32C', data.subarray(at, at + 512)));
      expect(Array.from({ length: sums.length / 4 }, (_, i) => sums.readInt32BE(i * 4))).toEqual(expected);
    }),
  );
});

test.each(FOLD_DISTANCES.map((distances) => ({ distances })))(
  'a byte that is left out and XORed to those $distances behind it changes nothing',
  ({ distances }) => {
    // The change that one bit makes to a CRC depends neither on the other bits nor on the number of bits before it.
    for (let bit = 0; bit < 8; bit++) {
      const message = Buffer.alloc(300);
      message[10] = 1 << bit;
      const moved = Buffer.alloc(300);
      for (const distance of distances) moved[10 + distance] = 1 << bit;
      expect(crc('CRC32C', message)).toBe(crc('CRC32C', moved));
    }
  },
);

describe("data larger than the module's memory", () => {
  const data = Buffer.from(Array.from({ length: 400_001 }, (_, i) => (i * 31) ^ (i >> 7)));

  test.each([1, 16, 512, 131_072, 131_073, 400_000, 1_000_000])('in chunks of %i bytes', (bytesPerChecksum) => {
    const sums = new DataChecksum('CRC32', bytesPerChecksum).compute(data);
    expect(sums.length).toBe(Math.ceil(data.length / bytesPerChecksum) * 4);
    for (let i = 0; i < sums.length / 4; i += Math.max(1, Math.floor(sums.length / 40))) {
      const chunk = data.subarray(i * bytesPerChecksum, (i + 1) * bytesPerChecksum);
      expect(sums.readUInt32BE(i * 4)).toBe(zlib.crc32(chunk));
    }
  });

  test('a checksum goes on from a seed', () => {
    const whole = crc('CRC32C', data);
    expect(crc('CRC32C', data.subarray(777), crc('CRC32C', data.subarray(0, 777)))).toBe(whole);
    expect(crc('CRC32', data) >>> 0).toBe(zlib.crc32(data));
    expect(crc('CRC32C', Buffer.alloc(0), 5)).toBe(5);
  });
});

describe('verify', () => {
  const checksum = new DataChecksum('CRC32C', 512);
  const data = Buffer.alloc(2000, 'calf');
  const sums = checksum.compute(data);

  test('accepts good data, and any data if the type is NULL', () => {
    checksum.verify(data, sums, 0, '/f');
    new DataChecksum('NULL', 512).verify(data, Buffer.alloc(0), 0, '/f');
  });

  test('names the chunk that is wrong', () => {
    const bad = Buffer.from(data);
    bad[1030] = 1;
    const got = checksum.compute(bad).readInt32BE(8);
    expect(() => checksum.verify(bad, sums, 10_240, '/f')).toThrow(
      expect.objectContaining({
        javaClass: 'org.apache.hadoop.fs.ChecksumException',
        message: `Checksum error: /f at ${10_240 + 1024} exp: ${sums.readInt32BE(8)} got: ${got}`,
      }),
    );
  });

  test('requires one checksum for each chunk', () => {
    expect(() => checksum.verify(data, sums.subarray(4), 0, '/f')).toThrow(/Checksum error/);
    expect(() => checksum.verify(data, sums.subarray(0, -4), 0, '/f')).toThrow(
      'Checksum error: /f at 0: 12 bytes of checksums for 2000 bytes of data',
    );
  });
});

test("the meta file's header part has the type and the chunk's size", () => {
  expect(new DataChecksum('CRC32C', 512).headerBytes.toString('hex')).toBe('0200000200');
  expect(new DataChecksum('CRC32', 65536).headerBytes.toString('hex')).toBe('0100010000');
});

test("types have Hadoop's numbers, sizes and refusals", () => {
  expect([0, 1, 2].map(checksumType)).toEqual(['NULL', 'CRC32', 'CRC32C']);
  expect(() => checksumType(7)).toThrow('Could not create DataChecksum from the checksum type number 7');
  expect(() => new DataChecksum('CRC32', 0)).toThrow(/0 bytes per checksum/);
  expect(new DataChecksum('NULL', 512).checksumSize).toBe(0);
  expect(new DataChecksum('CRC32', 512).checksumsBytes(1025)).toBe(12);
  expect(DataChecksum.fromProto({ type: 2, bytesPerChecksum: 512 }).toProto()).toEqual({
    type: 2,
    bytesPerChecksum: 512,
  });
});

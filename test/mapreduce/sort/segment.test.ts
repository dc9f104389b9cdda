// Segments give back their records, and every damage is noticed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFromBytes, SegmentReader, SegmentVerifier, SegmentWriter } from '../../../mapreduce/sort/segment.ts';

/** Each way in which damage shows: by a checksum, by a count, or by a length that does not fit. */
const DAMAGE =
  /^(A checksum of a segment is wrong|A segment has \d+ records instead of \d+|A segment is cut off|A segment goes on after its end|A chunk is longer than its segment)$/;

type Record = readonly [key: Buffer, value: Buffer];

function write(records: readonly Record[]): Buffer {
  const parts: Buffer[] = [];
  const writer = new SegmentWriter((bytes) => parts.push(Buffer.from(bytes)));
  for (const [key, value] of records) writer.append(key, 0, key.length, value, 0, value.length);
  const size = writer.close();
  const bytes = Buffer.concat(parts);
  expect(size).toEqual({ length: bytes.length, rawLength: bytes.length, records: records.length });
  return bytes;
}

function read(bytes: Buffer): Record[] {
  const reader = new SegmentReader(readFromBytes(bytes));
  const records: Record[] = [];
  while (reader.next()) {
    const { bytes: b, keyStart, keyEnd, valueEnd } = reader;
    records.push([Buffer.from(b.subarray(keyStart, keyEnd)), Buffer.from(b.subarray(keyEnd, valueEnd))]);
  }
  return records;
}

function verify(bytes: Buffer, pieceBytes: number): void {
  const verifier = new SegmentVerifier(bytes.length);
  for (let at = 0; at < bytes.length; at += pieceBytes) verifier.feed(bytes.subarray(at, at + pieceBytes));
  verifier.end();
}

const bytes = fc.uint8Array({ maxLength: 300 }).map((b) => Buffer.from(b));
const records = fc.array(fc.tuple(bytes, bytes), { maxLength: 40 });

describe('segments', () => {
  it('give back the records that were written', () => {
    fc.assert(
      fc.property(records, fc.integer({ min: 1, max: 50 }), (list, piece) => {
        const segment = write(list);
        expect(read(segment)).toEqual(list);
        verify(segment, piece);
      }),
    );
  });

  it('of many records have many chunks, and a record may be larger than a chunk', () => {
    const large = Buffer.alloc(200_000, 7);
    const list: Record[] = Array.from({ length: 5000 }, (_, i) => [Buffer.from(`key${i}`), Buffer.alloc(40, i)]);
    list.splice(100, 0, [Buffer.from('large'), large]);
    const segment = write(list);
    expect(read(segment)).toEqual(list);
    verify(segment, 1000);
  });

  it('that are damaged anywhere are refused, by the reader and by the verifier', () => {
    fc.assert(
      fc.property(
        records.filter((l) => l.length > 0),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (list, at, flip) => {
          const segment = write(list);
          const position = at % segment.length;
          segment.writeUInt8(segment.readUInt8(position) ^ flip, position);
          // The last 4 bytes hold the number of records, which only the reader checks.
          if (position < segment.length - 4) expect(() => verify(segment, 64)).toThrow(DAMAGE);
          expect(() => read(segment)).toThrow(DAMAGE);
        },
      ),
    );
  });

  it('that are cut off are refused', () => {
    const segment = write([[Buffer.from('a'), Buffer.from('b')]]);
    for (let length = 0; length < segment.length; length++) {
      expect(() => read(segment.subarray(0, length))).toThrow('cut off');
      expect(() => verify(segment.subarray(0, length), 5)).toThrow('A segment is cut off');
    }
  });
});

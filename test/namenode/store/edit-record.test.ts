// Tests of the records in the journal, whole and damaged.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../namenode/command/change.ts';
import { type EditRecord, encodeRecord, recordsAfter } from '../../../namenode/store/edit-record.ts';

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ type: fc.constant('put' as const), key: fc.string({ unit: 'binary' }), value: fc.string() }),
  fc.record({ type: fc.constant('del' as const), key: fc.string() }),
);
const FILE_BYTES = 64 * 1024;

/** Makes a journal file with these records, and returns the offset at which each record ends. */
function fileOf(records: readonly EditRecord[]): { bytes: Buffer; ends: number[] } {
  const bytes = Buffer.alloc(FILE_BYTES);
  const ends: number[] = [];
  let at = 0;
  for (const { number, changes } of records) {
    at += encodeRecord(bytes.subarray(at), number, changes) ?? Number.NaN;
    ends.push(at);
  }
  return { bytes, ends };
}

const records = (from: number, to: number): EditRecord[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({
    number: from + i,
    changes: [{ type: 'put', key: `k${from + i}`, value: 'v'.repeat((from + i) % 40) }],
  }));
const numbers = (found: readonly EditRecord[]) => found.map((r) => r.number);

describe('the records of the edit journal', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 8 }), { maxLength: 12 }), (batches) => {
        const written = batches.map((changes, i) => ({ number: i + 1, changes }));
        expect(recordsAfter(0, [fileOf(written).bytes])).toEqual(written);
      }),
    );
  });

  it('are refused when there may be no room for them', () => {
    expect(encodeRecord(Buffer.alloc(100), 1, [{ type: 'put', key: 'k', value: 'v'.repeat(100) }])).toBeUndefined();
  });

  it('end at the last whole one, wherever the last write was cut short', () => {
    const { bytes, ends } = fileOf(records(1, 20));
    fc.assert(
      fc.property(fc.nat(ends.at(-1) ?? 0), (cut) => {
        const torn = Buffer.concat([bytes.subarray(0, cut), Buffer.alloc(FILE_BYTES - cut)]);
        expect(numbers(recordsAfter(0, [torn]))).toEqual(numbers(records(1, ends.filter((end) => end <= cut).length)));
      }),
    );
  });

  it('go on from one file to the other, over what is left of older ones', () => {
    const older = fileOf(records(1, 30)).bytes;
    const newer = fileOf(records(51, 60));
    newer.bytes.copy(older, 0, 0, newer.ends.at(-1));
    const other = fileOf(records(31, 50)).bytes;
    expect(numbers(recordsAfter(30, [older, other]))).toEqual(numbers(records(31, 60)));
    expect(numbers(recordsAfter(45, [other, older]))).toEqual(numbers(records(46, 60)));
    expect(recordsAfter(60, [older, other])).toEqual([]);
  });

  it('are not used when one before the last is damaged or missing: what was acknowledged would be lost', () => {
    const { bytes, ends } = fileOf(records(1, 20));
    fc.assert(
      fc.property(fc.nat((ends[18] ?? 1) - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        expect(() => recordsAfter(0, [damaged])).toThrow(/^the edits have batch \d+, but not \d+$/);
      }),
    );
    expect(() => recordsAfter(30, [fileOf(records(32, 40)).bytes])).toThrow('the edits have batch 40, but not 31');
  });

  it('are found behind any length of room that was never written', () => {
    fc.assert(
      fc.property(fc.nat(200_000), (at) => {
        const bytes = Buffer.alloc(at + 100);
        encodeRecord(bytes.subarray(at), 2, [{ type: 'put', key: 'k', value: 'v' }]);
        expect(() => recordsAfter(0, [bytes])).toThrow('the edits have batch 2, but not 1');
      }),
      { examples: [[65_533], [65_534], [65_535], [65_536], [131_069], [131_072]] },
    );
  });
});

// Tests of the records in the journal: whole, cut short, damaged, and chosen by a client.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../../../namenode/command/change.ts';
import {
  type EditRecord,
  encodeRecord,
  RECORD_ALIGNMENT,
  sealOf,
  sealRecord,
} from '../../../../namenode/store/journal/edit-record.ts';
import { contentAfter, type JournalFile, type JournalRun } from '../../../../namenode/store/journal/journal-run.ts';

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ type: fc.constant('put' as const), key: fc.string({ unit: 'binary' }), value: fc.string() }),
  fc.record({ type: fc.constant('del' as const), key: fc.string() }),
);
const FILE_BYTES = 64 * 1024;
const SEALS = [sealOf(Buffer.from('sixteen bytes, 1')), sealOf(Buffer.from('sixteen bytes, 2'))] as const;

/** Makes a journal file with these records, and returns the offset at which each record ends. */
function fileOf(records: readonly EditRecord[], file = 0): { content: JournalFile; bytes: Buffer; ends: number[] } {
  const bytes = Buffer.alloc(FILE_BYTES);
  const seal = SEALS[file] ?? SEALS[0];
  const ends: number[] = [];
  let at = 0;
  for (const { number, changes } of records) {
    const length = encodeRecord(bytes.subarray(at), number, changes) ?? Number.NaN;
    sealRecord(bytes.subarray(at), seal);
    at += length;
    ends.push(at);
  }
  return { content: { name: `edits-${file}`, seal, bytes }, bytes, ends };
}

const records = (from: number, to: number): EditRecord[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({
    number: from + i,
    changes: [{ type: 'put', key: `k${from + i}`, value: 'v'.repeat((from + i) % 80) }],
  }));
const numbersAfter = (applied: number, ...files: JournalFile[]) =>
  contentAfter(applied, files, undefined).records.map((r) => r.number);
const numbers = (from: number, to: number) => records(from, to).map((r) => r.number);

describe('the records of the edit journal', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 8 }), { maxLength: 12 }), (batches) => {
        const written = batches.map((changes, i) => ({ number: i + 1, changes }));
        expect(contentAfter(0, [fileOf(written).content], undefined).records).toEqual(written);
      }),
    );
  });

  it('are refused when there may be no room for them', () => {
    expect(encodeRecord(Buffer.alloc(100), 1, [{ type: 'put', key: 'k', value: 'v'.repeat(100) }])).toBeUndefined();
    expect(encodeRecord(Buffer.alloc(RECORD_ALIGNMENT - 1), 1, [])).toBeUndefined();
  });

  it('end at the last whole one, wherever the last write was cut short', () => {
    const { content, bytes, ends } = fileOf(records(1, 20));
    fc.assert(
      fc.property(fc.nat(ends.at(-1) ?? 0), (cut) => {
        const torn = Buffer.concat([bytes.subarray(0, cut), Buffer.alloc(FILE_BYTES - cut)]);
        const found = numbersAfter(0, { ...content, bytes: torn });
        // A record is whole before the zeros that fill its room.
        const whole = ends.filter((end) => end <= cut).length;
        expect(found).toEqual(numbers(1, Math.max(whole, found.length)));
        expect(found.length).toBeLessThanOrEqual(whole + 1);
      }),
    );
  });

  it('go on from one file to the other, over what is left of older ones', () => {
    const older = fileOf(records(1, 30));
    const newer = fileOf(records(51, 60));
    newer.bytes.copy(older.bytes, 0, 0, newer.ends.at(-1));
    const other = fileOf(records(31, 50), 1).content;
    expect(numbersAfter(30, older.content, other)).toEqual(numbers(31, 60));
    expect(numbersAfter(45, older.content, other)).toEqual(numbers(46, 60));
    const { records: none, run } = contentAfter(60, [older.content, other], undefined);
    expect([none, run]).toEqual([[], { file: 0, first: 51, last: 60 }]);
  });

  it('are not used when one before the last is damaged or missing: what was acknowledged would be lost', () => {
    const { content, bytes, ends } = fileOf(records(1, 20));
    const starts = [0, ...ends.slice(0, 18)];
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.nat(40), fc.integer({ min: 1, max: 255 }), (start, offset, flip) => {
        const damaged = Buffer.from(bytes);
        const at = start + (offset % 20);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        expect(() => numbersAfter(0, { ...content, bytes: damaged })).toThrow(
          /^the edits have batch \d+, but not \d+$/,
        );
      }),
    );
    expect(() => numbersAfter(30, fileOf(records(32, 40)).content)).toThrow('the edits have batch 40, but not 31');
  });

  it('are found behind any length of room that was never written', () => {
    fc.assert(
      fc.property(fc.nat(3000), (steps) => {
        const bytes = Buffer.alloc(steps * RECORD_ALIGNMENT + 100);
        const tail = bytes.subarray(steps * RECORD_ALIGNMENT);
        encodeRecord(tail, 2, [{ type: 'put', key: 'k', value: 'v' }]);
        sealRecord(tail, SEALS[0]);
        expect(() => numbersAfter(0, { name: 'edits-0', seal: SEALS[0], bytes })).toThrow(
          'the edits have batch 2, but not 1',
        );
      }),
    );
  });

  // A client chooses names and ids that lie in the journal. Without the salt it made every later start refuse the store.
  it('are not those that a client has put into a value, even with the layout of a record', () => {
    const forged = Buffer.alloc(RECORD_ALIGNMENT);
    encodeRecord(forged, 2, []);
    sealRecord(forged, sealOf(Buffer.alloc(16)));
    for (let shift = 0; shift < RECORD_ALIGNMENT; shift++) {
      const value = 'x'.repeat(shift) + forged.toString('latin1');
      const { content } = fileOf([{ number: 1, changes: [{ type: 'put', key: 'k', value }] }]);
      expect(numbersAfter(0, content)).toEqual([1]);
    }
  });

  it('of one file do not count in the other, whose salt differs', () => {
    const { bytes } = fileOf(records(1, 3));
    expect(numbersAfter(0, { name: 'edits-1', seal: SEALS[1], bytes })).toEqual([]);
  });
});

describe('a run that level saw in the journal', () => {
  const run: JournalRun = { file: 1, first: 31, last: 40 };
  const open = (file1: JournalFile) => contentAfter(40, [fileOf(records(1, 30)).content, file1], run);

  it('must still be there, and may have grown', () => {
    expect(open(fileOf(records(31, 40), 1).content).records).toEqual([]);
    expect(open(fileOf(records(31, 45), 1).content).records).toEqual(records(41, 45));
  });

  it.each([
    ['was emptied', fileOf([], 1).content, '31 to 40, and has none'],
    ['lost its end', fileOf(records(31, 39), 1).content, '31 to 40, and has 31 to 39'],
    ['is of an older copy', fileOf(records(20, 30), 1).content, '31 to 40, and has 20 to 30'],
  ])('is missed when the file %s', (_what, file, text) => {
    expect(() => open(file)).toThrow(`its file edits-1 was emptied or replaced: it had the batches ${text}`);
  });
});

// Lines of splits: each line is read once, whatever the borders of splits and chunks.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineRecordReader } from '../../../mapreduce/formats/line-record-reader.ts';

interface Line {
  readonly offset: number;
  readonly text: string;
}

/** Returns the lines of the split [start, start + length). The file is fed in pieces of the given sizes, in turn. */
function readSplit(file: Buffer, start: number, length: number, pieces: readonly number[] = [3]): Line[] {
  const reader = new LineRecordReader(start, length);
  const lines: Line[] = [];
  const take = () => {
    while (reader.next()) lines.push({ offset: reader.key, text: reader.value });
  };
  for (let at = start, i = 0; at < file.length && !reader.done; i++) {
    const size = pieces[i % pieces.length] ?? 1;
    reader.feed(file.subarray(at, at + size));
    take();
    at += size;
  }
  reader.end();
  take();
  expect(reader.done).toBe(true);
  return lines;
}

/** Returns the file's lines, found byte by byte. */
function referenceLines(file: Buffer): Line[] {
  const lines: Line[] = [];
  let at = 0;
  while (at < file.length) {
    let end = at;
    while (end < file.length && file[end] !== 10 && file[end] !== 13) end++;
    lines.push({ offset: at, text: file.toString('utf8', at, end) });
    at = file[end] === 13 && file[end + 1] === 10 ? end + 2 : end + 1;
  }
  return lines;
}

const text = fc.array(fc.constantFrom('a', 'bc', 'é', '日本', ' ', '\n', '\r', '\r\n', '\n\n'), { maxLength: 40 });

describe('LineRecordReader', () => {
  it('ends lines at \\n, \\r and \\r\\n and takes a last line without end', () => {
    expect(readSplit(Buffer.from('a\nb\rc\r\nd'), 0, 8).map((l) => l.text)).toEqual(['a', 'b', 'c', 'd']);
    expect(readSplit(Buffer.from('a\n'), 0, 2).map((l) => l.text)).toEqual(['a']);
    expect(readSplit(Buffer.from('\r\n\n'), 0, 3).map((l) => l.text)).toEqual(['', '']);
    expect(readSplit(Buffer.alloc(0), 0, 0)).toEqual([]);
  });

  it('drops a byte order mark at the start of the file only', () => {
    expect(readSplit(Buffer.from('\ufeffa\n\ufeffb'), 0, 9).map((l) => l.text)).toEqual(['a', '\ufeffb']);
  });

  it('gives a line that begins just at the border to the split before', () => {
    const file = Buffer.from('ab\ncd\nef\n');
    expect(readSplit(file, 0, 3).map((l) => l.text)).toEqual(['ab', 'cd']);
    expect(readSplit(file, 3, 6).map((l) => l.text)).toEqual(['ef']);
  });

  it('reads the same lines and offsets in pieces of any size', () => {
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }), (parts, pieces) => {
        const file = Buffer.from(parts.join(''));
        expect(readSplit(file, 0, file.length, pieces)).toEqual(referenceLines(file));
      }),
    );
  });

  // Hadoop's rule for a record that crosses a block border: only the split in which the record begins reads it.
  it('reads every line exactly once for any split points', () => {
    fc.assert(
      fc.property(
        text,
        fc.array(fc.nat(60), { maxLength: 6 }),
        fc.integer({ min: 1, max: 7 }),
        (parts, cuts, piece) => {
          const file = Buffer.from(parts.join(''));
          const borders = [0, ...cuts.map((c) => c % (file.length + 1)).sort((a, b) => a - b), file.length];
          const unique = [...new Set(borders)];
          const lines = unique.flatMap((start, i) => {
            const end = unique[i + 1];
            return end === undefined ? [] : readSplit(file, start, end - start, [piece]);
          });
          expect(lines).toEqual(referenceLines(file));
        },
      ),
      { numRuns: 500 },
    );
  });
});

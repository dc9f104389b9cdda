// Lines of splits: each line is read once, whatever the borders of splits and chunks.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DelimiterRecordReader } from '../../../mapreduce/formats/delimiter-record-reader.ts';
import type { LineOptions, LineReader } from '../../../mapreduce/formats/line.ts';
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

describe('lines that are too long', () => {
  const lines = fc.array(
    fc.tuple(fc.constantFrom('', 'a', 'bcdef', 'é'.repeat(9), 'x'.repeat(30)), fc.constantFrom('\n', '\r\n')),
    {
      maxLength: 12,
    },
  );

  // LineRecordReader.nextKeyValue: a line is given if newSize < maxLineLength, where newSize counts the line's end.
  it('are left out if they have line.maxlength bytes or more, in whatever pieces and splits they come', () => {
    fc.assert(
      fc.property(
        lines,
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(200),
        (all, max, piece, cut) => {
          const file = Buffer.from(all.flat().join(''));
          const at = cut % (file.length + 1);
          const read = (start: number, length: number): string[] => {
            const reader = new LineRecordReader(start, length, { maxLength: max });
            return texts(reader, file.subarray(start), piece);
          };
          const expected = all.filter(([text, end]) => Buffer.byteLength(text + end) < max).map(([text]) => text);
          expect(read(0, file.length)).toEqual(expected);
          if (at > 0 && at < file.length) expect([...read(0, at), ...read(at, file.length - at)]).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('and can be no string end with the file, the offset and advice', () => {
    const reader = new LineRecordReader(0, 2 ** 31, { file: 'hdfs://h/f' });
    const piece = Buffer.alloc(2 ** 26, 'x');
    const feedAll = (): void => {
      reader.feed(Buffer.from('first\n'));
      expect(reader.next()).toBe(true);
      expect(reader.next()).toBe(false);
      for (let i = 0; i < 9; i++) reader.feed(piece);
      reader.end();
      reader.next();
    };
    expect(feedAll).toThrow(
      `hdfs://h/f: the line at offset 6 is too long: ${9 * 2 ** 26} bytes, and a string has at most 536870888 characters. Set mapreduce.input.linerecordreader.line.maxlength`,
    );
  });
});

function texts(reader: LineReader, bytes: Uint8Array, piece: number): string[] {
  const found: string[] = [];
  const take = () => {
    while (reader.next()) found.push(reader.value);
  };
  for (let at = 0; at < bytes.length && !reader.done; at += piece) {
    reader.feed(bytes.slice(at, at + piece));
    take();
  }
  reader.end();
  take();
  return found;
}

describe('records with a delimiter of the user', () => {
  const delimiter = fc.constantFrom('|', '\n\n', 'ab', 'aa', 'aba', '\r\n', 'é');
  const content = fc.array(fc.constantFrom('a', 'b', 'x', '\n', '\r', 'é', '|', 'aba', '\n\n', 'aaa'), {
    maxLength: 40,
  });

  /** LineReader.readCustomLine: delimiters are found from the left; no record comes after one at the file's end. */
  function reference(text: string, by: string): string[] {
    const parts = text.split(by);
    if (parts.at(-1) === '') parts.pop();
    return parts;
  }

  /** Returns the records of all splits of a file, which is cut at these places and read in pieces. */
  function recordsOf(
    file: Buffer,
    by: string,
    piece: number,
    cuts: readonly number[],
    options?: LineOptions,
  ): string[] {
    const borders = new Set([0, ...cuts.map((c) => c % (file.length + 1)), file.length]);
    const sorted = [...borders].sort((a, b) => a - b);
    return sorted.slice(1).flatMap((end, i) => {
      const start = sorted[i] ?? 0;
      return texts(new DelimiterRecordReader(by, start, end - start, options), file.subarray(start), piece);
    });
  }

  it('are what lies between the delimiters, each in one split, whatever the splits', () => {
    fc.assert(
      fc.property(
        content,
        delimiter,
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.nat(80), { maxLength: 4 }),
        (all, by, piece, cuts) => {
          const file = Buffer.from(all.join(''));
          const found = recordsOf(file, by, piece, cuts);
          expect(found).toEqual(reference(file.toString(), by));
        },
      ),
      // In the example, only bytes that the reader no longer holds tell that the second delimiter is none.
      { numRuns: 2000, examples: [[['a', 'aba', 'b', 'aba'], 'aba', 1, [64]]] },
    );
  });

  // LineRecordReader of Hadoop leaves out a record that has, with its delimiter, this many bytes or more.
  it('are left out if they are too long, each in one split, whatever the splits', () => {
    fc.assert(
      fc.property(
        content,
        delimiter,
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.nat(80), { maxLength: 4 }),
        fc.integer({ min: 1, max: 8 }),
        (all, by, piece, cuts, maxLength) => {
          const file = Buffer.from(all.join(''));
          const found = recordsOf(file, by, piece, cuts, { maxLength });
          const text = file.toString();
          const records = reference(text, by);
          const endsWithOne = text.split(by).length > records.length;
          const bytesOf = (record: string, i: number): number =>
            Buffer.byteLength(record) + (i < records.length - 1 || endsWithOne ? Buffer.byteLength(by) : 0);
          expect(found).toEqual(records.filter((record, i) => bytesOf(record, i) < maxLength));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('have the offsets of their first bytes', () => {
    const reader = new DelimiterRecordReader('||', 0, 100);
    reader.feed(Buffer.from('a||bc||||d'));
    reader.end();
    const found: [number, string][] = [];
    while (reader.next()) found.push([reader.key, reader.value]);
    expect(found).toEqual([
      [0, 'a'],
      [3, 'bc'],
      [7, ''],
      [9, 'd'],
    ]);
  });

  it('are left out if they are too long', () => {
    fc.assert(
      fc.property(
        content,
        delimiter,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 12 }),
        (all, by, piece, max) => {
          const text = all.join('');
          const parts = reference(text, by);
          const size = (part: string, i: number): number =>
            Buffer.byteLength(part) +
            (i < parts.length - 1 || text.split(by).at(-1) === '' ? Buffer.byteLength(by) : 0);
          const reader = new DelimiterRecordReader(by, 0, Buffer.byteLength(text), { maxLength: max });
          expect(texts(reader, Buffer.from(text), piece)).toEqual(parts.filter((part, i) => size(part, i) < max));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

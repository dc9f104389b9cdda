// Every way to cut a file into splits and its bytes into chunks gives the same records, each of them once.
import { stringify } from 'csv-stringify/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { csvInput } from '../../../mapreduce/formats/csv-input.ts';
import { fixedLengthInput } from '../../../mapreduce/formats/fixed-length-input.ts';
import type { FedInputFormat } from '../../../mapreduce/formats/format.ts';
import { jsonLinesInput } from '../../../mapreduce/formats/json-lines.ts';
import { keyValueTextInput } from '../../../mapreduce/formats/key-value-text-input.ts';
import { bytesInput, textInput } from '../../../mapreduce/formats/text-input.ts';
import { wholeFileInput } from '../../../mapreduce/formats/whole-file-input.ts';
import { jobConfiguration } from '../../../mapreduce/job/job-configuration.ts';

const FILE = 'hdfs://nn/f';

// biome-ignore lint/suspicious/noExplicitAny: formats of all types
type AnyFormat = FedInputFormat<any, any>;

/** Reads a split as a task does: its bytes and those after it, in the chunks of these lengths. */
function read(
  format: AnyFormat,
  bytes: Buffer,
  [start, end]: readonly [number, number],
  chunks: readonly number[],
  properties: Record<string, string> = {},
): unknown[] {
  const conf = jobConfiguration(new Configuration(properties));
  const split = {
    kind: 'file',
    fsUri: 'hdfs://nn',
    path: '/f',
    start,
    length: end - start,
    hosts: [],
    names: [],
  } as const;
  const reader = format.createReader(split, conf);
  const found: unknown[] = [];
  const take = (): void => {
    while (reader.next()) found.push([reader.key, structuredClone(reader.value)]);
  };
  let at = start;
  for (let i = 0; at < bytes.length && !reader.done; i++) {
    const next = Math.min(bytes.length, at + (chunks[i % chunks.length] ?? 1));
    reader.feed(new Uint8Array(bytes.subarray(at, next)));
    take();
    at = next;
  }
  if (!reader.done) {
    reader.end();
    take();
  }
  return found;
}

const cell = fc.oneof(
  fc.constantFrom('', 'a', '"', ',', '\n', 'x\r\ny', 'é', '\r', ' '),
  fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'ß', ';'), maxLength: 5 }),
);
const plainCell = fc.constantFrom('', 'a', 'bc', 'é', '"q,"', '"""q"');
const lineEnd = fc.constantFrom('\n', '\r\n');

/** Rows of two or three fields, the first of which is not empty: a row of one empty field is an empty line. */
const table = fc
  .tuple(
    fc
      .integer({ min: 2, max: 3 })
      .chain((n) => fc.array(fc.array(cell, { minLength: n, maxLength: n }), { maxLength: 8 })),
    lineEnd,
  )
  .map(([rows, eol]) => ({ rows, text: stringify(rows, { record_delimiter: eol, quoted_match: /[\r\n"]/ }) }));

const lines = (line: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\r')), { maxLength: 8 }).chain((parts) =>
    fc.boolean().map((ends) =>
      parts
        .map((part) => part.join(''))
        .join('')
        .slice(0, ends ? undefined : -1),
    ),
  );

const CASES: readonly [name: string, format: AnyFormat, text: fc.Arbitrary<string>, isSplittable: boolean][] = [
  ['textInput', textInput(), lines(fc.constantFrom('', 'a', 'é', 'bcd')), true],
  ['bytesInput', bytesInput(), lines(fc.constantFrom('', 'a', 'é', 'bcd')), true],
  ['keyValueTextInput', keyValueTextInput(), lines(fc.constantFrom('', 'k', 'k\tv', '\tv', 'k\tv\tw')), true],
  ['jsonLinesInput', jsonLinesInput(), lines(fc.constantFrom('', ' ', '1', '{"a":[null,"é"]}', '"x"')), true],
  [
    'fixedLengthInput',
    fixedLengthInput(3),
    fc.array(fc.constantFrom('abc', 'é\n', '123'), { maxLength: 9 }).map((r) => r.join('')),
    true,
  ],
  ['csvInput', csvInput(), table.map(({ text }) => text), false],
  [
    'csvInput with a header',
    csvInput({ header: true }),
    fc
      .array(
        fc.tuple(
          plainCell,
          cell.map((c) => JSON.stringify(c).replaceAll('\\"', '""')),
        ),
        { maxLength: 6 },
      )
      .map((rows) => ['n,m', ...rows.map((r) => r.join())].join('\n')),
    false,
  ],
  [
    'csvInput of single lines',
    csvInput({ newlinesInFields: false }),
    fc.array(fc.tuple(plainCell, plainCell), { maxLength: 8 }).map((rows) => rows.map((r) => `${r.join()}\n`).join('')),
    true,
  ],
  ['wholeFileInput', wholeFileInput(), fc.string({ unit: fc.constantFrom('a', '\n', 'é'), maxLength: 20 }), false],
];

describe.each(CASES)('%s', (_name, format, text, isSplittable) => {
  it('gives the same records for every cut', () => {
    expect(format.isSplittable?.(FILE) ?? true).toBe(isSplittable);
    fc.assert(
      fc.property(
        text,
        fc.array(fc.nat({ max: 40 }), { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 }),
        (content, cuts, chunks) => {
          const bytes = Buffer.from(content);
          const whole = read(format, bytes, [0, bytes.length], [bytes.length + 1]);
          const borders = isSplittable ? cuts.map((cut) => Math.min(cut, bytes.length)) : [];
          const places = [...new Set([0, ...borders, bytes.length])].sort((a, b) => a - b);
          const splits = places.slice(0, -1).map((place, i) => [place, places[i + 1] ?? bytes.length] as const);
          const inParts = (splits.length > 0 ? splits : [[0, 0] as const]).flatMap((split) =>
            read(format, bytes, split, chunks),
          );
          expect(inParts).toEqual(whole);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('csvInput', () => {
  it('reads every table that a writer of CSV has written, empty lines aside', () => {
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 9 }), ({ rows, text }, chunk) => {
        const found = read(csvInput(), Buffer.from(text), [0, Buffer.byteLength(text)], [chunk]).map(
          (r) => (r as [number, string[]])[1],
        );
        expect(found).toEqual(rows);
      }),
    );
  });

  it('gives objects by the header or by given names, and the offset of each row', () => {
    const bytes = Buffer.from('﻿id,"full\nname"\n1,Ada\n\n2,"B, ""Bob"""\n');
    expect(read(csvInput({ header: true }), bytes, [0, bytes.length], [5])).toEqual([
      [18, { id: '1', 'full\nname': 'Ada' }],
      [25, { id: '2', 'full\nname': 'B, "Bob"' }],
    ]);
    const named = csvInput({ header: true, columns: ['a', 'b'] });
    expect(read(named, bytes, [0, bytes.length], [50])[0]).toEqual([18, { a: '1', b: 'Ada' }]);
  });

  it.each([
    ['a,b\n1\n', 'hdfs://nn/f: no CSV at offset 4: the row has 1 fields, and 2 are expected'],
    ['a,b\n"x"\n', 'at offset 4: the row has 1 fields'],
    ['a,b\nx,5" y\n', 'at offset 4: Invalid Opening Quote'],
    ['"a",b\n"x"y,z\n', 'at offset 6: Invalid Closing Quote'],
    ['a,"b\nc', 'at offset 0: Quote Not Closed'],
  ])('refuses %j with its place', (text, message) => {
    expect(() => read(csvInput(), Buffer.from(text), [0, text.length], [3])).toThrow(message);
  });
});

describe('other input formats', () => {
  it('jsonLinesInput names the place of a line that is no JSON', () => {
    expect(() => read(jsonLinesInput(), Buffer.from('1\n{x\n'), [0, 5], [9])).toThrow(
      'hdfs://nn/f: no JSON in the line at offset 2',
    );
  });

  it('wholeFileInput gives the file’s URI with its bytes or text, also of an empty file', () => {
    expect(read(wholeFileInput({ as: 'text' }), Buffer.from('é\n'), [0, 3], [1])).toEqual([[FILE, 'é\n']]);
    expect(read(wholeFileInput(), Buffer.alloc(0), [0, 0], [1])).toEqual([[FILE, new Uint8Array(0)]]);
  });

  // Hadoop: FixedLengthInputFormat reads fixedlengthinputformat.record.length.
  it('fixedLengthInput takes the length from the configuration', () => {
    const bytes = Buffer.from('aabb');
    const conf = { 'fixedlengthinputformat.record.length': '2' };
    expect(read(fixedLengthInput(), bytes, [0, 4], [4], conf)).toEqual([
      [0, new Uint8Array(Buffer.from('aa'))],
      [2, new Uint8Array(Buffer.from('bb'))],
    ]);
    expect(() => read(fixedLengthInput(), bytes, [0, 4], [4])).toThrow('Fixed record length 0 is invalid');
  });

  // Hadoop: KeyValueLineRecordReader takes the first character of the property.
  it('keyValueTextInput takes one character of the property', () => {
    const conf = { 'mapreduce.input.keyvaluelinerecordreader.key.value.separator': '::' };
    expect(read(keyValueTextInput(), Buffer.from('a::b'), [0, 4], [4], conf)).toEqual([['a', ':b']]);
  });
});

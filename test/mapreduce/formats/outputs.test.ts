// Output formats: the text of every kind of value, CSV and JSON lines.
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { csvOutput } from '../../../mapreduce/formats/csv-output.ts';
import type { BytesOutputFormat } from '../../../mapreduce/formats/format.ts';
import { jsonLinesOutput } from '../../../mapreduce/formats/json-lines.ts';
import { textOutput } from '../../../mapreduce/formats/text-output.ts';
import { jobConfiguration } from '../../../mapreduce/job/job-configuration.ts';

const conf = jobConfiguration(new Configuration());

function written(format: BytesOutputFormat<unknown, unknown>, pairs: readonly (readonly [unknown, unknown])[]): string {
  const writer = format.createWriter(conf);
  for (const [key, value] of pairs) writer.write(key, value);
  return Buffer.from(writer.take()).toString();
}

describe('textOutput', () => {
  it.each<[unknown, string]>([
    [new Map([['a', new Set(['x'])]]), '{"a":["x"]}'],
    [
      new Map<unknown, unknown>([
        [1, 'a'],
        ['1', new Map()],
      ]),
      '[[1,"a"],["1",{}]]',
    ],
    [new Set([1, 'b']), '[1,"b"]'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [new Float64Array([1, 2.5]), '[1,2.5]'],
    [{ big: 5n, bytes: new Uint8Array([1, 2]) }, '{"big":5,"bytes":[1,2]}'],
    [12345678901234567890n, '12345678901234567890'],
    [[Number.NaN, Number.POSITIVE_INFINITY], '["NaN","Infinity"]'],
    [Number.NaN, 'NaN'],
    [{ when: new Date(0), none: null }, '{"when":"1970-01-01T00:00:00.000Z","none":null}'],
  ])('writes %o', (value, text) => {
    expect(written(textOutput(), [['k', value]])).toBe(`k\t${text}\n`);
  });

  it.each<[unknown, string]>([
    [{ a: { f: () => 1 } }, "The output can't write value.a.f, which is a function"],
    [[new Error('x')], "The output can't write value[0], which is an instance of Error"],
    [Symbol('s'), "The output can't write value, which is a symbol"],
    [new Date(Number.NaN), "The output can't write value, which is an invalid Date"],
  ])('refuses %o by its path', (value, message) => {
    expect(() => written(textOutput(), [['k', value]])).toThrow(message);
  });
});

describe('csvOutput', () => {
  it('writes keys, arrays, objects and values as rows, and quotes what needs it', () => {
    const text = written(csvOutput(), [
      ['k', 1],
      [null, ['a"b', 'c,d', 'e\nf', null]],
      ['k', { x: 1, y: new Date(0) }],
      [null, 'v'],
      ['k', null],
    ]);
    expect(text).toBe('k,1\n"a""b","c,d","e\nf",\nk,1,1970-01-01T00:00:00.000Z\nv\nk\n');
  });

  it('writes a header once, of given columns or of the first object', () => {
    const writer = csvOutput({ header: true }).createWriter(conf);
    writer.write(null, { b: 2, a: 1 });
    const first = Buffer.from(writer.take()).toString();
    writer.write(null, { a: 3 });
    expect(first + Buffer.from(writer.take()).toString()).toBe('b,a\n2,1\n,3\n');
    expect(written(csvOutput({ header: true, columns: ['a', 'b'] }), [[null, { b: 1 }]])).toBe('a,b\n,1\n');
    expect(() => written(csvOutput({ columns: ['a'] }), [[null, { c: 1 }]])).toThrow("the value has 'c'");
  });

  it('keeps a row as it was when it was written', () => {
    const writer = csvOutput().createWriter(conf);
    const row = ['a'];
    writer.write(null, row);
    row[0] = 'b';
    expect(Buffer.from(writer.take()).toString()).toBe('a\n');
  });

  it('writes what a reader of CSV reads', () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'é', ' '), maxLength: 4 });
    fc.assert(
      fc.property(fc.array(fc.array(field, { minLength: 2, maxLength: 2 }), { maxLength: 6 }), (rows) => {
        expect(
          parse(
            written(
              csvOutput(),
              rows.map((row) => [null, row]),
            ),
            { record_delimiter: '\n' },
          ),
        ).toEqual(rows);
      }),
    );
  });
});

describe('jsonLinesOutput', () => {
  it('writes the value, or key and value, as one line', () => {
    expect(
      written(jsonLinesOutput(), [
        [null, { a: ['\n'] }],
        ['k', 1],
      ]),
    ).toBe('{"a":["\\n"]}\n{"key":"k","value":1}\n');
  });

  it.each<[unknown, string]>([
    [{ dist: Number.POSITIVE_INFINITY }, 'value.dist is Infinity, which JSON can not keep'],
    [[new Map()], 'value[0] is an instance of Map'],
    [5n, 'value is a bigint'],
    [undefined, 'value is undefined'],
  ])('refuses %o by its path', (value, message) => {
    expect(() => written(jsonLinesOutput(), [[null, value]])).toThrow(message);
  });
});

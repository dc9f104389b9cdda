// Pairs of an executable's output, by the OutputReader classes of Hadoop, however the bytes are cut into chunks.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pairReader } from '../../../mapreduce/streaming/output-readers.ts';

const TAB = { separator: Buffer.from('\t'), keyFields: 1 };

type Pair = [key: string, value: string | null];

function pairsOf(form: string, chunks: readonly Uint8Array[], options = TAB): Pair[] {
  const pairs: Pair[] = [];
  const reader = pairReader(form, options);
  const emit = (key: unknown, value: unknown): void =>
    void pairs.push([(key as Buffer).toString('latin1'), value === null ? null : (value as Buffer).toString('latin1')]);
  for (const chunk of chunks) reader.feed(Buffer.from(chunk), emit);
  reader.end(emit);
  return pairs;
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const cut = (content: Buffer, every: number): Buffer[] =>
  Array.from({ length: Math.ceil(content.length / every) }, (_, i) => content.subarray(i * every, (i + 1) * every));

describe('text', () => {
  // TextOutputReader: a line without a separator is a key, and its value is empty.
  it('splits lines at the first separator', () => {
    const text = bytes('a\tb\tc\nkey\n\n\tvalue\r\nold mac\rend\xff\t\x00');
    const expected: Pair[] = [
      ['a', 'b\tc'],
      ['key', ''],
      ['', ''],
      ['', 'value'],
      ['old mac', ''],
      ['end\xff', '\x00'],
    ];
    for (const every of [1, 2, 7, 1000]) expect(pairsOf('text', cut(text, every))).toEqual(expected);
  });

  it('keeps a byte order mark, which is dropped in files alone', () => {
    expect(pairsOf('text', [bytes('\xef\xbb\xbfa\t1\n')])).toEqual([['\xef\xbb\xbfa', '1']]);
  });

  it('has keys of several fields and separators of several bytes', () => {
    const options = { separator: Buffer.from('::'), keyFields: 2 };
    expect(pairsOf('text', [bytes('a::b::c::d\na::b\n')], options)).toEqual([
      ['a::b', 'c::d'],
      ['a::b', ''],
    ]);
  });

  it('has no values for keyonlytext', () =>
    expect(pairsOf('keyonlytext', [bytes('a\tb\n')])).toEqual([['a\tb', null]]));
});

describe('binary forms', () => {
  const pairs = fc.array(fc.tuple(fc.uint8Array(), fc.uint8Array()), { maxLength: 8 });
  const sized = (content: Uint8Array, type?: number): Buffer => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(content.length);
    return Buffer.concat([Buffer.from(type === undefined ? [] : [type]), length, content]);
  };

  it('rawbytes: what is written comes back, in any chunks', () => {
    fc.assert(
      fc.property(pairs, fc.integer({ min: 1, max: 9 }), (list, every) => {
        const content = Buffer.concat(list.flat().map((part) => sized(part)));
        const expected = list.map((pair) => pair.map((part) => Buffer.from(part).toString('latin1')));
        expect(pairsOf('rawbytes', cut(content, every))).toEqual(expected);
      }),
    );
  });

  it('typedbytes: a value keeps its type and length, so that strings sort by length', () => {
    const list = Buffer.concat([
      Buffer.from([8]),
      Buffer.from([0, 0, 0, 2]),
      sized(bytes('a'), 7),
      Buffer.from([2, 1]),
    ]);
    const ended = Buffer.concat([Buffer.from([9]), Buffer.from([3, 0, 0, 0, 1]), Buffer.from([255])]);
    const content = Buffer.concat([sized(bytes('key'), 7), list, ended, Buffer.from([6, 0, 0, 0, 0, 0, 0, 0, 0])]);
    for (const every of [1, 3, 100]) {
      expect(pairsOf('typedbytes', cut(content, every))).toEqual([
        [sized(bytes('key'), 7).toString('latin1'), list.toString('latin1')],
        [ended.toString('latin1'), '\x06\0\0\0\0\0\0\0\0'],
      ]);
    }
  });

  it('refuses an output that ends within a pair, and unknown types', () => {
    expect(() => pairsOf('rawbytes', [bytes('\0\0\0\x05ab')])).toThrow('ends within a pair');
    expect(() => pairsOf('rawbytes', [bytes('\xff\xff\xff\xff')])).toThrow('has the length -1');
    expect(() => pairsOf('typedbytes', [bytes('\x2a')])).toThrow('unknown type');
  });
});

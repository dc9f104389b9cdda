// Keys and values survive a round trip as bytes, and the order of keys is the order of their bytes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteSink } from '../../../mapreduce/sort/byte-sink.ts';
import { decodeKey, encodeKey } from '../../../mapreduce/sort/key-codec.ts';
import { bytewiseOrder, keyPrefix } from '../../../mapreduce/sort/key-order.ts';
import { hashKey, hashPartition } from '../../../mapreduce/sort/partitioner.ts';
import { decodeValue, encodedValueBytes, encodeValue } from '../../../mapreduce/sort/value-codec.ts';

function encoded(key: unknown): Buffer {
  const sink = new ByteSink(8);
  encodeKey(key, sink);
  return Buffer.from(sink.bytes.subarray(0, sink.length));
}

const text = fc.string({ unit: fc.constantFrom('a', 'b', '\u0000', '\u0001', 'é', '\uffff', '😀', 'ÿ') });
const number = fc.oneof(fc.integer(), fc.double({ noNaN: true })).map((n) => n + 0);
const scalar = fc.oneof(text, number, fc.boolean(), fc.constant(null));
const key = fc.letrec((tie) => ({
  key: fc.oneof({ depthSize: 'small' }, scalar, fc.array(tie('key'), { maxLength: 3 })),
})).key;

/** Compares keys in their documented order, types in the order of their tags. */
function compareKeys(a: unknown, b: unknown): number {
  const rank = (k: unknown) =>
    k === null ? 0 : k === false ? 1 : k === true ? 2 : typeof k === 'number' ? 3 : typeof k === 'string' ? 4 : 5;
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (!Array.isArray(a) || !Array.isArray(b)) return 0;
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareKeys(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

describe('keys as bytes', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(key, (k) => {
        const bytes = encoded(k);
        expect(decodeKey(bytes, 0, bytes.length)).toEqual(k);
      }),
    );
  });

  it('have the order of the keys, bytewise', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        const [x, y] = [encoded(a), encoded(b)];
        expect(Math.sign(bytewiseOrder(x, 0, x.length, y, 0, y.length))).toBe(Math.sign(compareKeys(a, b)));
        expect(Math.sign(bytewiseOrder(x, 0, x.length, y, 0, y.length))).toBe(Buffer.compare(x, y));
        const prefixes = keyPrefix(x, 0, x.length) - keyPrefix(y, 0, y.length);
        if (prefixes !== 0) expect(Math.sign(prefixes)).toBe(Math.sign(compareKeys(a, b)));
      }),
      { numRuns: 1000 },
    );
  });

  it('may be bytes and objects, also within arrays', () => {
    for (const k of [new Uint8Array([0, 255, 0]), { a: 'x', b: [1] }, ['x\u0000', { z: 1 }, new Uint8Array([0])]]) {
      const bytes = encoded(k);
      expect(decodeKey(bytes, 0, bytes.length)).toEqual(k);
    }
  });

  it('can’t be functions', () => {
    expect(() => encoded(() => 1)).toThrow("A function can't be a key");
  });
});

// Arrays and objects are encoded as JSON, which turns -0 into 0.
const asJson = fc.jsonValue().map((v) => JSON.parse(JSON.stringify(v)) as unknown);

describe('values as bytes', () => {
  it('come back as they were, and their length is known before', () => {
    const value = fc.oneof(scalar, fc.constant(undefined), fc.uint8Array(), asJson, fc.constant(-0));
    fc.assert(
      fc.property(value, (v) => {
        const sink = new ByteSink(4);
        encodeValue(v, sink);
        expect(decodeValue(sink.bytes, 0, sink.length)).toEqual(v);
        expect(encodedValueBytes(v)).toBe(sink.length);
      }),
      { numRuns: 500 },
    );
  });
});

// Two bugs that npm run fuzz found: a cut-off int was read without end, and a deep array overflowed the stack.
describe('damaged records', () => {
  it.each([
    ['an int without its end', '0480'],
    ['an int of more than 32 bits', '04ffffffffff0f'],
    ['half a double', '05400921'],
  ])('a value that is %s is refused', (_what, hex) => {
    const bytes = Buffer.from(hex, 'hex');
    expect(() => decodeValue(bytes, 0, bytes.length)).toThrow('A value is cut off');
  });

  it.each([
    ['half a number', Buffer.from('10c009', 'hex'), 'A key is cut off'],
    ['100,000 arrays in each other', Buffer.alloc(100_000, 0x40), 'A key is damaged'],
  ])('a key that is %s is refused', (_what, bytes, message) => {
    expect(() => decodeKey(bytes, 0, bytes.length)).toThrow(message);
  });
});

describe('HashPartitioner', () => {
  // The numbers are (hashCode & Integer.MAX_VALUE) % n of Text, IntWritable and LongWritable in Hadoop 3.4.2.
  it('hashes as Hadoop’s writables', () => {
    expect(hashKey('hello')).toBe(127791473);
    expect(hashKey('')).toBe(1);
    expect(hashKey('é')).toBe(-1017);
    expect(hashKey(7)).toBe(7);
    expect(hashKey(-1)).toBe(-1);
    expect(hashKey(2 ** 32 + 5)).toBe(5);
  });

  it('gives every key a partition', () => {
    fc.assert(
      fc.property(key, fc.integer({ min: 1, max: 50 }), (k, n) => {
        const partition = hashPartition(k, n);
        expect(Number.isInteger(partition) && partition >= 0 && partition < n).toBe(true);
      }),
    );
  });
});

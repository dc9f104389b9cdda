// Orders and partitions of keys by the names of Hadoop's classes. Expected values come from Hadoop 3.4.2.
import { describe, expect, it } from 'vitest';
import { firstFields, parseKeySpec } from '../../../mapreduce/streaming/key-fields.ts';
import { compareByFields, hashPartition, partitionByFields } from '../../../mapreduce/streaming/key-order.ts';

const sorted = (options: string, keys: readonly string[], separator = '\t'): string[] => {
  const compare = compareByFields(parseKeySpec(options, separator));
  return keys
    .map((key) => Buffer.from(key))
    .sort(compare)
    .map(String);
};

describe('compareByFields', () => {
  // KeyFieldBasedComparator: -k pos1[,pos2] with n and r, as in Unix sort.
  it.each([
    ['-k2,2', ['1\tb', '2\ta'], ['2\ta', '1\tb']],
    ['-k2,2nr', ['a\t9', 'b\t10', 'c\t-3'], ['b\t10', 'a\t9', 'c\t-3']],
    ['-k1,1 -k2,2n', ['b\t1', 'a\t10', 'a\t9'], ['a\t9', 'a\t10', 'b\t1']],
    ['-k 2,2 -r', ['x\t1', 'y\t2'], ['y\t2', 'x\t1']],
    ['-r', ['a', 'c', 'b'], ['c', 'b', 'a']],
    ['-n', ['10', '9', '-1', '0.5', '0.25', '-1.5'], ['-1.5', '-1', '0.25', '0.5', '9', '10']],
    ['-k1.3,1.4n', ['ab07', 'aa12', 'zz03'], ['zz03', 'ab07', 'aa12']],
    ['', ['b', 'a\t2', 'a'], ['a', 'a\t2', 'b']],
  ])('sorts by "%s"', (options, keys, expected) => expect(sorted(options, keys)).toEqual(expected));

  it('puts keys without the field in front, and in reverse behind', () => {
    expect(sorted('-k2,2', ['a\tx', 'b'])).toEqual(['b', 'a\tx']);
    expect(sorted('-k2,2r', ['b', 'a\tx'])).toEqual(['a\tx', 'b']);
  });

  it('takes numbers of any length, with and without a point and zeros', () => {
    const compare = compareByFields(parseKeySpec('-n', '\t'));
    const order = (a: string, b: string): number => Math.sign(compare(Buffer.from(a), Buffer.from(b)));
    expect(order('123456789012345678901', '123456789012345678902')).toBe(-1);
    expect(order('007', '7.5')).toBe(-1);
    // Hadoop compares the first bytes of numbers that differ in nothing but zeros in front.
    expect(order('007', '7')).toBe(-1);
    expect(order('1.50', '1.5')).toBe(0);
    expect(order('-0.0', '0')).toBe(0);
    expect(order('-2', '1')).toBe(-1);
    expect(order('.5', '0.4')).toBe(1);
  });

  it.each(['-k1.', '-ka', '-k1,', '-k1x', '-k1,2y'])('refuses %s', (options) =>
    expect(() => parseKeySpec(options, '\t')).toThrow('Invalid -k argument'),
  );
});

describe('partitions', () => {
  it('hashes bytes as Hadoop: the part file of a key is the same', () => {
    // WritableComparator.hashBytes of "a" is 31 + 97; a byte above 127 is negative in Java.
    expect(hashPartition(Buffer.from('a'), 1000)).toBe(128);
    expect(hashPartition(Buffer.from([0xff]), 1000)).toBe(30);
    expect(hashPartition(2 ** 32 + 5, 1000)).toBe(5);
    expect(hashPartition(null, 1000)).toBe(0);
  });

  it('hashes the fields of KeyFieldBasedPartitioner', () => {
    const byFirst = parseKeySpec('-k1,1', '.');
    const at = (key: string, spec = byFirst): number => partitionByFields(spec, 'text', Buffer.from(key), 1_000_000);
    expect(at('ab.1')).toBe(at('ab.2'));
    expect(at('ab.1')).toBe(97 * 31 + 98);
    expect(at('')).toBe(0);
    expect(at('ab.1', firstFields(1, '.'))).toBe(at('ab.1'));
    // Without options, the hash is that of Java's String.
    expect(at('ab', parseKeySpec('', '.'))).toBe(97 * 31 + 98);
  });
});

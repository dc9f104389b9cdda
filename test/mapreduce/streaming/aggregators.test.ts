// The aggregators of -reducer aggregate (org.apache.hadoop.mapreduce.lib.aggregate).
import { expect, it } from 'vitest';
import { aggregateKey } from '../../../mapreduce/streaming/aggregators.ts';

function reportOf(type: string, values: readonly string[], uniqueMax = 1000): string {
  const { aggregator } = aggregateKey(`${type}:id`, uniqueMax);
  for (const value of values) aggregator.add(value);
  return aggregator.report();
}

it.each([
  ['LongValueSum', ['1', '-5', '9223372036854775807', '4'], '9223372036854775807'],
  ['LongValueSum', ['9223372036854775807', '1'], '-9223372036854775808'],
  ['LongValueMax', ['3', '10', '9'], '10'],
  ['LongValueMin', ['3', '10', '-9'], '-9'],
  ['doublevaluesum', ['1.5', '2'], '3.5'],
  ['DoubleValueSum', ['1', '2'], '3.0'],
  ['StringValueMax', ['10', '9'], '9'],
  ['StringValueMin', ['10', '9'], '10'],
  ['UniqValueCount', ['a', 'b', 'a'], '2'],
  ['ValueHistogram', ['a', 'a', 'b\t3', 'c'], '3\t1\t2\t3\t2.0\t0.816496580927726'],
])('%s of %j is %s', (type, values, report) => expect(reportOf(type, values)).toBe(report));

it('limits unique values to aggregate.max.num.unique.values', () => {
  expect(reportOf('UniqValueCount', ['a', 'b', 'c'], 2)).toBe('2');
});

it('gives the combined values of its key, which a second one takes', () => {
  const first = aggregateKey('ValueHistogram:x', 10);
  for (const value of ['b', 'a', 'b']) first.aggregator.add(value);
  expect([...first.aggregator.combined()]).toEqual(['a\t1', 'b\t2']);
  expect(reportOf('ValueHistogram', [...first.aggregator.combined()])).toBe('2\t1\t2\t2\t1.5\t0.5');
});

it('keeps all behind the first colon as the key, and refuses other keys', () => {
  expect(aggregateKey('LongValueSum:a:b', 1).id).toBe('a:b');
  expect(() => aggregateKey('word', 1)).toThrow("given the key 'word'");
  expect(() => aggregateKey('LongSum:word', 1)).toThrow('a key begins with LongValueSum:');
  expect(() => reportOf('LongValueSum', ['x'])).toThrow('NumberFormatException');
});

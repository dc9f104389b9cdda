// Jobs on YARN: the bytes that lead Hadoop's partitioner, and pairs as raw bytes.
import { expect, it } from 'vitest';
import { firstFields } from '../../../mapreduce/streaming/key-fields.ts';
import { partitionByFields } from '../../../mapreduce/streaming/key-order.ts';
import { RawPairs, rawBytes, textIn } from '../../../mapreduce/yarn/raw-pairs.ts';
import { partitionPrefixes } from '../../../mapreduce/yarn/yarn-job.ts';

// KeyFieldBasedPartitioner with -k1,4 takes the text of a BytesWritable: its bytes, in hexadecimal digits.
it.each([1, 2, 3, 7, 64])('%i partitions have a prefix each, by Hadoop’s partitioner', (reduces) => {
  const prefixes = partitionPrefixes(reduces);
  const spec = firstFields(4, ' ');
  const found = prefixes.map((prefix) => {
    const key = Buffer.concat([Buffer.from(prefix, 'hex'), Buffer.from('any key')]);
    return partitionByFields(spec, 'bytes', key, reduces);
  });
  expect(found).toEqual(Array.from({ length: reduces }, (_, i) => i));
});

it('pairs come back from their raw bytes, in any chunks', async () => {
  const pairs = [
    ['k', 'v'],
    ['', ''],
    ['x'.repeat(300), 'y'],
  ] as const;
  const bytes = Buffer.concat(pairs.map(([key, value]) => rawBytes(Buffer.from(key), Buffer.from(value))));
  const chunks = async function* (): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += 5) yield bytes.subarray(at, at + 5);
  };
  const found: string[][] = [];
  for await (const pair of new RawPairs(chunks())) found.push(pair.map(String));
  expect(found).toEqual(pairs.map((pair) => [...pair]));
});

it('a serialized Text has its length before it', () => {
  expect(String(textIn(Buffer.from([3, 97, 98, 99])))).toBe('abc');
  expect(textIn(Buffer.concat([Buffer.from([0x8f, 200]), Buffer.alloc(200, 'x')]))).toHaveLength(200);
  expect(textIn(Buffer.concat([Buffer.from([0x8e, 1, 0]), Buffer.alloc(256, 'x')]))).toHaveLength(256);
});

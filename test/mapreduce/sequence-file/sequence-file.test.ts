// SequenceFiles: every record is read once in splits of every size, whatever its class and the file's compression.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classNameOf, codecNamed } from '../../../client/codecs/codecs.ts';
import { engineOf } from '../../../client/codecs/decompress.ts';
import { DataInput, vlongBytes } from '../../../mapreduce/sequence-file/data-input.ts';
import { doubleText, floatText } from '../../../mapreduce/sequence-file/java-numbers.ts';
import { openSequenceFile } from '../../../mapreduce/sequence-file/sequence-file.ts';
import { sequenceFileText } from '../../../mapreduce/sequence-file/sequence-text.ts';
import { type SequenceCompression, SequenceWriter } from '../../../mapreduce/sequence-file/sequence-writer.ts';
import { writableNamed } from '../../../mapreduce/sequence-file/writables.ts';
import { memoryInput } from '../memory-input.ts';

/** Text that does not compress well. */
function noise(seed: number, length: number): string {
  let state = seed + 1;
  const chars = Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return String.fromCharCode(0x4e00 + ((state >>> 8) % 20_000));
  });
  return chars.join('');
}

const load = async (name: string) => await engineOf(codecNamed(name));

async function recordsOf(bytes: Buffer, start: number, length: number, size = 1000): Promise<[unknown, unknown][]> {
  const records = await openSequenceFile(memoryInput(bytes, size), { file: 'f', start, length }, load);
  const all: [unknown, unknown][] = [];
  while (await records.next()) all.push([records.key, records.value]);
  return all;
}

async function compressionOf(type: 'NONE' | 'RECORD' | 'BLOCK', name: string, blockBytes = 200) {
  if (type === 'NONE') return undefined;
  const codec = codecNamed(name);
  return { type, className: classNameOf(codec), engine: await engineOf(codec), blockBytes } as SequenceCompression;
}

/** Writes pairs in several files' worth of marks: a small interval is reached by large values. */
async function fileBytes(pairs: readonly [unknown, unknown][], type: 'NONE' | 'RECORD' | 'BLOCK', codec: string) {
  const writer = new SequenceWriter({ compression: await compressionOf(type, codec), metadata: new Map([['a', 'b']]) });
  for (const [key, value] of pairs) writer.write(key, value);
  return writer.end();
}

describe.each(['NONE', 'RECORD', 'BLOCK'] as const)('compression %s', (type) => {
  test.each(['deflate', 'gzip', 'bzip2', 'snappy', 'lz4', 'zstandard'])(
    '%s: the pairs are read as written',
    async (codec) => {
      const pairs = Array.from({ length: 40 }, (_, i): [unknown, unknown] => [`key ${i}`, i * 1000]);
      const bytes = await fileBytes(pairs, type, codec);
      for (const size of [1, 100, 100_000]) expect(await recordsOf(bytes, 0, bytes.length, size)).toEqual(pairs);
    },
  );

  test('splits of any size have each record once', async () => {
    // Values that do not compress, so that marks stand at many places.
    const pairs = Array.from({ length: 60 }, (_, i): [unknown, unknown] => [
      i,
      noise(i, type === 'BLOCK' ? 400 : 2400),
    ]);
    const bytes = await fileBytes(pairs, type, 'deflate');
    let most = 0;
    for (const size of [30, 97, 1024, 5000, 40_000, 110_000].filter((n) => bytes.length / n < 3000)) {
      const all: unknown[] = [];
      let begun = 0;
      for (let start = 0; start < bytes.length; start += size) {
        const part = await recordsOf(bytes, start, Math.min(size, bytes.length - start), 50_000);
        if (part.length > 0) begun++;
        all.push(...part);
      }
      expect(all, `size ${size}`).toEqual(pairs);
      most = Math.max(most, begun);
    }
    expect(most).toBeGreaterThan(2);
  }, 30_000);
});

test('each class holds its values, and refuses others', () => {
  const values: [string, unknown, string][] = [
    ['Text', 'héllo\n', 'héllo\n'],
    ['IntWritable', -5, '-5'],
    ['LongWritable', 2n ** 62n, '4611686018427387904'],
    ['VIntWritable', 2 ** 31 - 1, '2147483647'],
    ['VLongWritable', -(2n ** 63n), '-9223372036854775808'],
    ['ShortWritable', -32768, '-32768'],
    ['ByteWritable', 127, '127'],
    ['DoubleWritable', 1e10, '1.0E10'],
    ['FloatWritable', Math.fround(0.1), '0.1'],
    ['BooleanWritable', true, 'true'],
    ['BytesWritable', Uint8Array.of(1, 171), '01 ab'],
    ['NullWritable', null, '(null)'],
  ];
  for (const [name, value, text] of values) {
    const writable = writableNamed(name);
    const bytes = writable.write(value);
    if (!bytes) throw new Error(name);
    const input = new DataInput(bytes);
    const read = writable.read(input);
    expect(read).toEqual(value);
    expect(input.at).toBe(bytes.length);
    expect(writable.text(read)).toBe(text);
    expect(writable.write({}), name).toBeUndefined();
  }
  expect(() => writableNamed('org.apache.hadoop.io.ArrayWritable')).toThrow(
    "WritableName can't load class: org.apache.hadoop.io.ArrayWritable",
  );
});

test('numbers of WritableUtils are read as written, and have the lengths of Java', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.nat(63), (long, shift) => {
      const value = long >> BigInt(shift);
      expect(new DataInput(vlongBytes(value)).vlong()).toBe(value);
    }),
  );
  const lengths: [bigint, number][] = [
    [-112n, 1],
    [127n, 1],
    [128n, 2],
    [-113n, 2],
    [256n, 3],
    [-257n, 3],
    [2n ** 62n, 9],
  ];
  for (const [value, length] of lengths) expect(vlongBytes(value).length, `${value}`).toBe(length);
});

test('numbers have the text of Java', () => {
  const doubles: [number, string][] = [
    [1, '1.0'],
    [-0, '-0.0'],
    [0.001, '0.001'],
    [0.0001, '1.0E-4'],
    [1234567.5, '1234567.5'],
    [1e7, '1.0E7'],
    [123456789, '1.23456789E8'],
    [Number.NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    [100, '100.0'],
    [1.5e-10, '1.5E-10'],
  ];
  for (const [value, text] of doubles) expect(doubleText(value)).toBe(text);
  expect(floatText(Math.fround(3.4028235e38))).toBe('3.4028235E38');
  expect(floatText(Math.fround(16_777_216))).toBe('1.6777216E7');
});

test('damage is an error with the file and the offset', async () => {
  const bytes = await fileBytes(
    [
      ['a', 1],
      ['b', 2],
    ],
    'BLOCK',
    'deflate',
  );
  const mark = bytes.lastIndexOf(Buffer.alloc(4, 0xff));
  const bad = Buffer.from(bytes);
  bad.writeUInt8(bad.readUInt8(mark + 5) ^ 1, mark + 5);
  await expect(recordsOf(bad, 0, bad.length)).rejects.toThrow(/^f: near offset \d+: File is corrupt!/);
  await expect(recordsOf(bytes.subarray(0, -3), 0, bytes.length)).rejects.toMatchObject({ name: 'EOFException' });
  await expect(recordsOf(Buffer.from('SEQ\u0007'), 0, 4)).rejects.toThrow('found v7');
  await expect(recordsOf(Buffer.from('hello'), 0, 5)).rejects.toThrow('f not a SequenceFile');
});

test('the first key and value decide the classes, and others are refused', async () => {
  await expect(
    fileBytes(
      [
        ['a', 1],
        [2, 2],
      ],
      'NONE',
      'deflate',
    ),
  ).rejects.toThrow('wrong key class: number 2 is not org.apache.hadoop.io.Text');
  await expect(fileBytes([['a', []]], 'NONE', 'deflate')).rejects.toThrow("A SequenceFile can't hold an array");
});

test('the text has a line for each record', async () => {
  const bytes = await fileBytes(
    [
      ['a', 1.5],
      ['b', 2],
    ].slice(0, 1) as [unknown, unknown][],
    'RECORD',
    'gzip',
  );
  const parts: Buffer[] = [];
  for await (const part of sequenceFileText(memoryInput(bytes, 10), 'f', load)) parts.push(part);
  expect(Buffer.concat(parts).toString()).toBe('a\t1.5\n');
});

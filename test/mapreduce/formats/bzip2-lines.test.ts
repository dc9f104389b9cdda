// Splits of bzip2 files: each line is in exactly one split, wherever the borders are.
import { beforeAll, expect, test } from 'vitest';
import { bzip2Library } from '../../../client/codecs/bzip2.ts';
import { blocksOfSplit, hasFirstBlock } from '../../../client/codecs/compressed-splits.ts';
import { DelimiterRecordReader } from '../../../mapreduce/formats/delimiter-record-reader.ts';
import { LineRecordReader } from '../../../mapreduce/formats/line-record-reader.ts';

/** Text of many streams, each of one block; \r\n and empty lines are cut by the borders of blocks. */
const TEXTS = ['one\ntwo\r', '\nthree\n', '\n\n', 'a very long line without', ' an end', '\r\n', 'four\n', 'five'];
let file: Buffer;

beforeAll(async () => {
  const library = await bzip2Library();
  file = Buffer.concat(TEXTS.map((text) => library.compress(Buffer.from(text))));
});

async function* from(bytes: Uint8Array, start: number, size: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function lines(start: number, end: number, delimiter?: string): Promise<string[]> {
  const at = hasFirstBlock(start) ? 0 : start;
  const infinity = Number.POSITIVE_INFINITY;
  const reader =
    delimiter === undefined ? new LineRecordReader(at, infinity) : new DelimiterRecordReader(delimiter, at, infinity);
  const all: string[] = [];
  let offset = at;
  for await (const { bytes, isLast } of blocksOfSplit(from(file, start, 50), { file: 'f', start, end })) {
    offset += bytes.length;
    if (isLast) reader.endAt(offset);
    reader.feed(bytes);
    while (reader.next()) all.push(reader.value);
    if (reader.done) return all;
  }
  reader.end();
  while (reader.next()) all.push(reader.value);
  return all;
}

/** The borders of splits of this size. */
const splits = (size: number): [number, number][] =>
  Array.from({ length: Math.ceil(file.length / size) }, (_, i) => [i * size, Math.min(file.length, (i + 1) * size)]);

test.each([undefined, '\n', 'n'])('splits of every size have each record once, delimiter %j', async (delimiter) => {
  const whole = await lines(0, file.length, delimiter);
  expect(whole.length).toBeGreaterThan(4);
  for (let size = 1; size <= file.length; size += 3) {
    const all: string[] = [];
    for (const [start, end] of splits(size)) all.push(...(await lines(start, end, delimiter)));
    expect(all, `size ${size}`).toEqual(whole);
  }
});

// Splits of bzip2 files: each byte is in exactly one split, wherever the borders are.
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { bzip2Library } from '../../../client/codecs/bzip2.ts';
import { bitsOf } from '../../../client/codecs/bzip2-bits.ts';
import { findMark } from '../../../client/codecs/bzip2-markers.ts';
import { blocksOfSplit } from '../../../client/codecs/compressed-splits.ts';

/** Text of many streams, each of one block; \r\n and empty lines are cut by the borders of blocks. */
const TEXTS = ['one\ntwo\r', '\nthree\n', '\n\n', 'a very long line without', ' an end', '\r\n', 'four\n', 'five'];
const WHOLE = TEXTS.join('');
let file: Buffer;

beforeAll(async () => {
  const library = await bzip2Library();
  file = Buffer.concat(TEXTS.map((text) => library.compress(Buffer.from(text))));
});

async function* from(bytes: Uint8Array, start: number, size: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function ownBytes(start: number, end: number, size: number): Promise<string> {
  let text = '';
  for await (const { bytes, isLast } of blocksOfSplit(from(file, start, size), { file: 'f', start, end })) {
    text += Buffer.from(bytes).toString();
    if (isLast) return text;
  }
  return text;
}

/** The borders of splits of this size. */
const splits = (size: number): [number, number][] =>
  Array.from({ length: Math.ceil(file.length / size) }, (_, i) => [i * size, Math.min(file.length, (i + 1) * size)]);

test('splits of every size have each byte once', async () => {
  for (let size = 1; size <= file.length; size++) {
    let text = '';
    for (const [start, end] of splits(size)) text += await ownBytes(start, end, 40);
    expect(text, `size ${size}`).toBe(WHOLE);
  }
});

test('marks are found at every bit', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), fc.nat(7), fc.boolean(), (noise, shift, isBlock) => {
      const mark = Buffer.from(isBlock ? '314159265359' : '177245385090', 'hex');
      const bytes = Buffer.concat([noise, mark, Buffer.alloc(3)]);
      // Shifted to the left: bits before the mark are lost.
      const moved = bitsOf(bytes, shift, 8 * bytes.length - 8);
      const bit = 8 * noise.length - shift;
      fc.pre(bit >= 0);
      expect(findMark(moved, 0)).toEqual({ kind: isBlock ? 'block' : 'end', bit });
      expect(findMark(moved, bit + 1)).toBeUndefined();
    }),
  );
});

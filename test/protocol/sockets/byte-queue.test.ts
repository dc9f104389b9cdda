// ByteQueue gives the same bytes as one plain buffer, and its memory is bounded.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteQueue } from '../../../protocol/sockets/byte-queue.ts';

test('gives the bytes back in order, whatever the chunks and the pieces are', () => {
  const chunks = fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 60 });
  const pieces = fc.array(fc.nat({ max: 12 }), { maxLength: 30 });
  fc.assert(
    fc.property(chunks, pieces, (pushed, lengths) => {
      const queue = new ByteQueue();
      for (const chunk of pushed) queue.push(Buffer.from(chunk));
      const all = Buffer.concat(pushed);
      expect(queue.length).toBe(all.length);
      let at = 0;
      for (const length of lengths) {
        const part = Math.min(length, queue.length);
        if (part > 0) expect(queue.at(part - 1)).toBe(all[at + part - 1]);
        if (part >= 4) expect(queue.int32At(0)).toBe(all.readInt32BE(at));
        if (part >= 2) expect(queue.int16At(0)).toBe(all.readInt16BE(at));
        expect(queue.take(part)).toEqual(all.subarray(at, at + part));
        at += part;
      }
      expect(queue.length).toBe(all.length - at);
    }),
  );
});

test('does not copy bytes of one chunk, or of chunks that are adjacent in memory', () => {
  const memory = Buffer.alloc(10);
  const queue = new ByteQueue();
  queue.push(memory.subarray(0, 3));
  queue.push(memory.subarray(3, 8));
  const piece = queue.take(6);
  memory[5] = 7;
  expect(piece[5]).toBe(7);
});

test('asks for no more than there is', () => {
  const queue = new ByteQueue();
  queue.push(Buffer.from([1, 2]));
  expect(() => queue.take(3)).toThrow(RangeError);
  expect(() => queue.at(2)).toThrow(RangeError);
  queue.clear();
  expect(queue.length).toBe(0);
});

// The invariant that every buffer is bounded, also when a peer sends byte by byte.
test('bytes that come one by one do not take up a chunk each', () => {
  const queue = new ByteQueue();
  const bytes = Buffer.from(Array.from({ length: 40_000 }, (_, i) => i % 251));
  const before = process.memoryUsage().arrayBuffers;
  for (const byte of bytes) queue.push(Buffer.allocUnsafeSlow(1).fill(byte));
  const first = queue.take(20_000);
  for (const byte of bytes) queue.push(Buffer.allocUnsafeSlow(1).fill(byte));
  expect(first.equals(bytes.subarray(0, 20_000))).toBe(true);
  expect(queue.take(60_000).equals(Buffer.concat([bytes.subarray(20_000), bytes]))).toBe(true);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4_000_000);
});

// The bytes of a pipe go to the attempts that wrote them, however the pipe cuts them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endMark, OutputSplit } from '../../../mapreduce/task/output-split.ts';

test('each attempt gets the bytes before its mark', () => {
  const text = fc
    .array(fc.constantFrom('a', '\0', '\n', '\0calf end of ', 'xyz'), { maxLength: 8 })
    .map((all) => all.join(''));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 20 }), (texts, size) => {
      const split = new OutputSplit();
      const got = texts.map(() => '');
      const add = (i: number): void => {
        split.add(`attempt_${i}`, (bytes) => {
          got[i] += bytes.toString();
        });
      };
      add(0);
      let begun = 1;
      for (const [i, one] of texts.entries()) {
        const bytes = Buffer.concat([Buffer.from(one), endMark(`attempt_${i}`)]);
        for (let at = 0; at < bytes.length; at += size) {
          // The next attempt may begin before the last bytes of the one before have come.
          if (begun === i + 1 && begun < texts.length && at + size >= bytes.length - 5) add(begun++);
          split.feed(bytes.subarray(at, at + size));
        }
      }
      split.end();
      expect(got).toEqual(texts);
    }),
  );
});

test('after the mark, bytes go to the attempt until the next one begins', () => {
  const split = new OutputSplit();
  const got: string[] = [];
  split.feed(Buffer.from('before any'));
  split.add('a', (bytes) => got.push(`a ${bytes}`));
  split.feed(endMark('a'));
  split.feed(Buffer.from('late'));
  split.add('b', (bytes) => got.push(`b ${bytes}`));
  split.feed(Buffer.from('next'));
  expect(got).toEqual(['a late', 'b next']);
});

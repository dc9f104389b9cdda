// Tests the chaos run's own checks: the byte pattern of a file, and the ledger.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ledger } from './ledger.ts';
import { firstWrongByte, patternBytes } from './pattern.ts';

// A pattern that hid a wrong byte would make every chaos run pass.
describe('the pattern of a file', () => {
  const offset = fc.integer({ min: 0, max: 2 ** 33 });
  const length = fc.integer({ min: 1, max: 3000 });

  it('is the same whatever piece of it is asked for', () => {
    fc.assert(
      fc.property(fc.nat(), offset, length, fc.nat(), (seed, at, count, cut) => {
        const whole = patternBytes(seed, at, count);
        const start = cut % count;
        expect(patternBytes(seed, at + start, count - start)).toEqual(whole.subarray(start));
      }),
    );
  });

  it('shows any changed byte, and bytes of another place or file', () => {
    fc.assert(
      fc.property(fc.nat(), offset, length, fc.nat(), fc.integer({ min: 1, max: 255 }), (seed, at, count, i, flip) => {
        const bytes = patternBytes(seed, at, count);
        expect(firstWrongByte(seed, at, bytes)).toBeUndefined();
        const wrong = i % count;
        bytes[wrong] = (bytes[wrong] ?? 0) ^ flip;
        expect(firstWrongByte(seed, at, bytes)).toBe(at + wrong);
      }),
    );
    expect(firstWrongByte(1, 0, patternBytes(2, 0, 64))).toBe(0);
    expect(firstWrongByte(1, 0, patternBytes(1, 512, 64))).toBe(0);
    expect(firstWrongByte(1, 0, Buffer.alloc(64))).toBe(0);
  });
});

describe('the ledger', () => {
  it('offers only files that are where it says', () => {
    const ledger = new Ledger(() => undefined);
    const file = ledger.newFile('/chaos');
    expect(ledger.settled(['writing'])).toEqual([]);
    file.mayBeMissing = false;
    expect(ledger.settled(['writing'])).toEqual([file]);
    expect(ledger.settled(['closed'])).toEqual([]);
    file.paths = ['/chaos/a', '/chaos/b'];
    expect(ledger.settled(['writing'])).toEqual([]);
  });
});

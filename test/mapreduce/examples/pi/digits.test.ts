// The figures of bbp and distbbp: the results of Hadoop 3.4.2's examples, and π itself.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { piText } from '../../../../mapreduce/examples/pi/bbp.ts';
import { equalParts, hexDigits, powerOfTwo } from '../../../../mapreduce/examples/pi/bbp-digits.ts';
import {
  bitsText,
  fractionOfPi,
  PARAMETERS,
  type Parameter,
  sumOf,
} from '../../../../mapreduce/examples/pi/bellard.ts';
import {
  addMod,
  combine,
  compute,
  durationText,
  parseResult,
  parts,
  remaining,
  resultText,
  sigmaText,
} from '../../../../mapreduce/examples/pi/summation.ts';

function parameter(name: string): Parameter {
  const found = PARAMETERS.find((of) => of.name === name);
  if (!found) throw new Error(`There is no ${name}`);
  return found;
}

const HEX_OF_PI = '243f6a8885a308d313198a2e03707344a4093822299f31d0082efa98ec4e6c89';

describe('bbp', () => {
  it('computes four hexadecimal digits at any place', () => {
    for (let d = 0; d + 4 <= HEX_OF_PI.length; d++) {
      expect(hexDigits(d).toString(16).padStart(4, '0'), `from ${d}`).toBe(HEX_OF_PI.slice(d, d + 4));
    }
  });

  it('computes powers of two', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 2 ** 45 }), (e, n) => {
        expect(powerOfTwo(e, n)).toBe(Number(2n ** BigInt(e) % BigInt(n)));
      }),
    );
  });

  it('writes pi.txt as Hadoop’s example does', () => {
    expect(piText(Buffer.from(HEX_OF_PI.slice(0, 40), 'hex'))).toBe(`
Pi = 0x3.243F6A8885 A308D31319 8A2E037073 44A4093822
Total number of hexadecimal digits is 40.

Pi = 3.1415926535 8979323846 2643383279 5028841971
Total number of decimal digits is 40.
`);
  });

  it('begins a new line after five groups', () => {
    const lines = piText(Buffer.from(HEX_OF_PI, 'hex')).split('\n');
    expect(lines[2]).toBe('         2EFA98EC4E 6C89');
  });

  it('cuts the digits into parts that begin at every fourth digit and leave none out', () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 9 }),
        (offset, fours, count) => {
          const starts = equalParts(offset, 4 * fours, count);
          expect(starts).toEqual(starts.toSorted((a, b) => a - b));
          expect(starts[0]).toBe(offset);
          expect(starts.length).toBe(count);
          for (const start of starts) expect((start - offset) % 4).toBe(0);
        },
      ),
    );
  });
});

describe('distbbp', () => {
  it('names its fourteen sums as Hadoop’s example does', () => {
    expect(PARAMETERS.map(({ name }) => name).join(' ')).toBe(
      'P8_1 P8_3 P8_5 P8_7 P20_21 P20_3 P20_5 P20_7 P20_9 P20_11 P20_13 P20_15 P20_17 P20_19',
    );
    const sigma = (name: string) => sigmaText(sumOf(parameter(name), 20));
    expect(sigma('P8_1')).toBe('[n:value=1,delta=8,limit=1; e:value=19,delta=-20,limit=0]');
    expect(sigma('P20_3')).toBe('[n:value=3,delta=20,limit=23; e:value=20,delta=-20,limit=0]');
    expect(sigma('P20_21')).toBe('[n:value=21,delta=20,limit=21; e:value=2,delta=-20,limit=0]');
  });

  it('finds the bits that Hadoop’s example prints, however the sums are cut', () => {
    const pi = (skipped: number, count: number): string => {
      const values = PARAMETERS.map((of) => {
        const results = parts(sumOf(of, skipped), count).map((sigma) => ({
          sigma,
          value: compute(sigma),
          durationMs: 1,
        }));
        return [of.name, combine(results).reduce((sum, { value }) => addMod(sum, value), 0)] as const;
      });
      return bitsText(fractionOfPi(skipped, new Map(values)), skipped);
    };
    // Hadoop: distbbp 20 2 2 m 2.
    expect(pi(20, 2)).toBe('A8885A308D31 C (12 hex digits)');
    for (const count of [1, 3, 10]) expect(pi(100, count).slice(0, 11)).toBe(HEX_OF_PI.slice(25, 36).toUpperCase());
  });

  it('writes a result and reads it again', () => {
    const line =
      'sigma=[n:value=11,delta=20,limit=11; e:value=12,delta=-20,limit=0]value=4600222310284990278, duration=0(0ms)';
    const sigma = sumOf(parameter('P20_11'), 20);
    // A line of Hadoop's example.
    expect(resultText({ sigma, value: compute(sigma), durationMs: 0 })).toBe(line);
    expect(parseResult(`DistSum P20_11.job019> ${line}`)).toEqual({ sigma, value: compute(sigma), durationMs: 0 });
    expect(parseResult('Job Finished')).toBeUndefined();
    expect([7, 12_500, 230_588, 3_723_004].map(durationText)).toEqual(['7ms', '12.500s', '3:50.588', '1:02:03.004']);
  });

  it('computes only the terms that earlier results do not have', () => {
    const sigma = sumOf(parameter('P8_3'), 2000);
    const all = parts(sigma, 7).map((part) => ({ sigma: part, value: compute(part), durationMs: 0 }));
    const done = combine(all.filter((_, i) => i === 1 || i === 2 || i === 5));
    expect(done.length).toBe(2);
    const rest = remaining(sigma, done).map((part) => ({ sigma: part, value: compute(part), durationMs: 0 }));
    expect(combine([...done, ...rest]).map(({ sigma: whole }) => whole)).toEqual([sigma]);
    expect(remaining(sigma, combine(all))).toEqual([]);
  });
});

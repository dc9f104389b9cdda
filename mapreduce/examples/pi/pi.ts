/** The example pi: estimates π with points that lie evenly in a square. */
import { systemClock, systemRandom } from '../../../runtime/runtime.ts';
import { job, program, sum, UsageError } from '../../api/api.ts';

/**
 * Counts the points of the Halton sequence that lie in a circle. The points lie evenly in the unit square (quasi-Monte
 * Carlo). Each input line is `offset size`.
 */
export const estimate = job<boolean, number>({
  name: 'QuasiMonteCarlo',
  map(line, { emit }) {
    const [offset = 0, size = 0] = line.split(' ').map(Number);
    const inside = countInside(offset, size);
    emit(true, inside);
    emit(false, size - inside);
  },
  reduce: sum,
  reducers: 1,
});

/** Counts the points in the circle inscribed in the unit square, of `size` points from number `offset` + 1. */
function countInside(offset: number, size: number): number {
  let inside = 0;
  for (let i = offset + 1; i <= offset + size; i++) {
    const x = radicalInverse(i, 2) - 0.5;
    const y = radicalInverse(i, 3) - 0.5;
    if (x * x + y * y <= 0.25) inside++;
  }
  return inside;
}

/** Returns the digits of `n` in the base, mirrored at the point: a number in [0, 1). */
function radicalInverse(n: number, base: number): number {
  let result = 0;
  let share = 1 / base;
  for (let rest = n; rest > 0; rest = Math.floor(rest / base)) {
    result += (rest % base) * share;
    share /= base;
  }
  return result;
}

const DIGITS = 20n;

/** Returns `4 · inside / total` with 20 digits after the point, rounded half up. */
export function decimalOfPi(inside: number, total: number): string {
  const scaled = 4n * BigInt(inside) * 10n ** DIGITS;
  const divisor = BigInt(total);
  const digits = ((2n * scaled + divisor) / (2n * divisor)).toString().padStart(Number(DIGITS) + 1, '0');
  return `${digits.slice(0, -Number(DIGITS))}.${digits.slice(-Number(DIGITS))}`;
}

const isCount = (text: string | undefined): boolean => /^[1-9]\d*$/.test(text ?? '');

export default program({
  name: 'pi',
  usage: 'pi <nMaps> <nSamples>',
  async main({ args, run, print, writeText, readText, remove }) {
    const [maps, samples] = args.map(Number);
    if (args.length !== 2 || !args.every(isCount) || !maps || !samples) throw new UsageError();
    print(`Number of Maps  = ${maps}`);
    print(`Samples per Map = ${samples}`);
    const directory = `QuasiMonteCarlo_${systemClock.now()}_${systemRandom.nextInt(2 ** 31)}`;
    try {
      for (let i = 0; i < maps; i++) {
        await writeText(`${directory}/in/part${i}`, `${i * samples} ${samples}\n`);
        print(`Wrote input for Map #${i}`);
      }
      print('Starting Job');
      const startedMs = systemClock.monotonicMs();
      await run(estimate, {
        inputs: [`${directory}/in`],
        output: `${directory}/out`,
        conf: { 'mapreduce.job.reduces': 1 },
      });
      print(`Job Finished in ${((systemClock.monotonicMs() - startedMs) / 1000).toFixed(3)} seconds`);
      const inside = Number(/^true\t(\d+)$/m.exec(await readText(`${directory}/out`))?.[1] ?? 0);
      print(`Estimated value of Pi is ${decimalOfPi(inside, maps * samples)}`);
    } finally {
      await remove(directory);
    }
  },
});

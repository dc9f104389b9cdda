/** The combiner of jobs that count, and how a task knows it. */

/** A symbol of the whole process: the job API in a job's bundle is a copy of this one. */
const IS_SUM = Symbol.for('calf.sum');

/** A combine or reduce that emits the sum of the key's numbers. */
export function sum<K>(
  key: K,
  values: Iterable<number>,
  { emit }: { readonly emit: (key: K, value: number) => void },
): void {
  let total = 0;
  for (const value of values) total += value;
  emit(key, total);
}

Object.defineProperty(sum, IS_SUM, { value: true });

/** Whether a function of a job is sum(). */
export const isSum = (of: unknown): boolean => typeof of === 'function' && IS_SUM in of;

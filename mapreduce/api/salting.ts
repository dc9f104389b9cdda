/** Salting: one heavy key becomes several, so that several reduces share its records. */

/** A key with its salt. Each salt goes to a reduce of its own, as far as there are reduces. */
export type Salted<K> = readonly [key: K, salt: number];

export interface Salting<K> {
  /** Returns the key for one record. The records of a heavy key take the salts in turn. */
  salt(key: K): Salted<K>;
  /** Returns the key with each of its salts: a record that is joined with the salted ones must be under all of them. */
  every(key: K): Salted<K>[];
  /** Returns the key without its salt, for the job that puts the parts together. */
  unsalt(salted: Salted<K>): K;
}

/**
 * Divides the records of heavy keys among `salts` reduces. A first job salts its keys and works on the parts of each key, and a
 * second job without salts puts the parts together. Make it beside the job: each task counts its own records, so an attempt that
 * runs again gives the same salts.
 * @param isHeavy whether a key is salted; default: all are. It must give the same answer in each task
 * @throws RangeError unless `salts` is a whole number above 0
 */
export function salting<K>(salts: number, isHeavy: (key: K) => boolean = () => true): Salting<K> {
  if (!Number.isInteger(salts) || salts < 1)
    throw new RangeError(`salting() needs a number of salts, and was given ${salts}`);
  let next = 0;
  const saltsOf = (key: K): number => (isHeavy(key) ? salts : 1);
  return {
    salt: (key) => [key, saltsOf(key) > 1 ? next++ % salts : 0],
    every: (key) => Array.from({ length: saltsOf(key) }, (_, salt) => [key, salt] as const),
    unsalt: ([key]) => key,
  };
}

/** The types of keys and values that emit() takes: those that a record keeps exactly. */

/** Kept as they are. Buffer is a Uint8Array. */
type Kept =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | Date
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** Refused by emit(): a record would lose the code, or the class. Other class instances are found by their methods. */
type Refused = ((...args: never[]) => unknown) | (abstract new (...args: never[]) => unknown) | symbol | Error;

/**
 * The type itself if emit() takes its values, and `never` in the place of each part that emit() refuses: functions, symbols,
 * errors, and so objects with methods. Of a class without methods, TypeScript can't tell an instance from a plain object:
 * emit() refuses it when the job runs.
 */
export type Emitted<T> = unknown extends T
  ? T
  : T extends Kept
    ? T
    : T extends Refused
      ? never
      : T extends ReadonlyMap<infer K, infer V>
        ? KeptIf<T, [K, V], [Emitted<K>, Emitted<V>]>
        : T extends ReadonlySet<infer V>
          ? KeptIf<T, [V], [Emitted<V>]>
          : T extends object
            ? { [P in keyof T]: Emitted<T[P]> }
            : T;

/** The type if all of its parts are kept. */
type KeptIf<T, Parts, Taken> = [Parts] extends [Taken] ? T : never;

/** The type of emit(). A job that does not name its types has every pair checked by itself. */
export type Emit<K, V> = unknown extends K & V
  ? <A, B>(key: A & Emitted<A>, value: B & Emitted<B>) => void
  : (key: Emitted<K>, value: Emitted<V>) => void;

/** The type of emitTo(): an output has types of its own, so every pair is checked by itself. */
export type EmitTo = <A, B>(
  to: string | { readonly name?: string; readonly path?: string },
  key: A & Emitted<A>,
  value: B & Emitted<B>,
) => void;

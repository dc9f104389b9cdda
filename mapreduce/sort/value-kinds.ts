/** The kinds of objects that keys and values may hold. */
import { types } from 'node:util';
import { Text } from '../formats/text.ts';

/** Typed arrays in the order of their numbers in encoded records. A new kind goes to the end. */
const TYPED_ARRAYS = [
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const;

export type TypedArray = InstanceType<(typeof TYPED_ARRAYS)[number]>;

export type ObjectKind =
  | 'array'
  | 'object'
  | 'object without prototype'
  | 'bytes'
  | 'buffer'
  | 'text'
  | 'map'
  | 'set'
  | 'date'
  | 'typed array'
  | 'refused';

const KINDS = new Map<unknown, ObjectKind>([
  [Array.prototype, 'array'],
  [Object.prototype, 'object'],
  [null, 'object without prototype'],
  [Uint8Array.prototype, 'bytes'],
  [Buffer.prototype, 'buffer'],
  [Text.prototype, 'text'],
  [Map.prototype, 'map'],
  [Set.prototype, 'set'],
  [Date.prototype, 'date'],
  ...TYPED_ARRAYS.map((type) => [type.prototype, 'typed array'] as const),
]);

/**
 * Returns the kind of an object by its prototype. An instance of any other class is refused: it would lose its methods. A
 * proxy is refused because its traps would run.
 */
export function kindOf(value: object): ObjectKind {
  if (types.isProxy(value)) return 'refused';
  return KINDS.get(Object.getPrototypeOf(value)) ?? 'refused';
}

/** Returns the number of a typed array's class in encoded records. */
export function typeNumber(array: TypedArray): number {
  return TYPED_ARRAYS.findIndex((type) => type.prototype === Object.getPrototypeOf(array));
}

/** Returns a typed array of the class with this number and a copy of the bytes. */
export function typedArrayOf(type: number, bytes: Uint8Array): TypedArray {
  const Type = TYPED_ARRAYS[type];
  if (!Type) throw new Error(`A record is damaged: typed array ${type}`);
  const copy = new Uint8Array(bytes);
  return new Type(copy.buffer, 0, copy.length / Type.BYTES_PER_ELEMENT);
}

/** Returns the bytes of a typed array, without a copy. */
export function bytesOf(array: TypedArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/**
 * Returns the names of a plain object's properties, in their order. Undefined for an object with a property that would not
 * come back as it is: an accessor, a hidden one, or one whose name is a symbol.
 */
export function namesOf(value: object): readonly string[] | undefined {
  const names = Reflect.ownKeys(value);
  for (const name of names) {
    const property = Object.getOwnPropertyDescriptor(value, name);
    if (typeof name === 'symbol' || !property?.enumerable || !('value' in property)) return undefined;
  }
  return names as string[];
}

/** Whether an array has its elements and nothing else: no hole, and no property with another name. */
export function isPlainArray(array: readonly unknown[]): boolean {
  const { length } = Reflect.ownKeys(array);
  return length === array.length + 1;
}

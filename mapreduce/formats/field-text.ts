/** The text of a key, of a value, or of a field in the files of text formats. */
import { types } from 'node:util';
import { Text } from './text.ts';

/**
 * Returns the text of a value: strings as they are; numbers, booleans and bigints as JavaScript prints them; dates as in
 * ISO 8601; arrays and plain objects as JSON, a Map with strings as keys as an object, other Maps as lists of
 * pairs, Sets and typed arrays as lists. Null and
 * undefined are empty.
 * @param path of the value in messages
 * @throws TypeError for a value that has no such text, with the path of its part
 */
export function fieldText(path: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (value == null) return '';
  if (value instanceof Date) return dateText(path, value);
  if (value instanceof Text) return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString();
  return JSON.stringify(isJson(value) ? value : jsonOf(path, value));
}

/** Whether JSON.stringify() keeps the value: then no copy is needed. */
function isJson(value: unknown): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.every(isJson);
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const name of Object.keys(value)) if (!isJson((value as Record<string, unknown>)[name])) return false;
  return true;
}

/** Returns what JSON.stringify() is to be given for a value. */
function jsonOf(path: string, value: unknown): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw refused(path, `a ${typeof value}`);
  if (typeof value === 'bigint') return rawNumber(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return dateText(path, value);
  if (value instanceof Text) return value.toString();
  if (value instanceof Map) return ofMap(path, value);
  if (value instanceof Set) return [...value].map((part, i) => jsonOf(`${path}.values()[${i}]`, part));
  if (types.isTypedArray(value)) return Array.from(value as Uint8Array, (part) => jsonOf(path, part));
  if (Array.isArray(value)) return value.map((part, i) => jsonOf(`${path}[${i}]`, part));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw refused(path, `an instance of ${className(value)}`);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, jsonOf(`${path}.${name}`, part)]));
}

/** Returns an object of a Map whose keys are strings, and else a list of its pairs. */
function ofMap(path: string, map: ReadonlyMap<unknown, unknown>): unknown {
  const pairs = [...map].map(([key, part], i) => {
    const place = typeof key === 'string' ? JSON.stringify(key) : String(i);
    return [jsonOf(`${path}.keys()[${i}]`, key), jsonOf(`${path}.get(${place})`, part)] as const;
  });
  const isObject = pairs.every(([key]) => typeof key === 'string');
  return isObject ? Object.fromEntries(pairs) : pairs;
}

/** JSON has numbers of any length, and JSON.stringify() refuses bigints: those that a number keeps are numbers. */
function rawNumber(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function dateText(path: string, date: Date): string {
  if (Number.isNaN(date.getTime())) throw refused(path, 'an invalid Date');
  return date.toISOString();
}

function className(value: object): string {
  const type: unknown = value.constructor;
  return typeof type === 'function' && type.name !== '' ? type.name : 'a class';
}

function refused(path: string, what: string): TypeError {
  return new TypeError(`The output can't write ${path}, which is ${what}`);
}

/** Tells which part of a key or value can't be emitted, and why. */
import { types } from 'node:util';
import { isPlainArray, kindOf, namesOf } from './value-kinds.ts';

/** Most levels of arrays, objects, Maps and Sets within each other, less than the stack can hold. */
export const DEPTH_MAX = 500;

const TAKEN =
  'strings, numbers, bigints, booleans, null, undefined, Date, Map, Set, Uint8Array, Buffer and other typed arrays, and arrays and plain objects of them';

/** Returns the error for a key or value that can't be encoded. It names the first part that is refused: `value.dist[0]`. */
export function refusal(what: 'key' | 'value', value: unknown): TypeError {
  const { path, reason } = find(what, value, []) ?? { path: what, reason: 'is of a kind that a record can not keep' };
  return new TypeError(`emit() can't take this ${what}: ${path} ${reason}. It takes ${TAKEN}`);
}

interface Refused {
  readonly path: string;
  readonly reason: string;
}

function find(path: string, value: unknown, above: readonly object[]): Refused | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') return { path, reason: `is a ${typeof value}` };
  if (typeof value !== 'object' || value === null) return undefined;
  if (above.includes(value)) return { path, reason: 'refers to an object that holds it' };
  if (above.length >= DEPTH_MAX) return { path, reason: `lies more than ${DEPTH_MAX} levels deep` };
  const within = [...above, value];
  for (const [part, child] of partsOf(path, value)) {
    if (child === REFUSED) return { path: part, reason: reasonOf(value) };
    const found = find(part, child, within);
    if (found) return found;
  }
  return undefined;
}

const REFUSED = Symbol('refused');

/** Yields the paths of the parts of an object. A part that is refused itself is the symbol. */
function* partsOf(path: string, value: object): Generator<[path: string, part: unknown]> {
  switch (kindOf(value)) {
    case 'array':
      if (!isPlainArray(value as unknown[])) yield [`${path}${oddElement(value as unknown[])}`, REFUSED];
      for (const [i, item] of (value as unknown[]).entries()) yield [`${path}[${i}]`, item];
      return;
    case 'object':
    case 'object without prototype': {
      const odd = oddProperty(value);
      if (odd !== undefined) yield [`${path}${odd}`, REFUSED];
      for (const [name, part] of Object.entries(value)) yield [`${path}${member(name)}`, part];
      return;
    }
    case 'map': {
      let i = 0;
      for (const [key, part] of value as Map<unknown, unknown>) {
        yield [`${path}.keys()[${i++}]`, key];
        yield [`${path}.get(${typeof key === 'string' ? JSON.stringify(key) : String(key)})`, part];
      }
      return;
    }
    case 'set': {
      let i = 0;
      for (const part of value as Set<unknown>) yield [`${path}.values()[${i++}]`, part];
      return;
    }
    case 'refused':
      yield [path, REFUSED];
      return;
    default:
      return;
  }
}

const member = (name: PropertyKey): string =>
  typeof name === 'string' && /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name)
    ? `.${name}`
    : `[${typeof name === 'symbol' ? String(name) : JSON.stringify(name)}]`;

function oddElement(array: readonly unknown[]): string {
  const hole = array.findIndex((_, i) => !(i in array));
  if (hole >= 0) return `[${hole}]`;
  return member(Reflect.ownKeys(array).find((name) => name !== 'length' && !/^\d+$/.test(String(name))) ?? '');
}

function oddProperty(value: object): string | undefined {
  if (namesOf(value)) return undefined;
  const odd = Reflect.ownKeys(value).find((name) => {
    const property = Object.getOwnPropertyDescriptor(value, name);
    return typeof name === 'symbol' || !property?.enumerable || !('value' in property);
  });
  return odd === undefined ? undefined : member(odd);
}

function reasonOf(value: object): string {
  if (types.isProxy(value)) return 'is a Proxy';
  if (Array.isArray(value)) return 'is a hole of the array, or a property beside its elements';
  const kind = kindOf(value);
  if (kind === 'object' || kind === 'object without prototype') {
    return 'is an accessor, a hidden property, or one whose name is a symbol';
  }
  const type: unknown = value.constructor;
  return `is an instance of ${typeof type === 'function' && type.name !== '' ? type.name : 'a class'}`;
}

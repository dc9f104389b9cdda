/** Tells whether JSON keeps a value. */
import { types } from 'node:util';

/**
 * Checks that JSON keeps a value exactly.
 * @param path of the value in messages
 * @throws TypeError with the path of the part that it would lose, such as `value.dist`
 */
export function checkJson(path: string, value: unknown): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw refused(path, String(value));
    return;
  }
  if (typeof value !== 'object') throw refused(path, value === undefined ? 'undefined' : `a ${typeof value}`);
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) checkJson(`${path}[${i}]`, item);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (types.isProxy(value) || (prototype !== Object.prototype && prototype !== null)) {
    throw refused(path, `an instance of ${value.constructor.name}`);
  }
  for (const [name, part] of Object.entries(value)) if (part !== undefined) checkJson(`${path}.${name}`, part);
}

function refused(path: string, what: string): TypeError {
  return new TypeError(`${path} is ${what}, which JSON can not keep`);
}

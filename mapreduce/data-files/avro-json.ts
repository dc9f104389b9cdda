/** Avro values as JSON, as Avro's JsonEncoder writes them. */
import type { Type, types } from 'avsc';
import { doubleText, floatText } from '../sequence-file/java-numbers.ts';

/** Returns the JSON of a value of a type whose unions are wrapped. */
export function avroJson(type: Type, value: unknown): string {
  switch (type.typeName) {
    case 'null':
      return 'null';
    case 'float':
      return quotedIfNoNumber(floatText(Number(value)));
    case 'double':
      return quotedIfNoNumber(doubleText(Number(value)));
    case 'string':
    case 'enum':
      return quoted(String(value));
    case 'bytes':
    case 'fixed':
      return quoted(Buffer.from(value as Uint8Array).toString('latin1'));
    case 'array': {
      const { itemsType } = type as types.ArrayType;
      return `[${(value as unknown[]).map((item) => avroJson(itemsType, item)).join(',')}]`;
    }
    case 'map': {
      const { valuesType } = type as types.MapType;
      const entries = inOrderOfHashMap(Object.entries(value as object));
      return `{${entries.map(([key, item]) => `${quoted(key)}:${avroJson(valuesType, item)}`).join(',')}}`;
    }
    case 'record': {
      const record = value as Readonly<Record<string, unknown>>;
      const fields = (type as types.RecordType).fields;
      return `{${fields.map(({ name, type: of }) => `${quoted(name)}:${avroJson(of, record[name])}`).join(',')}}`;
    }
    case 'union:wrapped':
      return unionJson(type as types.WrappedUnionType, value);
    default:
      return String(value);
  }
}

function unionJson(union: types.WrappedUnionType, value: unknown): string {
  const [entry] = value === null ? [] : Object.entries(value as object);
  if (!entry) return 'null';
  const [name, item] = entry;
  const branch = union.types.find((type) => type.branchName === name);
  if (!branch) throw new Error(`A union has no type ${name}`);
  return `{${quoted(name)}:${avroJson(branch, item)}}`;
}

/** Java's writer quotes NaN and Infinity. */
const quotedIfNoNumber = (text: string): string => (/\d/.test(text) ? text : `"${text}"`);

/** Java's writer has capital digits in the escapes of control characters. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/\\u00[01][0-9a-f]/g, (code) => `\\u${code.slice(2).toUpperCase()}`);
}

/** Java's reader makes a HashMap of a map, whose entries lie in the order of their keys' hashes. */
function inOrderOfHashMap<T>(entries: readonly [string, T][]): [string, T][] {
  let slots = 1;
  while (slots < entries.length) slots *= 2;
  if (entries.length > slots * 0.75) slots *= 2;
  const slotOf = (key: string): number => {
    const hash = hashOf(Buffer.from(key));
    return (hash ^ (hash >>> 16)) & (slots - 1);
  };
  return entries
    .map((entry) => ({ entry, slot: slotOf(entry[0]) }))
    .sort((a, b) => a.slot - b.slot)
    .map(({ entry }) => entry);
}

/** org.apache.avro.util.Utf8.hashCode */
function hashOf(bytes: Buffer): number {
  let hash = 0;
  for (let i = 0; i < bytes.length; i++) hash = (Math.imul(hash, 31) + bytes.readInt8(i)) | 0;
  return hash;
}

/** Types of Avro schemas, whose longs are exact and whose records are plain objects. */
import type { Type } from 'avsc';
import { hadoopError, messageOf } from '../../runtime/errors.ts';

/** A schema as JSON: an object, an array, or the name of a type. */
export type AvroSchema = string | object;

/**
 * Returns the type of a schema.
 * @param wraps each value of a union is `{ name of its type: value }`; else the value itself where that is clear
 * @throws IOException for a schema that Avro does not allow
 */
export async function avroType(schema: AvroSchema, wraps: boolean): Promise<Type> {
  const { default: avro } = await import('avsc');
  const read = (bytes: Buffer): number | bigint => numberOf(bytes.readBigInt64LE());
  const long = avro.types.LongType.__with({
    fromBuffer: read,
    toBuffer: (value: number | bigint) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt(value));
      return bytes;
    },
    fromJSON: (value: number) => value,
    toJSON: (value: number | bigint) => Number(value),
    isValid: (value: unknown) => Number.isSafeInteger(value) || isLong(value),
    compare: (a: number | bigint, b: number | bigint) => (a < b ? -1 : a > b ? 1 : 0),
  });
  try {
    return avro.Type.forSchema(schema as Parameters<typeof avro.Type.forSchema>[0], {
      registry: { long },
      ...(wraps ? { wrapUnions: true } : {}),
    });
  } catch (e) {
    throw hadoopError('IOException', `The Avro schema is wrong: ${messageOf(e)}`, e);
  }
}

const isLong = (value: unknown): boolean => typeof value === 'bigint' && BigInt.asIntN(64, value) === value;

function numberOf(long: bigint): number | bigint {
  const number = Number(long);
  return Number.isSafeInteger(number) ? number : long;
}

/** Returns the value with plain objects for records, numbers for longs that a number holds, and copies of bytes. */
export function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return numberOf(value);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]));
}

/** Returns the columns of a row that are wanted; a column that the row lacks is left out. */
export function pick(row: unknown, columns: readonly string[] | undefined): unknown {
  if (!columns || typeof row !== 'object' || row === null) return row;
  return Object.fromEntries(Object.entries(row).filter(([name]) => columns.includes(name)));
}

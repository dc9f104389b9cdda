/** The orders and partitions of keys that streaming jobs choose by the names of Java classes. Pure. */
import { fieldLengths, type KeySpec, type Range, rangeOf } from './key-fields.ts';
import { type Datum, type Kind, textBytes, textOf } from './kinds.ts';
import { compareNumbers } from './numeric-order.ts';

/** Compares two keys by the parts that a spec names: KeyFieldBasedComparator. Both are Text. */
export function compareByFields(spec: KeySpec): (a: Buffer, b: Buffer) => number {
  if (spec.parts.length === 0) return (a, b) => a.compare(b);
  return (a, b) => {
    const lengthsA = fieldLengths(a, spec);
    const lengthsB = fieldLengths(b, spec);
    for (const part of spec.parts) {
      const sign = part.reverse ? -1 : 1;
      const rangeA = rangeOf(a, lengthsA, part, spec);
      const rangeB = rangeOf(b, lengthsB, part, spec);
      // As in Hadoop, two keys that both lack the field are not equal: they share no call of the reducer.
      if (!rangeA) return -sign;
      if (!rangeB) return sign;
      const order = part.numeric ? compareNumbers(a, rangeA, b, rangeB) : compareRanges(a, rangeA, b, rangeB);
      if (order !== 0) return sign * order;
    }
    return 0;
  };
}

function compareRanges(a: Buffer, rangeA: Range, b: Buffer, rangeB: Range): number {
  const lengthA = rangeA.end - rangeA.start + 1;
  const lengthB = rangeB.end - rangeB.start + 1;
  if (lengthA <= 0 || lengthB <= 0) return lengthA - lengthB;
  return a.compare(b, rangeB.start, rangeB.end + 1, rangeA.start, rangeA.end + 1);
}

const positive = (hash: number): number => hash & 0x7fffffff;

/** HashPartitioner: by the hash that the Writable has. */
export function hashPartition(key: Datum, reducers: number): number {
  if (key === null) return 0;
  if (typeof key === 'number') return positive(Number(BigInt.asIntN(32, BigInt(key)))) % reducers;
  return positive(hashBytes(key, 0, key.length - 1, 1)) % reducers;
}

/** KeyFieldBasedPartitioner: by the parts of the key's text that a spec names. */
export function partitionByFields(spec: KeySpec, kind: Kind, key: Datum, reducers: number): number {
  const text = textOf(kind, key);
  if (spec.parts.length === 0) return positive(hashText(text)) % reducers;
  // Hadoop takes the bytes of the key's text: those of a Text are other ones only if they are no UTF-8.
  const bytes = kind === 'text' ? Buffer.from(text) : textBytes(kind, key);
  if (bytes.length === 0) return 0;
  const lengths = fieldLengths(bytes, spec);
  let hash = 0;
  for (const part of spec.parts) {
    const range = rangeOf(bytes, lengths, part, spec);
    if (range) hash = hashBytes(bytes, range.start, range.end, hash);
  }
  return positive(hash) % reducers;
}

/** Hashes as WritableComparator.hashBytes, on from `hash`. Bytes in Java have a sign. */
function hashBytes(bytes: Buffer, start: number, end: number, hash: number): number {
  let result = hash;
  for (let i = start; i <= end; i++) result = (Math.imul(31, result) + (((bytes[i] ?? 0) << 24) >> 24)) | 0;
  return result;
}

/** Java's String.hashCode. */
function hashText(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0;
  return hash;
}

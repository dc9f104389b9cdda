/** Chooses the reduce that gets a key, as Hadoop does. */
import { Text } from '../formats/text.ts';
import { ByteSink } from './byte-sink.ts';
import { encodeKey } from './key-codec.ts';

/** Returns the key's hash without its sign, modulo the number of reduces, as Hadoop's HashPartitioner. */
export function hashPartition(key: unknown, reduces: number): number {
  return (hashKey(key) & 0x7fffffff) % reduces;
}

/**
 * Returns the hash that Hadoop's writables have, so that a pair lands in the same part file as in Hadoop. Text hashes its
 * UTF-8 bytes (WritableComparator.hashBytes); the hash of IntWritable and LongWritable is their low 32 bits.
 */
export function hashKey(key: unknown): number {
  if (typeof key === 'string') return hashText(key);
  if (key instanceof Text) return hashBytes(key.bytes);
  if (typeof key === 'number' && Number.isSafeInteger(key)) return Number(BigInt.asIntN(32, BigInt(key)));
  const encoded = new ByteSink(64);
  encodeKey(key, encoded);
  return hashBytes(encoded.bytes.subarray(1, encoded.length));
}

function hashText(text: string): number {
  let hash = 1;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return hashBytes(Buffer.from(text));
    hash = (Math.imul(31, hash) + code) | 0;
  }
  return hash;
}

/** Hashes as WritableComparator.hashBytes. Bytes in Java have a sign. */
function hashBytes(bytes: Uint8Array): number {
  let hash = 1;
  for (const byte of bytes) hash = (Math.imul(31, hash) + ((byte << 24) >> 24)) | 0;
  return hash;
}

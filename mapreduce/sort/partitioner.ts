import { ByteSink } from './byte-sink.ts';
import { encodeKey } from './key-codec.ts';

/** Hadoop's HashPartitioner: the key's hash without its sign, modulo the number of reduces. */
export function hashPartition(key: unknown, reduces: number): number {
  return (hashKey(key) & 0x7fffffff) % reduces;
}

/**
 * The hash that Hadoop's writables have, so that a pair lands in the part file where Hadoop puts it: Text hashes its
 * UTF-8 bytes (WritableComparator.hashBytes), IntWritable and LongWritable are their low 32 bits.
 */
export function hashKey(key: unknown): number {
  if (typeof key === 'string') return hashText(key);
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

/** WritableComparator.hashBytes; Java's bytes have a sign. */
function hashBytes(bytes: Uint8Array): number {
  let hash = 1;
  for (const byte of bytes) hash = (Math.imul(31, hash) + ((byte << 24) >> 24)) | 0;
  return hash;
}

/** The values of `level` with their checksums. Pure. */
import zlib from 'node:zlib';

/**
 * A value in `level` is 6 characters of checksum, and then the text. The checksum is CRC32 of key and text, so that a
 * value which comes back under another key is found too. Each character holds 6 bits, the lowest first, from `0` on.
 */
const CHECK_CHARS = 6;
const CHECK_BITS = 6;
const CHECK_MASK = (1 << CHECK_BITS) - 1;
const FIRST_CHAR = 0x30;

/** Returns the checksum of a key with its text, from 0 to 2 ** 32 - 1. */
export const checksumOf = (key: string, text: string): number => zlib.crc32(text, zlib.crc32(key));

/** Returns what `level` stores for a text. `checksum` is checksumOf() the key and the text. */
export function storedValue(checksum: number, text: string): string {
  const char = (i: number): number => FIRST_CHAR + ((checksum >>> (i * CHECK_BITS)) & CHECK_MASK);
  return String.fromCharCode(char(0), char(1), char(2), char(3), char(4), char(5)) + text;
}

/** Returns the text that is stored for a key, with its checksum; undefined if the value is damaged. */
export function readStored(key: string, stored: string): { text: string; checksum: number } | undefined {
  const text = stored.slice(CHECK_CHARS);
  const checksum = checksumOf(key, text);
  return storedValue(checksum, text) === stored ? { text, checksum } : undefined;
}

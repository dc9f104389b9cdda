/**
 * Computes a file's bytes from its seed and the offset alone. No copy has to be kept to compare with, and a byte of
 * another file or another offset, or a zero, is noticed.
 */
export function patternBytes(seed: number, offset: number, length: number): Buffer {
  const firstWord = Math.floor(offset / 4);
  const words = new Uint32Array(Math.ceil((offset + length) / 4) - firstWord);
  for (let i = 0; i < words.length; i++) words[i] = mix(seed, firstWord + i);
  return Buffer.from(words.buffer, offset - firstWord * 4, length);
}

/** Returns the offset in the file of the first wrong byte; undefined if all are right. */
export function firstWrongByte(seed: number, offset: number, bytes: Uint8Array): number | undefined {
  const expected = patternBytes(seed, offset, bytes.length);
  if (expected.equals(bytes)) return undefined;
  return offset + expected.findIndex((byte, i) => byte !== bytes[i]);
}

/** Mixes two words into one, with the finalizer of MurmurHash3. */
function mix(seed: number, word: number): number {
  let h = (seed ^ Math.imul(word + 1, 0x9e3779b1)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

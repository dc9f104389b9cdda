/**
 * What a file's bytes must be: a function of the file's seed and the offset alone, so that nothing has to be kept to
 * compare with, and a byte from elsewhere (another file, another offset, zeros) shows.
 */
export function patternBytes(seed: number, offset: number, length: number): Buffer {
  const firstWord = Math.floor(offset / 4);
  const words = new Uint32Array(Math.ceil((offset + length) / 4) - firstWord);
  for (let i = 0; i < words.length; i++) words[i] = mix(seed, firstWord + i);
  return Buffer.from(words.buffer, offset - firstWord * 4, length);
}

/** Offset in the file of the first byte that is wrong; undefined when all are right. */
export function firstWrongByte(seed: number, offset: number, bytes: Uint8Array): number | undefined {
  const expected = patternBytes(seed, offset, bytes.length);
  if (expected.equals(bytes)) return undefined;
  return offset + expected.findIndex((byte, i) => byte !== bytes[i]);
}

/** A word of two, well mixed (the finalizer of MurmurHash3). */
function mix(seed: number, word: number): number {
  let h = (seed ^ Math.imul(word + 1, 0x9e3779b1)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Test data. */

/** Returns bytes that differ from place to place: a piece that lands at a wrong offset shows in a comparison. */
export function pattern(length: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + seed) & 0xff;
  return bytes;
}

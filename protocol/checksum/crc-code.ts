/** The two WebAssembly functions of crc.ts, and the tables that both use. */
import { type Code, get, i32, loopWhile, moduleOf, select, set, v128 } from './wasm.ts';

export const CRC_BYTES = 4;
/** Bytes that one step of the slicing loop consumes. */
const SLICE_BYTES = 16;
const TABLE_BYTES = 1024;
export const TABLES_BYTES = SLICE_BYTES * TABLE_BYTES;
const VECTOR_BYTES = 16;

/** Only chunks of this length are folded: it is the default of dfs.bytes-per-checksum. */
export const FOLDED_CHUNK_BYTES = 512;
/** The CRCs of two chunks are computed together, so that one can go on while the other waits for memory. */
export const FOLDED_AT_ONCE = 2;

/**
 * x^209 + x^144 + x^54 + x^39 + x^14 + 1 is a multiple of CRC32C's polynomial. Squaring it three times gives another
 * multiple, with 8 times the exponents: bytes take the place of bits. Hence a byte of the message can be left out if it is
 * XORed to the bytes that stand 65, 155, 170, 195 and 209 bytes behind it. The second row belongs to x^104 + x^57 + x^53 +
 * x^49 + x^19 + x^14 + x^4 + 1. A search found both: few terms, small degrees, a first distance of several vectors.
 */
export const FOLD_DISTANCES = [
  [65, 155, 170, 195, 209],
  [47, 51, 55, 85, 90, 100, 104],
] as const;

/** Bytes of memory in which one chunk is folded. */
const FOLD_STRIDE = 1024;
/** Bytes of memory that `folded` needs; they must be zero at first. */
export const FOLD_BYTES = FOLDED_AT_ONCE * FOLD_STRIDE;

/**
 * Returns the tables for "slicing by 16": table k has the CRC of each byte that is followed by k zero bytes, so that 16
 * bytes need 16 independent look-ups instead of a chain of 16. @param polynomial with its bits in reverse order
 */
export function makeTables(polynomial: number): Int32Array {
  const tables = new Int32Array(SLICE_BYTES * 256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ polynomial : c >>> 1;
    tables[n] = c;
  }
  for (let n = 256; n < tables.length; n++) {
    const c = tables[n - 256] as number;
    tables[n] = (c >>> 8) ^ (tables[c & 0xff] as number);
  }
  return tables;
}

/** Looks up byte `i` of `word` in table `table`. An entry has 4 bytes, so the byte is multiplied by 4. */
function lookUp(tables: number, word: number, i: number, table: number): Code {
  const shifted = i === 0 ? i32.shl(get(word), i32.const(2)) : i32.shrU(get(word), i32.const(8 * i - 2));
  return i32.load(i32.add(get(tables), i32.and(shifted, i32.const(0x3fc))), table * TABLE_BYTES);
}

const xorAll = (codes: Code[]): Code => codes.reduce(i32.xor);

/** Adds the 16 bytes at `address` + `offset` to `crc`. All parameters but `offset` are locals. */
function sliceStep(tables: number, crc: number, word: number, address: number, offset = 0): Code[] {
  return [
    set(crc, i32.xor(get(crc), i32.load(get(address), offset))),
    set(crc, xorAll([0, 1, 2, 3].map((i) => lookUp(tables, crc, i, 15 - i)))),
    ...[1, 2, 3].flatMap((w) => [
      set(word, i32.load(get(address), offset + 4 * w)),
      set(crc, i32.xor(get(crc), xorAll([0, 1, 2, 3].map((i) => lookUp(tables, word, i, 15 - 4 * w - i))))),
    ]),
  ];
}

/** Reverses the byte order by two rotations: one for the even bytes, one for the odd bytes. */
const bigEndian = (local: number): Code =>
  i32.or(
    i32.and(i32.rotl(get(local), i32.const(8)), i32.const(0x00ff00ff)),
    i32.and(i32.rotl(get(local), i32.const(24)), i32.const(0xff00ff00)),
  );

const invert = (code: Code): Code => i32.xor(code, i32.const(-1));
const advance = (local: number, count: number): Code => set(local, i32.add(get(local), i32.const(count)));

/**
 * Returns a module with the function checksums(tables, data, end, bytesPerChecksum, out, seed), which writes the CRC of each
 * chunk of data..end to `out`, big-endian. The seed is the CRC of the bytes before a chunk; 0 if there are none.
 */
export function slicingModule(): Uint8Array<ArrayBuffer> {
  const [tables, data, end, chunkBytes, out, seed, chunkEnd, crc, word] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const byteStep: Code[] = [
    set(word, i32.xor(get(crc), i32.load8(get(data)))),
    set(crc, i32.xor(lookUp(tables, word, 0, 0), i32.shrU(get(crc), i32.const(8)))),
    advance(data, 1),
  ];
  const body = loopWhile(
    i32.ltU(get(data), get(end)),
    set(chunkEnd, i32.add(get(data), get(chunkBytes))),
    set(chunkEnd, select(get(chunkEnd), get(end), i32.ltU(get(chunkEnd), get(end)))),
    set(crc, invert(get(seed))),
    loopWhile(
      i32.geU(i32.sub(get(chunkEnd), get(data)), i32.const(SLICE_BYTES)),
      ...sliceStep(tables, crc, word, data),
      advance(data, SLICE_BYTES),
    ),
    loopWhile(i32.ltU(get(data), get(chunkEnd)), ...byteStep),
    set(crc, invert(get(crc))),
    i32.store(get(out), bigEndian(crc)),
    advance(out, CRC_BYTES),
  );
  return moduleOf({ name: 'checksums', parameters: 6, locals: 3, body });
}

/** The same position in each of the chunks that are folded together. */
interface Place {
  /** The local from which the offset counts. */
  readonly base: number;
  readonly offset: number;
  /** The distance in bytes from one chunk's position to the next chunk's. */
  readonly stride: number;
}

const eachChunk = Array.from({ length: FOLDED_AT_ONCE }, (_, chunk) => chunk);

/**
 * Shortens `length` bytes of each chunk: the bytes in front are XORed, by the distances, to the bytes behind them. Both
 * parts are written to `to`. Zeros surround the part in front, because a vector may reach over its ends:
 *
 *     | 16 zeros | in front | 16 zeros | behind |
 *
 * @returns the code, and the position and length of the part behind
 */
function foldStep(from: Place, length: number, distances: readonly number[], to: Place) {
  const longest = Math.max(...distances);
  const frontBytes = Math.floor((length - longest) / VECTOR_BYTES) * VECTOR_BYTES;
  const front = to.offset + VECTOR_BYTES;
  const behind = front + frontBytes + VECTOR_BYTES;
  const code: Code[] = [];
  for (let at = 0; at < length; at += VECTOR_BYTES) {
    const sources = distances.map((distance) => at - distance).filter((s) => s > -VECTOR_BYTES && s < frontBytes);
    const target = at < frontBytes ? front + at : behind + at - frontBytes;
    for (const chunk of eachChunk) {
      const own = v128.load(get(from.base), from.offset + at + chunk * from.stride);
      const moved = sources.map((s) => v128.load(get(to.base), front + s + chunk * to.stride));
      code.push(v128.store(get(to.base), [own, ...moved].reduce(v128.xor), target + chunk * to.stride));
    }
  }
  return { code, rest: { ...to, offset: behind }, restLength: length - frontBytes };
}

/**
 * Returns a module with the function folded(tables, data, end, fold, out), which writes the CRC32C of each chunk of 512 bytes
 * to `out`. The number of chunks must be even. Each chunk is folded twice, to 224 and to 112 bytes, before it is sliced.
 * `fold` is memory to fold in; the function changes the data.
 */
export function foldingModule(): Uint8Array<ArrayBuffer> {
  const [tables, data, end, fold, out, word, at, restEnd, crcs] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  const code: Code[] = [];
  let length = FOLDED_CHUNK_BYTES;
  let place: Place = { base: data, offset: 0, stride: FOLDED_CHUNK_BYTES };
  // A CRC starts with all ones; inverting the first four bytes has the same effect.
  for (const chunk of eachChunk) {
    const offset = chunk * place.stride;
    code.push(i32.store(get(data), invert(i32.load(get(data), offset)), offset));
  }
  let free = 0;
  for (const distances of FOLD_DISTANCES) {
    const step = foldStep(place, length, distances, { base: fold, offset: free, stride: FOLD_STRIDE });
    code.push(...step.code);
    place = step.rest;
    length = step.restLength;
    free = place.offset + length;
  }
  for (const chunk of eachChunk) code.push(set(crcs + chunk, i32.const(0)));
  const slices = eachChunk.flatMap((chunk) =>
    sliceStep(tables, crcs + chunk, word, at, place.offset + chunk * place.stride),
  );
  code.push(set(at, get(fold)), set(restEnd, i32.add(get(fold), i32.const(length))));
  code.push(loopWhile(i32.ltU(get(at), get(restEnd)), ...slices, advance(at, SLICE_BYTES)));
  for (const chunk of eachChunk) {
    code.push(set(crcs + chunk, invert(get(crcs + chunk))));
    code.push(i32.store(get(out), bigEndian(crcs + chunk), chunk * CRC_BYTES));
  }
  code.push(advance(out, FOLDED_AT_ONCE * CRC_BYTES), advance(data, FOLDED_AT_ONCE * FOLDED_CHUNK_BYTES));
  const body = loopWhile(i32.ltU(get(data), get(end)), ...code);
  return moduleOf({ name: 'folded', parameters: 5, locals: 3 + FOLDED_AT_ONCE, body });
}

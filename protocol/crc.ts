import { type Code, get, i32, loopWhile, moduleOf, select, set, WebAssembly } from './wasm.ts';

export type CrcType = 'CRC32' | 'CRC32C';

/** The polynomials, bits reversed. */
const POLYNOMIALS: Readonly<Record<CrcType, number>> = { CRC32: 0xedb88320, CRC32C: 0x82f63b78 };

/** Bytes that one step of the inner loop takes. */
const SLICE_BYTES = 16;
const TABLE_BYTES = 1024;
/** The module's memory: both polynomials' tables, then the checksums, then the data. */
const TABLES_AT: Readonly<Record<CrcType, number>> = { CRC32: 0, CRC32C: SLICE_BYTES * TABLE_BYTES };
const OUT_AT = 2 * SLICE_BYTES * TABLE_BYTES;
const OUT_BYTES_MAX = 32 * 1024;
const DATA_AT = OUT_AT + OUT_BYTES_MAX;
/** Data that is copied in at a time: it stays in the processor's second-level cache. */
const DATA_BYTES_MAX = 128 * 1024;
const CRC_BYTES = 4;
const PAGE_BYTES = 65536;

/**
 * "Slicing by 16": table k holds the CRC of each byte followed by k zero bytes, so that 16 bytes take 16 independent
 * look-ups instead of a chain of 16.
 */
function makeTables(polynomial: number): Int32Array {
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

/**
 * checksums(tables, data, end, bytesPerChecksum, out, seed): the CRC of each chunk of data..end, big-endian, at `out`.
 * The seed is the CRC of bytes before a chunk, 0 for none.
 */
function makeModule(): Uint8Array<ArrayBuffer> {
  const [tables, data, end, chunkBytes, out, seed, chunkEnd, crc, word] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
  /** The look-up of byte `i` of `word` in table `table`: an entry has 4 bytes, so the byte is wanted times 4. */
  const lookUp = (local: number, i: number, table: number): Code => {
    const shifted = i === 0 ? i32.shl(get(local), i32.const(2)) : i32.shrU(get(local), i32.const(8 * i - 2));
    return i32.load(i32.add(get(tables), i32.and(shifted, i32.const(0x3fc))), table * TABLE_BYTES);
  };
  const xorAll = (codes: Code[]): Code => codes.reduce((a, b) => i32.xor(a, b));
  const sliceStep: Code[] = [
    set(crc, i32.xor(get(crc), i32.load(get(data)))),
    set(crc, xorAll([0, 1, 2, 3].map((i) => lookUp(crc, i, 15 - i)))),
    ...[1, 2, 3].flatMap((w) => [
      set(word, i32.load(get(data), 4 * w)),
      set(crc, i32.xor(get(crc), xorAll([0, 1, 2, 3].map((i) => lookUp(word, i, 15 - 4 * w - i))))),
    ]),
    set(data, i32.add(get(data), i32.const(SLICE_BYTES))),
  ];
  const byteStep: Code[] = [
    set(word, i32.xor(get(crc), i32.load8(get(data)))),
    set(crc, i32.xor(lookUp(word, 0, 0), i32.shrU(get(crc), i32.const(8)))),
    set(data, i32.add(get(data), i32.const(1))),
  ];
  /** Byte order is turned by two rotations: the even bytes by one, the odd ones by the other. */
  const bigEndian = (local: number): Code =>
    i32.or(
      i32.and(i32.rotl(get(local), i32.const(8)), i32.const(0x00ff00ff)),
      i32.and(i32.rotl(get(local), i32.const(24)), i32.const(0xff00ff00)),
    );
  const body = loopWhile(
    i32.ltU(get(data), get(end)),
    set(chunkEnd, i32.add(get(data), get(chunkBytes))),
    set(chunkEnd, select(get(chunkEnd), get(end), i32.ltU(get(chunkEnd), get(end)))),
    set(crc, i32.xor(get(seed), i32.const(-1))),
    loopWhile(i32.geU(i32.sub(get(chunkEnd), get(data)), i32.const(SLICE_BYTES)), ...sliceStep),
    loopWhile(i32.ltU(get(data), get(chunkEnd)), ...byteStep),
    set(crc, i32.xor(get(crc), i32.const(-1))),
    i32.store(get(out), bigEndian(crc)),
    set(out, i32.add(get(out), i32.const(4))),
  );
  return moduleOf({ name: 'checksums', parameters: 6, locals: 3, body });
}

type Checksums = (
  tables: number,
  data: number,
  end: number,
  bytesPerChecksum: number,
  out: number,
  seed: number,
) => void;

interface Engine {
  readonly memory: Buffer;
  readonly checksums: Checksums;
}

let engine: Engine | undefined;

/** The module with its tables, made at the first use: processes that move no data don't pay for it. */
function loadEngine(): Engine {
  const memory = new WebAssembly.Memory({ initial: Math.ceil((DATA_AT + DATA_BYTES_MAX) / PAGE_BYTES) });
  for (const [type, tablesAt] of Object.entries(TABLES_AT)) {
    const tables = makeTables(POLYNOMIALS[type as CrcType]);
    new Int32Array(memory.buffer, tablesAt, tables.length).set(tables);
  }
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(makeModule()), { env: { memory } });
  return { memory: Buffer.from(memory.buffer), checksums: exports.checksums as Checksums };
}

/** The CRC of each chunk of `bytesPerChecksum`, four big-endian bytes each; the last chunk may be shorter. */
export function crcChunks(type: CrcType, data: Uint8Array, bytesPerChecksum: number): Buffer {
  engine ??= loadEngine();
  const { memory, checksums } = engine;
  const out = Buffer.allocUnsafe(Math.ceil(data.length / bytesPerChecksum) * CRC_BYTES);
  const chunksAtOnce = Math.floor(DATA_BYTES_MAX / bytesPerChecksum);
  if (chunksAtOnce === 0) {
    for (let at = 0, from = 0; at < out.length; at += CRC_BYTES, from += bytesPerChecksum) {
      out.writeInt32BE(crc(type, data.subarray(from, from + bytesPerChecksum)), at);
    }
    return out;
  }
  const step = Math.min(chunksAtOnce, OUT_BYTES_MAX / CRC_BYTES) * bytesPerChecksum;
  for (let at = 0, from = 0; from < data.length; from += step) {
    const part = data.length <= step ? data : data.subarray(from, from + step);
    memory.set(part, DATA_AT);
    checksums(TABLES_AT[type], DATA_AT, DATA_AT + part.length, bytesPerChecksum, OUT_AT, 0);
    at += memory.copy(out, at, OUT_AT, OUT_AT + Math.ceil(part.length / bytesPerChecksum) * CRC_BYTES);
  }
  return out;
}

/** The CRC of `data` behind bytes whose CRC is `seed`, as a signed number; a chunk of any length. */
export function crc(type: CrcType, data: Uint8Array, seed = 0): number {
  engine ??= loadEngine();
  const { memory, checksums } = engine;
  let value = seed;
  for (let from = 0; from < data.length; from += DATA_BYTES_MAX) {
    const part = data.subarray(from, from + DATA_BYTES_MAX);
    memory.set(part, DATA_AT);
    checksums(TABLES_AT[type], DATA_AT, DATA_AT + part.length, part.length, OUT_AT, value);
    value = memory.readInt32BE(OUT_AT);
  }
  return value;
}

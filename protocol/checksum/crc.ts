/** CRC32 and CRC32C, computed by two small WebAssembly functions. */
import {
  CRC_BYTES,
  FOLD_BYTES,
  FOLDED_AT_ONCE,
  FOLDED_CHUNK_BYTES,
  foldingModule,
  makeTables,
  slicingModule,
  TABLES_BYTES,
} from './crc-code.ts';
import { WebAssembly } from './wasm.ts';

export type CrcType = 'CRC32' | 'CRC32C';

/** The polynomials with their bits in reverse order. */
const POLYNOMIALS: Readonly<Record<CrcType, number>> = { CRC32: 0xedb88320, CRC32C: 0x82f63b78 };

/** Places in the functions' memory: tables of both polynomials, memory for folding, checksums, data. */
const TABLES_AT: Readonly<Record<CrcType, number>> = { CRC32: 0, CRC32C: TABLES_BYTES };
const FOLD_AT = 2 * TABLES_BYTES;
const OUT_AT = FOLD_AT + FOLD_BYTES;
const OUT_BYTES_MAX = 32 * 1024;
const DATA_AT = OUT_AT + OUT_BYTES_MAX;
/** Most bytes of data that are copied in at a time: they stay in the processor's second-level cache. */
const DATA_BYTES_MAX = 128 * 1024;
const PAGE_BYTES = 65536;

type Checksums = (
  tables: number,
  data: number,
  end: number,
  bytesPerChecksum: number,
  out: number,
  seed: number,
) => void;

type Folded = (tables: number, data: number, end: number, fold: number, out: number) => void;

interface Engine {
  readonly memory: Buffer;
  readonly checksums: Checksums;
  /** Compiles the function at the first call: a NameNode never calls it. */
  folded(): Folded;
}

let engine: Engine | undefined;

/** Compiles the functions and makes their tables. Called at the first use, because most processes move no data. */
function loadEngine(): Engine {
  const memory = new WebAssembly.Memory({ initial: Math.ceil((DATA_AT + DATA_BYTES_MAX) / PAGE_BYTES) });
  for (const [type, tablesAt] of Object.entries(TABLES_AT)) {
    const tables = makeTables(POLYNOMIALS[type as CrcType]);
    new Int32Array(memory.buffer, tablesAt, tables.length).set(tables);
  }
  const load = (module: Uint8Array<ArrayBuffer>) =>
    new WebAssembly.Instance(new WebAssembly.Module(module), { env: { memory } }).exports;
  const checksums = load(slicingModule()).checksums as Checksums;
  let folded: Folded | undefined;
  return {
    memory: Buffer.from(memory.buffer),
    checksums,
    folded: () => (folded ??= load(foldingModule()).folded as Folded),
  };
}

/** Returns the CRC of each chunk of `bytesPerChecksum` bytes in four big-endian bytes; the last chunk may be shorter. */
export function crcChunks(type: CrcType, data: Uint8Array, bytesPerChecksum: number): Buffer {
  engine ??= loadEngine();
  const { memory } = engine;
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
    computeChunks(engine, type, part.length, bytesPerChecksum);
    at += memory.copy(out, at, OUT_AT, OUT_AT + Math.ceil(part.length / bytesPerChecksum) * CRC_BYTES);
  }
  return out;
}

/** Computes the checksums of the data in the engine's memory; leaves them in that memory. */
function computeChunks({ checksums, folded }: Engine, type: CrcType, length: number, bytesPerChecksum: number): void {
  const tables = TABLES_AT[type];
  const end = DATA_AT + length;
  let data = DATA_AT;
  let out = OUT_AT;
  const rounds = Math.floor(length / (FOLDED_AT_ONCE * FOLDED_CHUNK_BYTES));
  if (type === 'CRC32C' && bytesPerChecksum === FOLDED_CHUNK_BYTES && rounds > 0) {
    data += rounds * FOLDED_AT_ONCE * FOLDED_CHUNK_BYTES;
    out += rounds * FOLDED_AT_ONCE * CRC_BYTES;
    folded()(tables, DATA_AT, data, FOLD_AT, OUT_AT);
  }
  checksums(tables, data, end, bytesPerChecksum, out, 0);
}

/** Returns the CRC of `data` as a signed number. `seed`: the CRC of the bytes before `data`; 0 if there are none. */
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

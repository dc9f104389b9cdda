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

/** The polynomials, bits reversed. */
const POLYNOMIALS: Readonly<Record<CrcType, number>> = { CRC32: 0xedb88320, CRC32C: 0x82f63b78 };

/** The functions' memory: both polynomials' tables, what is folded, the checksums, the data. */
const TABLES_AT: Readonly<Record<CrcType, number>> = { CRC32: 0, CRC32C: TABLES_BYTES };
const FOLD_AT = 2 * TABLES_BYTES;
const OUT_AT = FOLD_AT + FOLD_BYTES;
const OUT_BYTES_MAX = 32 * 1024;
const DATA_AT = OUT_AT + OUT_BYTES_MAX;
/** Data that is copied in at a time: it stays in the processor's second-level cache. */
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
  /** Made when it is wanted: a NameNode never does. */
  folded(): Folded;
}

let engine: Engine | undefined;

/** The functions with their tables, made at the first use: processes that move no data don't pay for it. */
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

/** The CRC of each chunk of `bytesPerChecksum`, four big-endian bytes each; the last chunk may be shorter. */
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

/** From the data to the checksums, in the engine's memory. */
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

/** The records of the sort benchmark, and their generator. */
import zlib from 'node:zlib';

/**
 * A record has 100 bytes, as Hadoop's TeraGen makes them:
 *
 *     ┌─────────────┬───────┬──────────────────────┬─────────────┬───────────────────────┬─────────────┐
 *     │ key 10      │ 00 11 │ row number, 32 hex   │ 88 99 AA BB │ filler 48             │ CC DD EE FF │
 *     └─────────────┴───────┴──────────────────────┴─────────────┴───────────────────────┴─────────────┘
 */
export const RECORD_BYTES = 100;
export const KEY_BYTES = 10;

const MASK = (1n << 128n) - 1n;
/** The 128-bit linear congruential generator of gensort: next = A · x + C. */
const A = 0x2360ed051fc65da44385df649fccf645n;
const C = 0x4a696d47726179524950202020202001n;

/** Returns the generator's state after `steps` steps from 0. */
function skipAhead(steps: bigint): bigint {
  let [a, c] = [A, C];
  let state = 0n;
  for (let rest = steps; rest > 0n; rest >>= 1n) {
    if (rest & 1n) state = (state * a + c) & MASK;
    c = (c * (a + 1n)) & MASK;
    a = (a * a) & MASK;
  }
  return state;
}

/** Makes the records of consecutive rows. */
export class TeraGenerator {
  #row: number;
  #state: bigint;

  constructor(firstRow: number) {
    this.#row = firstRow;
    this.#state = skipAhead(BigInt(firstRow));
  }

  next(): Buffer {
    this.#state = (this.#state * A + C) & MASK;
    const random = this.#state.toString(16).toUpperCase().padStart(32, '0');
    const record = Buffer.allocUnsafe(RECORD_BYTES);
    record.write(random.slice(0, 2 * KEY_BYTES), 0, 'hex');
    record.writeUInt16BE(0x0011, 10);
    record.write((this.#row++).toString(16).toUpperCase().padStart(32, '0'), 12, 'latin1');
    record.writeUInt32BE(0x8899aabb, 44);
    // Twelve hexadecimal digits of the random number, four times each.
    for (let i = 0; i < 12; i++) record.fill(random.charCodeAt(20 + i), 48 + 4 * i, 52 + 4 * i);
    record.writeUInt32BE(0xccddeeff, 96);
    return record;
  }
}

/** Returns the CRC-32 of a record. The sum over all records does not depend on their order. */
export const recordCrc = (record: Uint8Array): number => zlib.crc32(record);

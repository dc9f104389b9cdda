/** Reads the blocks of bzip2 files, from any place of the file on. */
import { BitWriter, bitsOf, uint32At } from './bzip2-bits.ts';
import type { Bzip2Library } from './bzip2-library.ts';
import { endOfStream, findMark, HEADER, MARK_BITS, type Mark } from './bzip2-markers.ts';
import { type CompressedInput, DamagedStreamError } from './compressed-input.ts';

export interface Bzip2Block {
  /** Offset in the file of the byte in which the block begins. */
  readonly start: number;
  /** The same of the next block; Infinity after the last one. */
  readonly next: number;
  readonly bytes: Buffer;
}

/** Offset of the first block of every file. */
export const FIRST_BLOCK = 4;

const MAGIC = 'BZh';
const HEADER_BYTES = 4;
const CRC_BITS = 32;
const END_BITS = MARK_BITS + CRC_BITS;
/** A block of 900,000 bytes with its tables, which did not get smaller. */
const BLOCK_BITS_MAX = 8 * 1_100_000;
const ROOM_BYTES = 1024 * 1024;

/**
 * Yields the blocks of a file that begin at the input's position or after it, to the end of the file. The position must be
 * the offset in the file. A block ends where the next mark begins, so that each can be decoded alone.
 * @throws DamagedStreamError
 */
export async function* bzip2Blocks(input: CompressedInput, library: Bzip2Library): AsyncGenerator<Bzip2Block> {
  const window = new Window(input);
  const streams = new Streams(window);
  let block = await streams.first();
  while (block) {
    const { bytes, end } = await decode(window, library, block);
    streams.addBlock(uint32At(window.bytes, block.bit + MARK_BITS - window.baseBit));
    const next = await streams.next(end);
    const start = Math.floor(block.bit / 8);
    yield { start, next: next ? Math.floor(next.bit / 8) : Number.POSITIVE_INFINITY, bytes };
    if (next) window.drop(next.bit);
    block = next;
  }
}

/** Decodes the block as a stream of its own. Returns its bytes and the mark that ends it. */
async function decode(
  window: Window,
  library: Bzip2Library,
  { bit }: Mark,
): Promise<{ readonly bytes: Buffer; readonly end: Mark }> {
  const end = await window.find(bit + MARK_BITS);
  if (!end) throw DamagedStreamError.cutOff();
  try {
    return { bytes: decodeUpTo(window, library, bit, end), end };
  } catch (e) {
    // The data of a block may have the bits of a mark, about once in 30 TB. Then the block goes on behind them.
    const later = e instanceof DamagedStreamError && (await window.find(end.bit + 1));
    if (!later || later.bit - bit > BLOCK_BITS_MAX) throw e;
    try {
      return { bytes: decodeUpTo(window, library, bit, later), end: later };
    } catch {
      throw e;
    }
  }
}

function decodeUpTo(window: Window, library: Bzip2Library, bit: number, end: Mark): Buffer {
  const from = bit - window.baseBit;
  const to = end.bit - window.baseBit;
  const stream = new BitWriter();
  stream.add(HEADER, 8 * HEADER.length);
  stream.add(bitsOf(window.bytes, from, to), to - from);
  // The CRC of a stream of one block is the block's.
  stream.add(endOfStream(uint32At(window.bytes, from + MARK_BITS)), END_BITS);
  return library.decompress(stream.end(), ROOM_BYTES);
}

/** The bytes of a file that were read and are still needed. */
class Window {
  bytes: Buffer = Buffer.alloc(0);
  readonly #input: CompressedInput;
  #base: number;

  constructor(input: CompressedInput) {
    this.#input = input;
    this.#base = input.position;
  }

  /** Place in the file of the first bit of `bytes`. */
  get baseBit(): number {
    return 8 * this.#base;
  }

  /** Gives up the bytes before this bit. */
  drop(bit: number): void {
    const bytes = Math.floor(bit / 8) - this.#base;
    this.bytes = this.bytes.subarray(bytes);
    this.#base += bytes;
  }

  /** Returns the first mark at or after this bit of the file. Undefined if the file has none. */
  async find(bit: number): Promise<Mark | undefined> {
    let from = Math.max(0, bit - this.baseBit);
    for (;;) {
      const mark = findMark(this.bytes, from);
      if (mark) return { kind: mark.kind, bit: this.baseBit + mark.bit };
      from = Math.max(from, 8 * this.bytes.length - MARK_BITS + 1);
      if (!(await this.#more())) return undefined;
    }
  }

  /** Returns the bytes [start, end) of the file; fewer where the file ends. */
  async range(start: number, end: number): Promise<Buffer> {
    while (this.#base + this.bytes.length < end) if (!(await this.#more())) break;
    return this.bytes.subarray(start - this.#base, end - this.#base);
  }

  async #more(): Promise<boolean> {
    const piece = await this.#input.next();
    if (!piece) return false;
    this.bytes = Buffer.concat([this.bytes, piece]);
    return true;
  }
}

/** The streams of a file, one after the other, and the checksum of the current one. */
class Streams {
  readonly #window: Window;
  /** CRC over the blocks of the stream; undefined if the stream's begin was not read. */
  #crc: number | undefined;

  constructor(window: Window) {
    this.#window = window;
  }

  /** Returns the first block; at the file's begin after its header. */
  async first(): Promise<Mark | undefined> {
    const { baseBit } = this.#window;
    return baseBit === 0 ? await this.#begin(0) : await this.#toBlock(await this.#window.find(baseBit));
  }

  /** Returns the block that follows the block that this mark ends. */
  async next(end: Mark): Promise<Mark | undefined> {
    return await this.#toBlock(end);
  }

  addBlock(crc: number): void {
    if (this.#crc !== undefined) this.#crc = (((this.#crc << 1) | (this.#crc >>> 31)) ^ crc) >>> 0;
  }

  async #toBlock(mark: Mark | undefined): Promise<Mark | undefined> {
    if (mark?.kind !== 'end') return mark;
    const after = Math.ceil((mark.bit + END_BITS) / 8);
    const start = Math.floor(mark.bit / 8);
    const bytes = await this.#window.range(start, after);
    if (bytes.length < after - start) throw DamagedStreamError.cutOff();
    const crc = uint32At(bytes, mark.bit - 8 * start + MARK_BITS);
    if (this.#crc !== undefined && this.#crc !== crc) throw damaged('crc error');
    const more = await this.#window.range(after, after + 1);
    return more.length === 0 ? undefined : await this.#begin(after);
  }

  /** Reads the header of the stream that begins at this byte. Returns its first block, or that of a later stream. */
  async #begin(offset: number): Promise<Mark | undefined> {
    const header = await this.#window.range(offset, offset + HEADER_BYTES);
    if (header.length < HEADER_BYTES) throw DamagedStreamError.cutOff();
    const level = header.readUInt8(MAGIC.length);
    if (header.toString('latin1', 0, MAGIC.length) !== MAGIC || level < 0x31 || level > 0x39) {
      throw damaged('bad stream header');
    }
    this.#crc = 0;
    const bit = 8 * (offset + HEADER_BYTES);
    const mark = await this.#window.find(bit);
    if (!mark) throw DamagedStreamError.cutOff();
    if (mark.bit !== bit) throw damaged('bad block header');
    return await this.#toBlock(mark);
  }
}

const damaged = (message: string) => new DamagedStreamError('IOException', message);

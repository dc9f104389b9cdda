/** Pairs that wait for a writer: as bytes, because the job may change its objects, and in a local file if there are many. */
import { ByteSink } from '../sort/byte-sink.ts';
import { OverflowFile } from '../sort/overflow-file.ts';
import { decodeValueExactly, encodeValue } from '../sort/value-codec.ts';

/** Bytes of pairs in memory above which they go to a local file. */
const MEMORY_BYTES_MAX = 32 * 1024 * 1024;
/** Two lengths of 4 bytes each stand before a key and its value. */
const HEAD_BYTES = 8;

export type Pair = readonly [key: unknown, value: unknown];

export class PairQueue {
  readonly #overflow: OverflowFile;
  #sink = new ByteSink(256);
  #hasOverflow = false;

  /** @param path of the local file */
  constructor(path: string) {
    this.#overflow = new OverflowFile(path);
  }

  get isEmpty(): boolean {
    return this.#sink.length === 0 && !this.#hasOverflow;
  }

  /** Bytes in memory. */
  get bytes(): number {
    return this.#sink.length;
  }

  /** @throws TypeError for a pair that a record can't keep */
  add(key: unknown, value: unknown): void {
    const sink = this.#sink;
    const head = sink.length;
    try {
      sink.reserve(HEAD_BYTES);
      sink.length += HEAD_BYTES;
      encodeValue(key, sink);
      const middle = sink.length;
      encodeValue(value, sink);
      sink.bytes.writeUInt32BE(middle - head - HEAD_BYTES, head);
      sink.bytes.writeUInt32BE(sink.length - middle, head + 4);
    } catch (e) {
      sink.length = head;
      throw e;
    }
    if (sink.length < MEMORY_BYTES_MAX) return;
    this.#overflow.append(sink.bytes.subarray(0, sink.length));
    sink.clear();
    this.#hasOverflow = true;
  }

  /** Yields the pairs in their order and takes them out. */
  async *drain(): AsyncGenerator<Pair> {
    const { bytes, length } = this.#sink;
    this.#sink = new ByteSink(256);
    if (this.#hasOverflow) {
      this.#hasOverflow = false;
      let left: Buffer = Buffer.alloc(0);
      for await (const chunk of this.#overflow.chunks()) {
        left = Buffer.concat([left, chunk]);
        left = left.subarray(yield* pairsOf(left));
      }
    }
    yield* pairsOf(bytes.subarray(0, length));
  }
}

/** Yields the whole pairs of these bytes. Returns the number of bytes that they take. */
function* pairsOf(bytes: Buffer): Generator<Pair, number> {
  let at = 0;
  while (at + HEAD_BYTES <= bytes.length) {
    const middle = at + HEAD_BYTES + bytes.readUInt32BE(at);
    const end = middle + bytes.readUInt32BE(at + 4);
    if (end > bytes.length) break;
    yield [decodeValueExactly(bytes, at + HEAD_BYTES, middle), decodeValueExactly(bytes, middle, end)];
    at = end;
  }
  return at;
}

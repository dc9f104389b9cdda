/** Pairs as raw bytes, as Hadoop Streaming gives and takes them: a length of four bytes before each key and value. */

const LENGTH_BYTES = 4;

/** Returns the bytes of one pair. */
export function rawBytes(key: Uint8Array, value: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(2 * LENGTH_BYTES + key.length + value.length);
  bytes.writeInt32BE(key.length, 0);
  bytes.set(key, LENGTH_BYTES);
  bytes.writeInt32BE(value.length, LENGTH_BYTES + key.length);
  bytes.set(value, 2 * LENGTH_BYTES + key.length);
  return bytes;
}

/** Yields the pairs of a stream. */
export class RawPairs implements AsyncIterable<readonly [key: Buffer, value: Buffer]> {
  readonly #source: AsyncIterable<Buffer>;

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source;
  }

  /** @throws Error if the stream ends within a pair */
  async *[Symbol.asyncIterator](): AsyncGenerator<readonly [Buffer, Buffer]> {
    let bytes: Buffer = Buffer.alloc(0);
    for await (const chunk of this.#source) {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      let start = 0;
      for (;;) {
        const keyEnd = partEnd(bytes, start);
        const valueEnd = keyEnd === undefined ? undefined : partEnd(bytes, keyEnd);
        if (keyEnd === undefined || valueEnd === undefined) break;
        yield [bytes.subarray(start + LENGTH_BYTES, keyEnd), bytes.subarray(keyEnd + LENGTH_BYTES, valueEnd)];
        start = valueEnd;
      }
      bytes = bytes.subarray(start);
    }
    if (bytes.length > 0) throw new Error('The input ends within a pair');
  }
}

function partEnd(bytes: Buffer, start: number): number | undefined {
  if (start + LENGTH_BYTES > bytes.length) return undefined;
  const end = start + LENGTH_BYTES + bytes.readInt32BE(start);
  return end <= bytes.length ? end : undefined;
}

/** Returns the content of a serialized Text, which has its length before it (WritableUtils.readVInt). */
export function textIn(bytes: Buffer): Buffer {
  const first = bytes.readInt8(0);
  // From -113 down, the first byte tells how many bytes of the length follow.
  return bytes.subarray(first >= -112 ? 1 : 1 + (-112 - first));
}

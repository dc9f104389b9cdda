/** Output format for keys and values that are bytes already. */
import type { BytesOutputFormat, RecordWriter } from './format.ts';

/** Writes the bytes of each key and value one after the other, with nothing between. */
export function binaryOutput(): BytesOutputFormat<Uint8Array, Uint8Array> {
  return { createWriter: () => new BinaryWriter() };
}

class BinaryWriter implements RecordWriter<Uint8Array, Uint8Array> {
  #parts: Uint8Array[] = [];
  pendingBytes = 0;

  write(key: Uint8Array, value: Uint8Array): void {
    this.#parts.push(key, value);
    this.pendingBytes += key.length + value.length;
  }

  take(): Uint8Array {
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    this.pendingBytes = 0;
    return bytes;
  }
}

/** Default input format: lines of text, and the same lines as bytes. */
import type { FedInputFormat, RecordReader } from './format.ts';
import { lineReader, OverLines } from './lines.ts';

/**
 * Gives each line, as Hadoop's TextInputFormat: the key is its byte offset in the file, the value its text. Bytes that are
 * not UTF-8 become U+FFFD in the text; a job without map() passes them on as they are.
 */
export function textInput(): FedInputFormat<number, string> {
  return { splitsCompressed: true, combines: true, createReader: (split, conf) => lineReader(split, conf) };
}

/** Gives each line as its bytes, without decoding them; the key is its byte offset in the file. */
export function bytesInput(): FedInputFormat<number, Uint8Array> {
  return {
    splitsCompressed: true,
    combines: true,
    createReader: (split, conf) => new BytesRecordReader(lineReader(split, conf, { decodes: false })),
  };
}

class BytesRecordReader extends OverLines implements RecordReader<number, Uint8Array> {
  get key(): number {
    return this.lines.key;
  }

  get value(): Uint8Array {
    const { buffer, byteOffset, length } = this.lines.lineBytes();
    return new Uint8Array(buffer, byteOffset, length);
  }

  next(): boolean {
    return this.lines.next();
  }
}

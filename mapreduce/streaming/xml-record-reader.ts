/** StreamXmlRecordReader: records from one mark to another one, such as from `<page>` to `</page>`. */
import type { RecordReader } from '../formats/format.ts';
import type { FileSplit, RangeSplit } from '../job/input-split.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';
import type { Datum } from './kinds.ts';

const EMPTY = Buffer.alloc(0);

/** @throws Error in Hadoop's words if a mark is missing */
export function xmlRecordReader(split: FileSplit | RangeSplit, conf: JobConfiguration): RecordReader<Datum, Datum> {
  const mark = (name: string): Buffer => {
    const property = `stream.recordreader.${name}`;
    const text = conf.get(property);
    if (text === undefined) throw new Error(`JobConf: missing required property: ${property}`);
    return Buffer.from(text);
  };
  return new XmlRecordReader(split, mark('begin'), mark('end'));
}

/**
 * A record belongs to the split in which its begin mark starts, and may end behind the split. Its key is the record with
 * both marks, its value is empty. Hadoop's search starts anew behind the byte at which a mark fails, so that it misses a
 * mark that begins within a failed one; this search does not.
 */
class XmlRecordReader implements RecordReader<Datum, Datum> {
  key: Buffer = EMPTY;
  readonly value = EMPTY;
  offset: number;
  #bytes: Buffer = EMPTY;
  /** Place of the first of #bytes in the file. */
  #base: number;
  /** Index of the current record's begin mark; undefined while it is searched. */
  #begin: number | undefined;
  /** Index from which on the next mark is searched. */
  #position = 0;
  #done = false;
  readonly #end: number;
  readonly #beginMark: Buffer;
  readonly #endMark: Buffer;

  constructor({ start, length }: FileSplit | RangeSplit, beginMark: Buffer, endMark: Buffer) {
    this.offset = start;
    this.#base = start;
    this.#end = start + length;
    this.#beginMark = beginMark;
    this.#endMark = endMark;
  }

  get done(): boolean {
    return this.#done;
  }

  feed(chunk: Uint8Array): void {
    const from = this.#begin ?? this.#position;
    this.#bytes = Buffer.concat([this.#bytes.subarray(from), chunk]);
    this.#base += from;
    this.#position -= from;
    if (this.#begin !== undefined) this.#begin = 0;
  }

  /** A record without its end mark is left out. */
  end(): void {
    if (!this.next()) this.#done = true;
  }

  next(): boolean {
    if (this.#done || !this.#findBegin()) return false;
    const begin = this.#begin ?? 0;
    const at = this.#bytes.indexOf(this.#endMark, this.#position);
    if (at < 0) {
      this.#position = Math.max(this.#position, this.#bytes.length - this.#endMark.length + 1);
      return false;
    }
    this.#position = at + this.#endMark.length;
    this.#begin = undefined;
    this.offset = this.#base + begin;
    this.key = this.#bytes.subarray(begin, this.#position);
    return true;
  }

  #findBegin(): boolean {
    if (this.#begin !== undefined) return true;
    const at = this.#bytes.indexOf(this.#beginMark, this.#position);
    const searched = at < 0 ? Math.max(this.#position, this.#bytes.length - this.#beginMark.length + 1) : at;
    if (this.#base + searched >= this.#end) this.#done = true;
    this.#position = searched;
    if (at < 0 || this.#done) return false;
    this.#begin = at;
    this.#position = at + this.#beginMark.length;
    return true;
  }
}

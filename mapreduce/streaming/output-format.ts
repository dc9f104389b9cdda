/** The output formats of streaming jobs, and TextOutputFormat for their keys and values of streaming jobs, which are bytes. */
import type { OutputFormat, RecordWriter } from '../formats/format.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';
import { OUTPUT_FORMATS, wordFor } from './class-names.ts';
import { type Datum, type Kinds, textBytes } from './kinds.ts';
import { sequenceOutput } from './sequence-output.ts';
import { LAZY_OUTPUT, OUTPUT_FORMAT } from './stream-properties.ts';

const SEPARATOR = 'mapreduce.output.textoutputformat.separator';
const INITIAL_BYTES = 64 * 1024;
const NEWLINE = 10;

/** @throws Error for a class that Calf does not have; the client has refused it */
export function streamOutput(conf: JobConfiguration, kinds: Kinds): OutputFormat<Datum, Datum> {
  const lazy = conf.get(LAZY_OUTPUT);
  const className = lazy ?? conf.get(OUTPUT_FORMAT, 'TextOutputFormat');
  const word = wordFor(OUTPUT_FORMATS, className);
  if (word === undefined) throw new Error(`Calf has no output format '${className}'`);
  const separator = Buffer.from(conf.get(SEPARATOR, '\t'));
  if (word === 'sequence') return lazy === undefined ? sequenceOutput(kinds) : { ...sequenceOutput(kinds), lazy: true };
  const format = { createWriter: () => new LineWriter(kinds, separator), namesWithoutPhase: true } as const;
  return lazy === undefined ? format : { ...format, lazy: true };
}

/** Writes `key TAB value NEWLINE`; a NullWritable is left out, and the separator too. */
class LineWriter implements RecordWriter<Datum, Datum> {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES);
  #length = 0;
  readonly #kinds: Kinds;
  readonly #separator: Buffer;

  constructor(kinds: Kinds, separator: Buffer) {
    this.#kinds = kinds;
    this.#separator = separator;
  }

  get pendingBytes(): number {
    return this.#length;
  }

  write(key: Datum, value: Datum): void {
    const keyBytes = key === null ? undefined : textBytes(this.#kinds.key, key);
    const valueBytes = value === null ? undefined : textBytes(this.#kinds.value, value);
    this.#reserve((keyBytes?.length ?? 0) + (valueBytes?.length ?? 0) + this.#separator.length + 1);
    if (keyBytes) this.#append(keyBytes);
    if (keyBytes && valueBytes) this.#append(this.#separator);
    if (valueBytes) this.#append(valueBytes);
    this.#bytes[this.#length++] = NEWLINE;
  }

  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.allocUnsafe(INITIAL_BYTES);
    this.#length = 0;
    return taken;
  }

  #append(bytes: Buffer): void {
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

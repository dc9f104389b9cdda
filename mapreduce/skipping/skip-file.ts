/** The SequenceFile with the records that an attempt has skipped (Hadoop: MapTask.SkippingRecordReader.writeSkippedRec). */
import type { FileOutput } from '../../client/filesystem/file-system.ts';
import { hostCodec } from '../formats/host-codecs.ts';
import { SequenceWriter } from '../sequence-file/sequence-writer.ts';
import { type Writable, writableNamed } from '../sequence-file/writables.ts';

const BLOCK_BYTES = 1_000_000;
const FLUSH_BYTES = 256 * 1024;
/** The directory within the job's output if mapreduce.job.skip.outdir is not set. */
export const SKIP_DIRECTORY = '_logs/skip';

/** Keys are those of the input if they are positions, else text; values are text or bytes. Other values become JSON. */
export class SkipFile {
  readonly #open: () => Promise<FileOutput>;
  #started:
    | { readonly file: FileOutput; readonly writer: SequenceWriter; readonly key: Writable; readonly value: Writable }
    | undefined;

  /** @param open makes the file, when the first record is skipped */
  constructor(open: () => Promise<FileOutput>) {
    this.#open = open;
  }

  async write(key: unknown, value: unknown): Promise<void> {
    this.#started ??= await this.#start(key, value);
    const { file, writer, key: keyClass, value: valueClass } = this.#started;
    writer.write(asClass(keyClass, key), asClass(valueClass, value));
    if (writer.pendingBytes >= FLUSH_BYTES) await file.write(writer.take());
  }

  async close(): Promise<void> {
    const started = this.#started;
    this.#started = undefined;
    if (!started) return;
    await started.file.write(started.writer.end());
    await started.file.close();
  }

  async #start(firstKey: unknown, firstValue: unknown) {
    const engine = await hostCodec('DefaultCodec');
    const compression = { type: 'BLOCK' as const, className: engine.className, engine, blockBytes: BLOCK_BYTES };
    const key = writableNamed(Number.isSafeInteger(firstKey) ? 'LongWritable' : textOrBytes(firstKey));
    const value = writableNamed(textOrBytes(firstValue));
    const writer = new SequenceWriter({ key, value, compression, metadata: new Map() });
    return { file: await this.#open(), writer, key, value };
  }
}

const textOrBytes = (value: unknown): string => (value instanceof Uint8Array ? 'BytesWritable' : 'Text');

/** Returns the value as one that the file's class holds. */
function asClass(writable: Writable, value: unknown): unknown {
  if (writable.write(value)) return value;
  const text = value instanceof Uint8Array ? Buffer.from(value).toString() : (JSON.stringify(value) ?? String(value));
  return writable.write(text) ? text : Buffer.from(text);
}

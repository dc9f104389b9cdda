/** An output file whose bytes the format's writer gives to the task. */
import type { Codec, Compressor } from '../../client/codecs/codec.ts';
import { engineOf } from '../../client/codecs/decompress.ts';
import type { FileOutput } from '../../client/filesystem/file-system.ts';
import type { BytesOutputFormat, RecordWriter } from '../formats/format.ts';
import { withoutText } from '../formats/text.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';
import { OverflowFile } from '../sort/overflow-file.ts';
import type { PairOutput } from './pair-output.ts';

const FLUSH_BYTES = 256 * 1024;
/** Bytes of output in memory above which output goes to a local file. */
const MEMORY_BYTES_MAX = 32 * 1024 * 1024;

export class BytesOutput implements PairOutput {
  readonly #writer: RecordWriter<unknown, unknown>;
  readonly #create: () => Promise<FileOutput>;
  readonly #overflow: OverflowFile;
  readonly #takesText: boolean;
  readonly #codec: Codec | undefined;
  #file: FileOutput | undefined;
  #compressor: Compressor | undefined;

  /**
   * @param overflow path of a local file for output that is emitted faster than it can be written
   * @param codec by which the file is compressed
   */
  constructor(
    format: BytesOutputFormat<unknown, unknown>,
    conf: JobConfiguration,
    create: () => Promise<FileOutput>,
    overflow: string,
    codec: Codec | undefined,
  ) {
    this.#writer = format.createWriter(conf);
    this.#takesText = format.takesText ?? false;
    this.#create = create;
    this.#overflow = new OverflowFile(overflow);
    this.#codec = codec;
  }

  get isFull(): boolean {
    return this.#writer.pendingBytes >= FLUSH_BYTES;
  }

  get pendingBytes(): number {
    return this.#writer.pendingBytes;
  }

  async open(): Promise<void> {
    if (this.#file) return;
    if (this.#codec) this.#compressor = (await engineOf(this.#codec)).compressor();
    this.#file = await this.#create();
  }

  write(key: unknown, value: unknown): void {
    if (this.#takesText) this.#writer.write(key, value);
    else this.#writer.write(withoutText(key), withoutText(value));
    if (this.#writer.pendingBytes >= MEMORY_BYTES_MAX) this.#overflow.append(this.#writer.take());
  }

  async flush(): Promise<void> {
    await this.#overflow.drain((chunk) => this.#write(chunk));
    await this.#write(this.#writer.take());
  }

  async close(): Promise<void> {
    await this.flush();
    if (this.#file && this.#writer.end) await this.#write(this.#writer.end());
    if (this.#compressor) await this.#file?.write(await this.#compressor.end());
    await this.#file?.close();
  }

  async abort(): Promise<void> {
    // The file belongs to the attempt, which gives it up.
    this.#compressor?.close();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    await this.open();
    const written = this.#compressor ? await this.#compressor.write(bytes) : bytes;
    if (written.length > 0) await this.#file?.write(written);
  }
}

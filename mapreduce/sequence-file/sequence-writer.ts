/** Makes the bytes of a SequenceFile. */
import type { CodecEngine } from '../../client/codecs/codec.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { systemRandom } from '../../runtime/runtime.ts';
import { vlongBytes } from './data-input.ts';
import { headerBytes, SYNC_BYTES } from './header.ts';
import { SYNC_ESCAPE } from './sequence-records.ts';
import { type Writable, writableOf } from './writables.ts';

/** Bytes after which a sync mark is written (SequenceFile.SYNC_INTERVAL). */
const SYNC_INTERVAL_BYTES = 100 * 1024;

export interface SequenceCompression {
  readonly type: 'RECORD' | 'BLOCK';
  readonly className: string;
  readonly engine: CodecEngine;
  /** Bytes of keys and values that are compressed together (io.seqfile.compress.blocksize). */
  readonly blockBytes: number;
}

export interface SequenceWriterOptions {
  /** Default: the class of the first key's kind. */
  readonly key?: Writable | undefined;
  readonly value?: Writable | undefined;
  readonly compression?: SequenceCompression | undefined;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Gathers the bytes of pairs. */
export class SequenceWriter {
  readonly #o: SequenceWriterOptions;
  readonly #sync = systemRandom.bytes(SYNC_BYTES);
  readonly #mark: Buffer;
  #key: Writable | undefined;
  #value: Writable | undefined;
  #parts: Uint8Array[] = [];
  #partsBytes = 0;
  /** Bytes of the file so far. */
  #position = 0;
  #lastSync = 0;
  /** Of the block: the lengths of keys, the keys, the lengths of values, the values. */
  #block: Buffer[][] = [[], [], [], []];
  #blockBytes = 0;
  #blockRecords = 0;

  constructor(options: SequenceWriterOptions) {
    this.#o = options;
    this.#key = options.key;
    this.#value = options.value;
    const mark = Buffer.alloc(4);
    mark.writeInt32BE(SYNC_ESCAPE);
    this.#mark = Buffer.concat([mark, this.#sync]);
  }

  /** Bytes gathered since the last take(). */
  get pendingBytes(): number {
    return this.#partsBytes + this.#blockBytes;
  }

  /** @throws IOException for a key or a value of another class than the file's */
  write(key: unknown, value: unknown): void {
    this.#key ??= writableOf(key);
    this.#value ??= writableOf(value);
    if (this.#position === 0) this.#header(this.#key, this.#value);
    const keyBytes = bytesOf(this.#key, key, 'key');
    const valueBytes = bytesOf(this.#value, value, 'value');
    const { compression } = this.#o;
    if (compression?.type === 'BLOCK') {
      const parts = [vlongBytes(keyBytes.length), keyBytes, vlongBytes(valueBytes.length), valueBytes];
      for (const [i, part] of parts.entries()) this.#block[i]?.push(part);
      this.#blockRecords++;
      this.#blockBytes += keyBytes.length + valueBytes.length;
      if (this.#blockBytes >= compression.blockBytes) this.#endBlock(compression.engine);
      return;
    }
    if (this.#position >= this.#lastSync + SYNC_INTERVAL_BYTES) this.#addSync();
    const packed = compression ? compression.engine.compress(valueBytes) : valueBytes;
    const lengths = Buffer.alloc(8);
    lengths.writeInt32BE(keyBytes.length + packed.length, 0);
    lengths.writeInt32BE(keyBytes.length, 4);
    this.#add(lengths, keyBytes, packed);
  }

  /** Returns the bytes that are whole, and forgets them. */
  take(): Buffer {
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#partsBytes = 0;
    return bytes;
  }

  /** Returns the last bytes. A file without records has a header: of the classes that were named, else of Text. */
  end(): Buffer {
    if (this.#position === 0) this.#header(this.#key ?? writableOf(''), this.#value ?? writableOf(''));
    if (this.#o.compression) this.#endBlock(this.#o.compression.engine);
    return this.take();
  }

  #header({ className: keyClass }: Writable, { className: valueClass }: Writable): void {
    const { compression, metadata } = this.#o;
    const isBlockCompressed = compression?.type === 'BLOCK';
    const codecClass = compression?.className;
    this.#add(headerBytes({ keyClass, valueClass, isBlockCompressed, codecClass, metadata, sync: this.#sync }));
    this.#lastSync = this.#position;
  }

  #endBlock(engine: CodecEngine): void {
    if (this.#blockRecords === 0) return;
    this.#addSync();
    this.#add(vlongBytes(this.#blockRecords));
    for (const parts of this.#block) {
      const packed = engine.compress(Buffer.concat(parts));
      this.#add(vlongBytes(packed.length), packed);
    }
    this.#block = [[], [], [], []];
    this.#blockBytes = 0;
    this.#blockRecords = 0;
  }

  #addSync(): void {
    this.#add(this.#mark);
    this.#lastSync = this.#position;
  }

  #add(...parts: Uint8Array[]): void {
    for (const part of parts) {
      this.#parts.push(part);
      this.#partsBytes += part.length;
      this.#position += part.length;
    }
  }
}

function bytesOf(writable: Writable, value: unknown, what: 'key' | 'value'): Buffer {
  const bytes = writable.write(value);
  if (bytes) return bytes;
  const kind = value === null ? 'null' : typeof value === 'object' ? 'an object' : `${typeof value} ${String(value)}`;
  throw hadoopError(
    'IOException',
    `wrong ${what} class: ${kind} is not ${writable.className}. The first ${what} of a file decides, unless sequenceFileOutput({ ${what} }) names a class`,
  );
}

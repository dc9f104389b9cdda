/** The interfaces of a codec: how a compressed file or a piece of compressed bytes is read and written. */
import type { CompressedInput } from './compressed-input.ts';

export interface Codec {
  /** The simple name of the class in Hadoop, such as `GzipCodec`. */
  readonly name: string;
  /** The package of the class in Java. Default: org.apache.hadoop.io.compress. */
  readonly javaPackage?: string;
  /** The end of the names of files that are compressed so. */
  readonly suffix: string;
  /** A program that decompresses to standard output. */
  readonly program: string;
  /** Whether a reader can begin within a file (Hadoop: SplittableCompressionCodec). */
  readonly splittable?: true;
  /** Loads the code of the codec. Undefined: Calf cannot read such files. */
  readonly load?: () => Promise<CodecEngine>;
}

/** The loaded code of a codec. */
export interface CodecEngine {
  /** Yields the bytes of one compressed stream; bytes after its end stay in the input. @throws DamagedStreamError */
  stream(input: CompressedInput): AsyncGenerator<Uint8Array>;
  /** Returns all bytes of compressed bytes that are in memory. @throws DamagedStreamError */
  decompress(bytes: Uint8Array): Buffer;
  /** Returns one compressed stream of these bytes. */
  compress(bytes: Uint8Array): Buffer;
  /** Returns a compressor of one stream, whose bytes come in pieces. */
  compressor(): Compressor;
}

/** Compresses one stream. Each call waits for the one before; the bytes that a call returns belong to the caller. */
export interface Compressor {
  /** Takes the next bytes. Returns compressed bytes, often none. */
  write(bytes: Uint8Array): Promise<Uint8Array>;
  /** Ends the stream. Returns its last bytes. */
  end(): Promise<Uint8Array>;
  /** Gives up the stream; a compressor that has not ended is closed by this. */
  close(): void;
}

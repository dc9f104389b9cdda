/** The bytes of a compressed file, read in pieces of any size, and the error of bytes that are damaged. */
import { type HadoopError, hadoopError, type JavaClassName } from '../../runtime/errors.ts';

/** Thrown by the decoders of a codec for a stream that is damaged or cut off; decompress() adds the file and the offset. */
export class DamagedStreamError extends Error {
  override readonly name = 'DamagedStreamError';
  /** The class that Hadoop's decompressor throws. */
  readonly javaName: JavaClassName;

  constructor(javaName: 'IOException' | 'EOFException', message: string, cause?: unknown) {
    super(message, { cause });
    this.javaName = javaName;
  }

  static cutOff(cause?: unknown): DamagedStreamError {
    return new DamagedStreamError('EOFException', 'Unexpected end of input stream', cause);
  }
}

/** Whether an error is a DamagedStreamError, also one of another copy of this module: bundles of jobs have their own. */
export function isDamage(e: unknown): e is DamagedStreamError {
  return e instanceof Error && e.name === 'DamagedStreamError';
}

/** Returns the error of a file that is damaged; `position` is the offset up to which the file was read. */
export function damage(file: string, position: number, cause: DamagedStreamError): HadoopError {
  const place = `${file}: the compressed data is damaged near offset ${position}`;
  return hadoopError(cause.javaName, `${place}: ${cause.message}`, cause);
}

export class CompressedInput {
  readonly #source: AsyncIterator<Uint8Array>;
  /** Bytes that were read from the source and are not taken yet. */
  #rest: Uint8Array = new Uint8Array(0);
  /** Offset in the file of the next byte that is taken. */
  position: number;

  /** @param position offset in the file of the first byte of the source */
  constructor(source: AsyncIterable<Uint8Array>, position = 0) {
    this.#source = source[Symbol.asyncIterator]();
    this.position = position;
  }

  /** Returns the next piece, of any length but 0. Undefined at the end of the file. */
  async next(): Promise<Uint8Array | undefined> {
    if (!(await this.#fill())) return undefined;
    const piece = this.#rest;
    this.#rest = new Uint8Array(0);
    this.position += piece.length;
    return piece;
  }

  /** Returns the next `length` bytes. Undefined if the file has fewer. */
  async take(length: number): Promise<Buffer | undefined> {
    const parts: Uint8Array[] = [];
    for (let missing = length; missing > 0; ) {
      const piece = await this.next();
      if (!piece) return undefined;
      if (piece.length > missing) this.putBack(piece.subarray(missing));
      parts.push(piece.subarray(0, missing));
      missing -= Math.min(missing, piece.length);
    }
    return Buffer.concat(parts);
  }

  /** Gives back the end of the piece that was taken last. */
  putBack(bytes: Uint8Array): void {
    this.#rest = bytes;
    this.position -= bytes.length;
  }

  /** Whether the file has ended. */
  async isAtEnd(): Promise<boolean> {
    return !(await this.#fill());
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #fill(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#source.next();
      if (done) return false;
      this.#rest = value;
    }
    return true;
  }
}

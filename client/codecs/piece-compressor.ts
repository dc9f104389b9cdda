/** Compresses a stream piece by piece, for codecs whose pieces are compressed independently. */
import type { Compressor } from './codec.ts';

/** How a codec makes a stream of pieces. */
export interface PieceEncoder {
  /** Largest number of bytes of a piece. */
  readonly pieceBytes: number;
  /** Returns the compressed bytes of the next piece that are whole. */
  piece(bytes: Uint8Array): Uint8Array;
  /** Returns the end of the stream. */
  end(): Uint8Array;
}

const NONE = new Uint8Array(0);

/** Gathers bytes until a piece is full. */
export class PieceCompressor implements Compressor {
  readonly #encoder: PieceEncoder;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(encoder: PieceEncoder) {
    this.#encoder = encoder;
  }

  async write(bytes: Uint8Array): Promise<Uint8Array> {
    const { pieceBytes } = this.#encoder;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes < pieceBytes) {
      // The caller may use its array again.
      this.#pending[this.#pending.length - 1] = Uint8Array.from(bytes);
      return NONE;
    }
    const all = Buffer.concat(this.#pending);
    const parts: Uint8Array[] = [];
    let at = 0;
    for (; at + pieceBytes <= all.length; at += pieceBytes) {
      parts.push(this.#encoder.piece(all.subarray(at, at + pieceBytes)));
    }
    this.#pending = [all.subarray(at)];
    this.#pendingBytes = all.length - at;
    return Buffer.concat(parts);
  }

  async end(): Promise<Uint8Array> {
    const last = this.#pendingBytes === 0 ? NONE : this.#encoder.piece(Buffer.concat(this.#pending));
    this.close();
    return Buffer.concat([last, this.#encoder.end()]);
  }

  close(): void {
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}

/** Returns one stream of bytes that are in memory. */
export function compressedPieces(bytes: Uint8Array, encoder: PieceEncoder): Buffer {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += encoder.pieceBytes) {
    parts.push(encoder.piece(bytes.subarray(at, at + encoder.pieceBytes)));
  }
  return Buffer.concat([...parts, encoder.end()]);
}

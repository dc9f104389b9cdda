/** Reads and writes the numbers and texts of Hadoop's Writables (DataInput, WritableUtils). */
import { hadoopError } from '../../runtime/errors.ts';

/** A position in bytes. A read beyond the end is an EOFException. */
export class DataInput {
  readonly bytes: Buffer;
  at: number;
  readonly end: number;

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** Returns the offset of the next `length` bytes and moves behind them. */
  skip(length: number): number {
    if (length < 0) throw hadoopError('IOException', `A length is negative: ${length}`);
    const from = this.at;
    if (from + length > this.end) throw hadoopError('EOFException', 'The bytes of a record end too early');
    this.at += length;
    return from;
  }

  take(length: number): Buffer {
    const from = this.skip(length);
    return this.bytes.subarray(from, from + length);
  }

  int(): number {
    return this.bytes.readInt32BE(this.skip(4));
  }

  /** Reads WritableUtils.writeVInt. @throws IOException for a number that is no int */
  vint(): number {
    const value = this.vlong();
    if (value < -(2n ** 31n) || value >= 2n ** 31n)
      throw hadoopError('IOException', 'value too long to fit in integer');
    return Number(value);
  }

  /**
   * Reads WritableUtils.writeVLong. A first byte from -112 on is the value itself. Below it, it tells the number of bytes
   * that follow, and whether they are the complement of a negative number.
   */
  vlong(): bigint {
    const first = this.bytes.readInt8(this.skip(1));
    if (first >= -112) return BigInt(first);
    const isNegative = first < -120;
    const length = isNegative ? -120 - first : -112 - first;
    let value = 0n;
    for (const byte of this.take(length)) value = (value << 8n) | BigInt(byte);
    return isNegative ? ~value : value;
  }

  /** Reads the bytes of a Text. */
  text(): Buffer {
    return this.take(this.vint());
  }
}

/** Returns the length in bytes of the number that begins with this byte (WritableUtils.decodeVIntSize). */
export function vlongLength(first: number): number {
  if (first >= -112) return 1;
  return 1 + (first < -120 ? -120 - first : -112 - first);
}

/** Returns WritableUtils.writeVLong of a number. */
export function vlongBytes(number: number | bigint): Buffer {
  const value = BigInt(number);
  if (value >= -112n && value <= 127n) return Buffer.of(Number(value) & 0xff);
  const bits = value < 0n ? ~value : value;
  const hex = bits.toString(16);
  const digits = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return Buffer.concat([Buffer.of(((value < 0n ? -120 : -112) - digits.length) & 0xff), digits]);
}

/** Returns Text.writeString of a string, or the same of bytes. */
export function textBytes(text: string | Uint8Array): Buffer {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  return Buffer.concat([vlongBytes(bytes.length), bytes]);
}

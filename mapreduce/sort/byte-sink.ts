/** A growing byte array for encoders, and the reader of its varints. */
const SHORT_STRING_CHARS = 32;
/** Up to this length, a loop copies bytes faster than a call into native code. */
const SHORT_COPY_BYTES = 48;

/** A byte array that grows at its end. Every call that writes may replace `bytes` by a larger array. */
export class ByteSink {
  bytes: Buffer;
  length = 0;

  constructor(initialBytes = 1024) {
    this.bytes = Buffer.allocUnsafeSlow(initialBytes);
  }

  clear(): void {
    this.length = 0;
  }

  /** Makes room for `more` bytes, which the caller then writes to `bytes` directly. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** Writes seven bits a byte, the low bits first; `value` is in [0, 2^32). */
  varint(value: number): void {
    this.reserve(5);
    let rest = value;
    while (rest > 0x7f) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }

  double(value: number): void {
    this.reserve(8);
    this.length = this.bytes.writeDoubleBE(value, this.length);
  }

  raw(source: Uint8Array, start = 0, end = source.length): void {
    const length = end - start;
    this.reserve(length);
    const { bytes, length: at } = this;
    if (length <= SHORT_COPY_BYTES) for (let i = 0; i < length; i++) bytes[at + i] = source[start + i] as number;
    else if (Buffer.isBuffer(source)) source.copy(bytes, at, start, end);
    else bytes.set(source.subarray(start, end), at);
    this.length = at + length;
  }

  /** Writes bytes that end with 00; a 00 in them is written as 00 FF. */
  escaped(source: Uint8Array): void {
    this.reserve(2 * source.length + 1);
    for (const byte of source) {
      this.bytes[this.length++] = byte;
      if (byte === 0) this.bytes[this.length++] = 0xff;
    }
    this.bytes[this.length++] = 0;
  }

  /** Returns false, and writes nothing, for text with a lone surrogate, which UTF-8 can't hold. */
  utf8(text: string): boolean {
    const chars = text.length;
    this.reserve(chars * 3);
    if (chars <= SHORT_STRING_CHARS && this.#shortAscii(text, chars)) return true;
    if (!isWellFormed(text)) return false;
    this.length += this.bytes.write(text, this.length, 'utf8');
    return true;
  }

  /** Writes the length of the text as a varint, and the text. Returns false, and writes nothing, as utf8() does. */
  sizedUtf8(text: string): boolean {
    const chars = text.length;
    this.reserve(1 + chars * 3);
    const start = this.length;
    if (chars <= SHORT_STRING_CHARS) {
      this.bytes[this.length++] = chars;
      if (this.#shortAscii(text, chars)) return true;
      this.length = start;
    }
    if (!isWellFormed(text)) return false;
    this.varint(Buffer.byteLength(text));
    return this.utf8(text);
  }

  /** Writes two bytes for each unit of the text, the low one first. */
  utf16(text: string): void {
    this.reserve(text.length * 2);
    this.length += this.bytes.write(text, this.length, 'utf16le');
  }

  /**
   * Writes a short ASCII string with a loop, which is faster than a call into native code. Returns false, and writes
   * nothing, if the string is not ASCII.
   */
  #shortAscii(text: string, chars: number): boolean {
    const { bytes, length } = this;
    for (let i = 0; i < chars; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      bytes[length + i] = code;
    }
    this.length = length + chars;
    return true;
  }
}

/** Reads the numbers that ByteSink.varint wrote; `position` is then the byte after the number. */
export class VarintReader {
  position = 0;

  read(bytes: Uint8Array): number {
    let value = 0;
    let shift = 0;
    for (;;) {
      const byte = bytes[this.position++];
      if (byte === undefined || shift > 28) throw new Error('A record is cut off or damaged');
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
      shift += 7;
    }
  }
}

/** Whether a string has no lone surrogate. */
export function isWellFormed(text: string): boolean {
  // The types of this method come with a later version of the language than the one that Calf is compiled for.
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

/** Finds the marks of 48 bits with which the blocks and the end of a bzip2 stream begin, at any bit. */

/** The digits of pi, which begin a block, and those of its square root, which begin the end of a stream. */
const BLOCK_MARK = 0x314159265359n;
const END_MARK = 0x177245385090n;
export const MARK_BITS = 48;

/** The header of a stream with blocks of up to 900,000 bytes. */
export const HEADER = Buffer.from('BZh9');

/** Returns the bits that end a stream: the mark, and the CRC over its blocks. */
export function endOfStream(crc: number): Buffer {
  return Buffer.from(END_MARK.toString(16).padStart(12, '0') + crc.toString(16).padStart(8, '0'), 'hex');
}

export interface Mark {
  readonly kind: 'block' | 'end';
  /** Place of the mark's first bit. */
  readonly bit: number;
}

interface Pattern {
  readonly kind: Mark['kind'];
  readonly shift: number;
  /** The bits of the mark in the byte before the middle, and in the byte after it. */
  readonly first: number;
  readonly last: number;
  readonly lastMask: number;
  /** The five bytes that the mark fills wholly. */
  readonly middle: Buffer;
}

const MIDDLE_BYTES = 5;

const PATTERNS: readonly Pattern[] = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((shift) =>
  (['block', 'end'] as const).map((kind) => {
    const bytes = Buffer.alloc(8);
    const mark = kind === 'block' ? BLOCK_MARK : END_MARK;
    bytes.writeBigUInt64BE(mark << BigInt(16 - shift));
    return {
      kind,
      shift,
      first: bytes.readUInt8(0),
      middle: bytes.subarray(1, 1 + MIDDLE_BYTES),
      last: bytes.readUInt8(1 + MIDDLE_BYTES),
      lastMask: (0xff << (8 - shift)) & 0xff,
    };
  }),
);

/** Returns the first mark that begins at this bit or later and that is whole. Undefined: there is none. */
export function findMark(bytes: Buffer, fromBit: number): Mark | undefined {
  let best: Mark | undefined;
  for (const pattern of PATTERNS) {
    const bit = find(bytes, pattern, fromBit, best?.bit ?? Number.POSITIVE_INFINITY);
    if (bit !== undefined) best = { kind: pattern.kind, bit };
  }
  return best;
}

function find(bytes: Buffer, pattern: Pattern, fromBit: number, before: number): number | undefined {
  const { shift, first, middle, last, lastMask } = pattern;
  // No mark at or after `before` is wanted, so no byte is looked at behind it.
  const searched = before === Number.POSITIVE_INFINITY ? bytes : bytes.subarray(0, Math.ceil(before / 8) + 7);
  for (let at = Math.floor(fromBit / 8) + 1; ; at++) {
    at = searched.indexOf(middle, at);
    if (at < 0) return undefined;
    const bit = (at - 1) * 8 + shift;
    if (bit >= before) return undefined;
    const fits = ((bytes[at - 1] as number) & (0xff >> shift)) === first;
    const next = bytes[at + MIDDLE_BYTES];
    const fitsAfter = lastMask === 0 || (next !== undefined && (next & lastMask) === last);
    if (bit >= fromBit && fits && fitsAfter) return bit;
  }
}

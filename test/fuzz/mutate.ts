// Mutates good frames.
import fc from 'fast-check';
import { SeededRandom } from './random.ts';

/** One mutation of a frame: its kind, its place and a value. `applyEdits` defines the kinds. */
export type Edit = readonly [kind: number, at: number, value: number];

/** Recipe of one frame: the good frame chosen by `base`, and the edits applied to it. */
export interface Recipe {
  readonly base: number;
  readonly edits: readonly Edit[];
}

const INT32S = [0, -1, 1, 3, 4, 2 ** 31 - 1, -(2 ** 31), 2 ** 24, 2 ** 24 + 1, 2 ** 20, 2 ** 27, 2 ** 27 + 1, 0x7fff];
const BYTES = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x0a, 0x12, 0x08, 0x10, 0x1b, 0x0c];
/** Varints at the limits: of 32 and 64 bits, the longest, too long, and not in the shortest form. */
const VARINTS = ['00', '7f', '8001', 'ffffffff07', 'ffffffff0f', '8080808010', 'ffffffffffffffff7f']
  .concat(['ffffffffffffffffff01', '80808080808080808001', 'ffffffffffffffffffffff', '808080808000'])
  .map((hex) => Buffer.from(hex, 'hex'));
const REPEATED_BYTES_MAX = 64 * 1024;
const KINDS = 14;

export const edit: fc.Arbitrary<Edit> = fc.tuple(
  fc.nat({ max: KINDS - 1 }),
  fc.nat({ max: 0x7fffffff }),
  fc.nat({ max: 0x7fffffff }),
);

/** Draws recipes. Some frames stay unchanged: good frames between bad ones advance a decoder's state. */
export const recipe: fc.Arbitrary<Recipe> = fc.record({
  base: fc.nat({ max: 0x7fffffff }),
  edits: fc.array(edit, { maxLength: 4, size: 'max' }),
});

/** Applies edits one after the other. @param other returns bytes to splice in */
export function applyEdits(good: Buffer, edits: readonly Edit[], other: () => Buffer): Buffer {
  let bytes: Buffer = Buffer.from(good);
  for (const one of edits) bytes = applyEdit(bytes, one, other);
  return bytes;
}

function applyEdit(bytes: Buffer, [kind, where, value]: Edit, other: () => Buffer): Buffer {
  const at = where % (bytes.length + 1);
  const length = 1 + (value % Math.max(1, Math.min(bytes.length - at, 64)));
  const end = Math.min(at + length, bytes.length);
  const insert = (piece: Buffer) => Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
  const cut = () => Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
  switch (kind) {
    case 0: // one bit
      if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << (value & 7));
      return bytes;
    case 1:
      if (at < bytes.length) bytes[at] = BYTES[value % BYTES.length] as number;
      return bytes;
    case 2:
      return bytes.subarray(0, at);
    case 3:
      return cut();
    case 4: // a part twice
      return insert(bytes.subarray(at, end));
    case 5:
      return insert(VARINTS[value % VARINTS.length] as Buffer);
    case 6:
      if (at + 4 <= bytes.length) bytes.writeInt32BE(INT32S[value % INT32S.length] as number, at);
      return bytes;
    case 7:
      if (at + 2 <= bytes.length) bytes.writeInt16BE(((INT32S[value % INT32S.length] as number) << 16) >> 16, at);
      return bytes;
    case 8: // the head of this and the tail of another
      return Buffer.concat([bytes.subarray(0, at), tail(other(), value)]);
    case 9:
      return insert(new SeededRandom(value).bytes(length));
    case 10:
      return Buffer.concat([cut(), bytes.subarray(at, end)]);
    case 11:
      return value % 50 === 0 ? insert(repeated(bytes.subarray(at, end))) : bytes;
    case 12:
      return bytes.fill(0, at, end);
    default:
      if (at < bytes.length) bytes[at] = (bytes[at] as number) + 1;
      return bytes;
  }
}

const tail = (bytes: Buffer, value: number) => bytes.subarray(value % (bytes.length + 1));

function repeated(piece: Buffer): Buffer {
  return piece.length === 0 ? piece : Buffer.alloc(REPEATED_BYTES_MAX, piece);
}

/** Splits bytes into pieces of random lengths, as a network may deliver them. */
export function split(bytes: Buffer, random: SeededRandom): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + random.below(random.oneIn(2) ? 4 : 4096));
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}

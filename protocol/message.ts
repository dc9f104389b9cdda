/** Protobuf messages as values: their bytes, their limits, and their 64-bit numbers. */
import protobuf from 'protobufjs/minimal.js';

// protobufjs would use the `long` package for 64-bit fields if it were installed; here they are numbers.
(protobuf.util as { Long: unknown }).Long = null;
protobuf.configure();

/** One protobuf message: how its plain object becomes bytes and back. */
export interface MessageType<T> {
  /** Full protobuf name, such as `hadoop.hdfs.ExtendedBlockProto`. */
  readonly name: string;
  encode(message: T): Uint8Array;
  /** Returns the message behind its length as a varint, as DataTransferProtocol and RPC frames carry messages. */
  encodeDelimited(message: T): Uint8Array;
  /** @throws Error if the bytes are cut short or a required field is missing */
  decode(bytes: Uint8Array): T;
  write(message: T, writer: protobuf.Writer): protobuf.Writer;
  read(reader: protobuf.Reader, end: number): T;
}

/** A message as its bytes, for a handler that keeps the bytes of its answer before the answer is sent. */
export class EncodedMessage<T> {
  readonly type: MessageType<T>;
  readonly bytes: Uint8Array;

  constructor(type: MessageType<T>, message: T) {
    this.type = type;
    this.bytes = type.encode(message);
  }
}

/**
 * The most that the repeated fields of one frame may hold: 16 Mi numbers, or 1 Mi objects and texts. A limit on the
 * frame's size is not enough: two bytes of a frame can make an object of a hundred bytes, and V8 ends the process when an
 * array reaches 2^27 elements. The longest lists that Hadoop sends are the three numbers for each block of an old block
 * report, at most some millions.
 */
const REPEATED_WEIGHT_MAX = 2 ** 24;
const OBJECT_WEIGHT = 16;
/** The weight so far in the frame that is being decoded. One variable is enough, because decoding never waits. */
let repeatedWeight = 0;

/** Starts the count anew. To be called before messages of a frame are read with `read`; `decode` calls it itself. */
export function beginFrame(): void {
  repeatedWeight = 0;
}

/** Counts a number in a repeated field. @throws Error if the frame has too many */
export function countNumber(): void {
  if (++repeatedWeight > REPEATED_WEIGHT_MAX) throw new Error('A message has too many repeated fields');
}

/** Counts an object or text in a repeated field. @throws Error if the frame has too many */
export function countObject(): void {
  repeatedWeight += OBJECT_WEIGHT - 1;
  countNumber();
}

/** Returns a message type made of its generated writer and reader. */
export function message<T>(
  name: string,
  write: (message: T, writer: protobuf.Writer) => protobuf.Writer,
  read: (reader: protobuf.Reader, end: number) => T,
): MessageType<T> {
  return {
    name,
    write,
    read,
    encode: (m) => write(m, protobuf.Writer.create()).finish(),
    encodeDelimited: (m) => write(m, protobuf.Writer.create().fork()).ldelim().finish(),
    decode: (bytes) => {
      beginFrame();
      return read(protobuf.Reader.create(bytes), bytes.length);
    },
  };
}

/** @throws Error that names the required field which a decoded message does not have */
export function missing(messageName: string, field: string): never {
  throw new Error(`Message missing required fields: ${messageName}.${field}`);
}

/** The number nearest to Java's Long.MAX_VALUE. writeLong writes Long.MAX_VALUE for it. */
export const LONG_MAX = 2 ** 63;
const LONG_MAX_BITS = { low: -1, high: 0x7fffffff, unsigned: false };

const bitsOf = (value: number) => (value >= LONG_MAX ? LONG_MAX_BITS : value);

/** Writes a 64-bit field. Numbers up to 2^53 are exact; Long.MAX_VALUE is written for 2^63 and above. */
export function writeLong(w: protobuf.Writer, value: number): void {
  w.int64(bitsOf(value));
}

/** Writes a field of type sint64 by the rules of writeLong. */
export function writeZigZagLong(w: protobuf.Writer, value: number): void {
  w.sint64(bitsOf(value));
}

/** Writes a field of type sfixed64 by the rules of writeLong. */
export function writeFixedLong(w: protobuf.Writer, value: number): void {
  w.sfixed64(bitsOf(value));
}

/** Reads a 64-bit field as a signed number, as Java does. Values beyond 2^53 are rounded. */
export function readLong(r: protobuf.Reader): number {
  return r.int64() as unknown as number;
}

/** Writes a 64-bit field from the decimal digits of a signed number. */
export function writeExactLong(w: protobuf.Writer, digits: string): void {
  const value = BigInt.asIntN(64, BigInt(digits));
  const bits = {
    low: Number(BigInt.asIntN(32, value)),
    high: Number(BigInt.asIntN(32, value >> 32n)),
    unsigned: false,
  };
  w.int64(bits);
}

/** Reads a 64-bit field as the decimal digits of a signed number. */
export function readExactLong(r: protobuf.Reader): string {
  const start = r.pos;
  r.int64();
  let value = 0n;
  for (let at = r.pos - 1; at >= start; at--) value = (value << 7n) | BigInt((r.buf[at] ?? 0) & 0x7f);
  return String(BigInt.asIntN(64, value));
}

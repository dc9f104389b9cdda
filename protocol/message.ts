import protobuf from 'protobufjs/minimal.js';

// 64-bit fields as numbers, whether or not the `long` package is installed.
(protobuf.util as { Long: unknown }).Long = null;
protobuf.configure();

/** One protobuf message: how its plain object becomes bytes and back. */
export interface MessageType<T> {
  /** Full protobuf name, such as `hadoop.hdfs.ExtendedBlockProto`. */
  readonly name: string;
  encode(message: T): Uint8Array;
  /** The message with its varint length in front, as DataTransferProtocol and RPC frames carry it. */
  encodeDelimited(message: T): Uint8Array;
  /** @throws Error when the bytes are cut short or a required field is missing */
  decode(bytes: Uint8Array): T;
  write(message: T, writer: protobuf.Writer): protobuf.Writer;
  read(reader: protobuf.Reader, end: number): T;
}

/** A message as its bytes, for who needs them before the message is sent. */
export class EncodedMessage<T> {
  readonly type: MessageType<T>;
  readonly bytes: Uint8Array;

  constructor(type: MessageType<T>, message: T) {
    this.type = type;
    this.bytes = type.encode(message);
  }
}

/**
 * How much the repeated fields of one frame may hold: 16 Mi numbers, or 1 Mi objects and texts. Two bytes of a frame can
 * make an object of a hundred, and V8 ends the process over an array of 2^27; so a frame's size alone is no limit. The
 * longest lists that Hadoop sends are the three numbers for each block of an old block report, at most some millions.
 */
const REPEATED_WEIGHT_MAX = 2 ** 24;
const OBJECT_WEIGHT = 16;
/** Of the frame that is being decoded; decoding never waits. */
let repeatedWeight = 0;

/** To be called before a frame's messages are read with `read`; `decode` does it itself. */
export function beginFrame(): void {
  repeatedWeight = 0;
}

/** A number more in a repeated field. @throws Error when the frame has too many */
export function countNumber(): void {
  if (++repeatedWeight > REPEATED_WEIGHT_MAX) throw new Error('A message has too many repeated fields');
}

/** The same for an object or text. */
export function countObject(): void {
  repeatedWeight += OBJECT_WEIGHT - 1;
  countNumber();
}

/** Makes a message type of its two generated halves. */
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

/** Fails a decode whose message lacks a required field. */
export function missing(messageName: string, field: string): never {
  throw new Error(`Message missing required fields: ${messageName}.${field}`);
}

/** Java's Long.MAX_VALUE as the nearest number; it goes to the wire as Long.MAX_VALUE again. */
export const LONG_MAX = 2 ** 63;
const LONG_MAX_BITS = { low: -1, high: 0x7fffffff, unsigned: false };

const bitsOf = (value: number) => (value >= LONG_MAX ? LONG_MAX_BITS : value);

/** Writes a 64-bit field; numbers are exact up to 2^53, and anything from 2^63 up is Long.MAX_VALUE. */
export function writeLong(w: protobuf.Writer, value: number): void {
  w.int64(bitsOf(value));
}

/** The same of a field of type sint64. */
export function writeZigZagLong(w: protobuf.Writer, value: number): void {
  w.sint64(bitsOf(value));
}

/** The same of a field of type sfixed64. */
export function writeFixedLong(w: protobuf.Writer, value: number): void {
  w.sfixed64(bitsOf(value));
}

/** Reads a 64-bit field as Java does, signed; values beyond 2^53 are rounded. */
export function readLong(r: protobuf.Reader): number {
  return r.int64() as unknown as number;
}

/** Writes a 64-bit field that is kept as its decimal digits, signed. */
export function writeExactLong(w: protobuf.Writer, digits: string): void {
  const value = BigInt.asIntN(64, BigInt(digits));
  const bits = {
    low: Number(BigInt.asIntN(32, value)),
    high: Number(BigInt.asIntN(32, value >> 32n)),
    unsigned: false,
  };
  w.int64(bits);
}

/** Reads a 64-bit field as its decimal digits, signed. */
export function readExactLong(r: protobuf.Reader): string {
  const start = r.pos;
  r.int64();
  let value = 0n;
  for (let at = r.pos - 1; at >= start; at--) value = (value << 7n) | BigInt((r.buf[at] ?? 0) & 0x7f);
  return String(BigInt.asIntN(64, value));
}

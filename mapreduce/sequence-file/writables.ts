/** Hadoop's Writables: the classes of keys and values in SequenceFiles, as values of JavaScript, and as text. */
import { hadoopError } from '../../runtime/errors.ts';
import { decodeExactly, Text } from '../formats/text.ts';
import { type DataInput, textBytes, vlongBytes } from './data-input.ts';
import { doubleText, floatText } from './java-numbers.ts';

export interface Writable {
  /** The name of the class in Java. */
  readonly className: string;
  read(input: DataInput): unknown;
  /** Returns undefined for a value that the class does not hold. */
  write(value: unknown): Buffer | undefined;
  /** Returns the text of a value that read() has given, as the class's toString(). */
  text(value: unknown): string;
}

const HADOOP_IO = 'org.apache.hadoop.io.';

/** Returns bytes that a function writes. */
function fixed(length: number, write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(length);
  write(bytes);
  return bytes;
}

const isInt = (value: unknown, bits: number): value is number =>
  Number.isInteger(value) && (value as number) >= -(2 ** (bits - 1)) && (value as number) < 2 ** (bits - 1);

/** Returns the value as a long if it is one. */
function longOf(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? value : undefined;
  return Number.isSafeInteger(value) ? BigInt(value as number) : undefined;
}

/** Returns a long as a number if a number holds it exactly, else as a bigint. */
function numberOf(long: bigint): number | bigint {
  const number = Number(long);
  return Number.isSafeInteger(number) ? number : long;
}

const NUMBER_TEXT = (value: unknown): string => String(value);

/** The bytes of a value are copied, because the bytes of the record are used again. */
const WRITABLES: readonly Writable[] = [
  {
    className: `${HADOOP_IO}Text`,
    read(input) {
      const bytes = input.text();
      return decodeExactly(bytes, 0, bytes.length);
    },
    write: (value) => {
      if (typeof value === 'string') return textBytes(value);
      return value instanceof Text ? textBytes(value.bytes) : undefined;
    },
    text: String,
  },
  {
    className: `${HADOOP_IO}IntWritable`,
    read: (input) => input.int(),
    write: (value) => (isInt(value, 32) ? fixed(4, (b) => b.writeInt32BE(value)) : undefined),
    text: NUMBER_TEXT,
  },
  {
    className: `${HADOOP_IO}LongWritable`,
    read: (input) => numberOf(input.bytes.readBigInt64BE(input.skip(8))),
    write: (value) => {
      const long = longOf(value);
      return long === undefined ? undefined : fixed(8, (b) => b.writeBigInt64BE(long));
    },
    text: NUMBER_TEXT,
  },
  {
    className: `${HADOOP_IO}VIntWritable`,
    read: (input) => input.vint(),
    write: (value) => (isInt(value, 32) ? vlongBytes(value) : undefined),
    text: NUMBER_TEXT,
  },
  {
    className: `${HADOOP_IO}VLongWritable`,
    read: (input) => numberOf(input.vlong()),
    write: (value) => {
      const long = longOf(value);
      return long === undefined ? undefined : vlongBytes(long);
    },
    text: NUMBER_TEXT,
  },
  {
    className: `${HADOOP_IO}ShortWritable`,
    read: (input) => input.bytes.readInt16BE(input.skip(2)),
    write: (value) => (isInt(value, 16) ? fixed(2, (b) => b.writeInt16BE(value)) : undefined),
    text: NUMBER_TEXT,
  },
  {
    className: `${HADOOP_IO}ByteWritable`,
    read: (input) => input.bytes.readInt8(input.skip(1)),
    write: (value) => (isInt(value, 8) ? fixed(1, (b) => b.writeInt8(value)) : undefined),
    text: NUMBER_TEXT,
  },
  {
    className: `${HADOOP_IO}DoubleWritable`,
    read: (input) => input.bytes.readDoubleBE(input.skip(8)),
    write: (value) => (typeof value === 'number' ? fixed(8, (b) => b.writeDoubleBE(value)) : undefined),
    text: (value) => doubleText(Number(value)),
  },
  {
    className: `${HADOOP_IO}FloatWritable`,
    read: (input) => input.bytes.readFloatBE(input.skip(4)),
    write: (value) => (typeof value === 'number' ? fixed(4, (b) => b.writeFloatBE(value)) : undefined),
    text: (value) => floatText(Number(value)),
  },
  {
    className: `${HADOOP_IO}BooleanWritable`,
    read: (input) => input.take(1)[0] !== 0,
    write: (value) => (typeof value === 'boolean' ? Buffer.of(value ? 1 : 0) : undefined),
    text: String,
  },
  {
    className: `${HADOOP_IO}BytesWritable`,
    read: (input) => Uint8Array.from(input.take(input.int())),
    write: (value) => {
      if (!(value instanceof Uint8Array)) return undefined;
      return Buffer.concat([fixed(4, (b) => b.writeInt32BE(value.length)), value]);
    },
    text: (value) => (value instanceof Uint8Array ? Array.from(value, hexOf).join(' ') : ''),
  },
  {
    className: `${HADOOP_IO}NullWritable`,
    read: () => null,
    write: (value) => (value == null ? Buffer.alloc(0) : undefined),
    text: () => '(null)',
  },
];

const hexOf = (byte: number): string => byte.toString(16).padStart(2, '0');

/**
 * Returns the Writable of a class, by its full name or its last part.
 * @throws IOException as WritableName.getClass for another class
 */
export function writableNamed(name: string): Writable {
  const writable = WRITABLES.find(({ className }) => className === name || className === `${HADOOP_IO}${name}`);
  if (writable) return writable;
  const known = WRITABLES.map(({ className }) => className.slice(HADOOP_IO.length)).join(', ');
  throw hadoopError('IOException', `WritableName can't load class: ${name}. Calf has ${known} of org.apache.hadoop.io`);
}

/** Returns the Writable that a value is written as if none is named. @throws IOException for a value of another kind */
export function writableOf(value: unknown): Writable {
  const name = nameOf(value);
  if (name) return writableNamed(name);
  const kind = Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
  throw hadoopError('IOException', `A SequenceFile can't hold ${kind}: write it as text, such as JSON, or as bytes`);
}

function nameOf(value: unknown): string | undefined {
  if (value == null) return 'NullWritable';
  if (typeof value === 'string' || value instanceof Text) return 'Text';
  if (typeof value === 'boolean') return 'BooleanWritable';
  if (value instanceof Uint8Array) return 'BytesWritable';
  if (longOf(value) !== undefined) return 'LongWritable';
  return typeof value === 'number' ? 'DoubleWritable' : undefined;
}

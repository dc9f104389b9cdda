/** Writes pairs to the standard input of an executable, in the form of `-io` (org.apache.hadoop.streaming.io, the InputWriter classes). */
import { type Datum, type Kind, type Kinds, textOf } from './kinds.ts';
import { longValue, sizedValue, TYPE } from './typed-bytes.ts';

/** Takes bytes for the executable. */
export interface ByteTarget {
  write(bytes: Uint8Array): void;
}

export interface PairWriter {
  /** Writes one pair; without a key if the executable gets the values alone. */
  write(key: Datum, value: Datum): void;
}

export interface WriterOptions {
  readonly kinds: Kinds;
  /** stream.map.input.field.separator, or that of reduces. */
  readonly separator: Buffer;
  /** Whether the key of text is left out (stream.map.input.ignoreKey). */
  readonly ignoresKey: boolean;
}

const NEWLINE = Buffer.from('\n');

/** Returns the writer of a form: text, rawbytes, typedbytes or keyonlytext. Any other word is text, as in Hadoop. */
export function pairWriter(form: string, target: ByteTarget, options: WriterOptions): PairWriter {
  const { kinds, separator, ignoresKey } = options;
  const toKey = converterOf(form, kinds.key);
  const toValue = converterOf(form, kinds.value);
  switch (form.toLowerCase()) {
    case 'rawbytes':
    case 'typedbytes':
      return {
        write(key, value) {
          target.write(toKey(key));
          target.write(toValue(value));
        },
      };
    case 'keyonlytext':
      return {
        write(key) {
          target.write(toKey(key));
          target.write(NEWLINE);
        },
      };
    default:
      return {
        write(key, value) {
          if (!ignoresKey) {
            target.write(toKey(key));
            target.write(separator);
          }
          target.write(toValue(value));
          target.write(NEWLINE);
        },
      };
  }
}

/** Returns the function that makes bytes of a key or value of a kind. */
function converterOf(form: string, kind: Kind): (datum: Datum) => Uint8Array {
  switch (form.toLowerCase()) {
    case 'rawbytes':
      return (datum) => rawBytes(kind, datum);
    case 'typedbytes':
      return (datum) => typedBytes(kind, datum);
    default:
      // TextInputWriter writes the bytes of Text and of BytesWritable, and of all others the text.
      return kind === 'long' || kind === 'none'
        ? (datum) => Buffer.from(textOf(kind, datum))
        : (datum) => datum as Buffer;
  }
}

/** Four bytes of length, then BytesWritable's content, or the Writable as it is serialized. */
function rawBytes(kind: Kind, datum: Datum): Buffer {
  const content = kind === 'bytes' || kind === 'typed' ? (datum as Buffer) : serialized(kind, datum);
  const length = Buffer.alloc(4);
  length.writeInt32BE(content.length);
  return Buffer.concat([length, content]);
}

function serialized(kind: Kind, datum: Datum): Buffer {
  if (kind === 'none') return Buffer.alloc(0);
  if (kind === 'long') {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(BigInt(datum as number));
    return bytes;
  }
  return Buffer.concat([vint((datum as Buffer).length), datum as Buffer]);
}

/** Returns a length as WritableUtils.writeVInt: one byte up to 127, else a byte that tells how many follow. */
function vint(value: number): Buffer {
  if (value <= 127) return Buffer.from([value]);
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([256 - 112 - bytes.length, ...bytes]);
}

function typedBytes(kind: Kind, datum: Datum): Uint8Array {
  switch (kind) {
    case 'typed':
      return datum as Buffer;
    case 'bytes':
      return sizedValue(TYPE.BYTES, datum as Buffer);
    case 'long':
      return longValue(datum as number);
    case 'none':
      return new Uint8Array(0);
    case 'text':
      // Hadoop writes Text.toString(): bytes that are not UTF-8 are lost here.
      return sizedValue(TYPE.STRING, Buffer.from(textOf('text', datum)));
  }
}

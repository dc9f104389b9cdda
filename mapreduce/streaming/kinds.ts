/** The kinds of keys and values in a streaming job: Hadoop's Writable classes, of which each stage has one for keys and one for values. */
import { decodeText } from '../formats/text.ts';
import { typedBytesText } from './typed-bytes.ts';

/**
 * text: Text; bytes: BytesWritable; typed: TypedBytesWritable; these are Buffers. long: LongWritable, a number. none:
 * NullWritable, which is null.
 */
export type Kind = 'text' | 'bytes' | 'typed' | 'long' | 'none';

export interface Kinds {
  readonly key: Kind;
  readonly value: Kind;
}

export type Datum = Buffer | number | null;

/** Gives a pair to the next stage. */
export type Emit = (key: Datum, value: Datum) => void;

export const JAVA_CLASS: Readonly<Record<Kind, string>> = {
  text: 'org.apache.hadoop.io.Text',
  bytes: 'org.apache.hadoop.io.BytesWritable',
  typed: 'org.apache.hadoop.typedbytes.TypedBytesWritable',
  long: 'org.apache.hadoop.io.LongWritable',
  none: 'org.apache.hadoop.io.NullWritable',
};

/** Returns the bytes that Java's toString() makes of a key or value, as TextOutputFormat writes them; those of a Text stay as they are. */
export function textBytes(kind: Kind, datum: Datum): Buffer {
  if (kind === 'text') return datum as Buffer;
  return Buffer.from(textOf(kind, datum));
}

/** Returns the result of Java's toString(). */
export function textOf(kind: Kind, datum: Datum): string {
  switch (kind) {
    case 'long':
      return String(datum);
    case 'none':
      return '(null)';
    case 'text':
      return decodeText(datum as Buffer, 0, (datum as Buffer).length);
    case 'bytes':
      return ((datum as Buffer).toString('hex').match(/../g) ?? []).join(' ');
    case 'typed':
      return typedBytesText(datum as Buffer);
  }
}

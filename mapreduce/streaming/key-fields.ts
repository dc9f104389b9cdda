/** The fields of a key that `-k` options name: KeyFieldHelper of Hadoop, the grammar of Unix sort. Pure. */

/** One `-k`: the part of a key from a field and character to another one, both counted from 1. */
export interface KeyPart {
  beginField: number;
  beginChar: number;
  /** 0: to the key's end. */
  endField: number;
  /** 0: to the field's end. */
  endChar: number;
  numeric: boolean;
  reverse: boolean;
}

export interface KeySpec {
  /** Empty: no option was given, and the key is one piece. */
  readonly parts: readonly KeyPart[];
  /** Whether a `-k` was given; otherwise the whole key is one field. */
  readonly hasFields: boolean;
  /** Between two fields. */
  readonly separator: Buffer;
}

/** The numbers of a key's bytes before its end; an end before its start is an empty range. */
export interface Range {
  readonly start: number;
  /** The last byte of the range. */
  readonly end: number;
}

const INVALID = 'Invalid -k argument. Must be of the form -k pos1,[pos2], where pos is of the form f[.c]nr';

const wholeKey = (): KeyPart => ({
  beginField: 1,
  beginChar: 1,
  endField: 0,
  endChar: 0,
  numeric: false,
  reverse: false,
});

/** Parses `-k1,2 -k3n -r`. @throws Error for a part that is none */
export function parseKeySpec(options: string, separator: string): KeySpec {
  const words = options.split(/[ \t\n\r\f]+/).filter((word) => word !== '');
  const parts: KeyPart[] = [];
  const global = wholeKey();
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '-n' || word === '-nr') global.numeric = true;
    if (word === '-r' || word === '-nr') global.reverse = true;
    if (!word.startsWith('-k')) continue;
    const text = word === '-k' ? words[++i] : word.slice(2);
    if (text !== undefined) parts.push(parsePart(text));
  }
  for (const part of parts) if (!part.numeric && !part.reverse) Object.assign(part, ordersOf(global));
  const hasFields = parts.length > 0;
  const all = hasFields || words.length === 0 ? parts : [global];
  return { parts: all, hasFields, separator: Buffer.from(separator) };
}

const ordersOf = ({ numeric, reverse }: KeyPart) => ({ numeric, reverse });

/** The old property num.key.fields.for.partition: the first fields of the key. */
export function firstFields(count: number, separator: string): KeySpec {
  const parts = count >= 1 ? [{ ...wholeKey(), endField: count }] : [];
  return { parts, hasFields: count >= 1, separator: Buffer.from(separator) };
}

/** `1[.3][nr][,1.5][nr]` */
function parsePart(text: string): KeyPart {
  const match = /^(-?\d+)(?:\.(-?\d+))?([nr]*)(?:,(-?\d+)(?:\.(-?\d+))?([nr]*))?$/.exec(text);
  if (!match) throw new Error(INVALID);
  const [, field, char = '1', beginOrders = '', endField = '0', endChar = '0', endOrders = ''] = match;
  const orders = beginOrders + endOrders;
  return {
    beginField: Number(field),
    beginChar: Number(char),
    endField: Number(endField),
    endChar: Number(endChar),
    numeric: orders.includes('n'),
    reverse: orders.includes('r'),
  };
}

/** Returns the lengths of the key's fields, the first one at 1, and at 0 the number of fields. */
export function fieldLengths(key: Buffer, { hasFields, separator }: KeySpec): number[] {
  if (!hasFields) return [1];
  const lengths = [0];
  let start = 0;
  for (let at = key.indexOf(separator); at >= 0; at = key.indexOf(separator, start)) {
    lengths.push(at - start);
    // Hadoop goes on behind the separator's first byte, whatever its length is.
    start = at + 1;
  }
  lengths.push(key.length - start);
  lengths[0] = lengths.length - 1;
  return lengths;
}

/** Returns the bytes that a part of the spec names; undefined if the key has no such field or character. */
export function rangeOf(key: Buffer, lengths: readonly number[], part: KeyPart, spec: KeySpec): Range | undefined {
  const fields = lengths[0] ?? 0;
  if (fields < part.beginField) return undefined;
  const begin = fieldStart(lengths, part.beginField, spec);
  if (begin + part.beginChar > key.length) return undefined;
  return { start: begin + part.beginChar - 1, end: endOf(key, lengths, part, spec) };
}

function endOf(key: Buffer, lengths: readonly number[], part: KeyPart, spec: KeySpec): number {
  const fields = lengths[0] ?? 0;
  if (part.endField === 0 || fields < part.endField) return key.length - 1;
  const start = fieldStart(lengths, part.endField, spec);
  const end = start + (part.endChar === 0 ? (lengths[part.endField] ?? 0) : part.endChar);
  return end <= key.length ? end - 1 : key.length - 1;
}

function fieldStart(lengths: readonly number[], field: number, { separator }: KeySpec): number {
  let start = 0;
  for (let i = 1; i < field; i++) start += (lengths[i] ?? 0) + separator.length;
  return start;
}

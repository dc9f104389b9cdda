/** Types of configuration properties: each parses the text of a property into a value. */
export interface Property<T> {
  /** The kind of value, for documents: `int`, `bytes`, `time, ms`. */
  readonly type: string;
  readonly defaultText: string;
  readonly meaning: string;
  /** Hadoop's default, where Calf's is another one. */
  readonly hadoopDefault: string | undefined;
  /** @throws Error whose message says which form of text was expected */
  readonly parse: (text: string) => T;
}

/** A maker of the properties of one type: `type(default, meaning, Hadoop's default if it differs)`. */
function property<T>(type: string, parse: (text: string) => T) {
  return (defaultText: string | number | boolean, meaning: string, hadoopDefault?: string | number): Property<T> => ({
    type,
    defaultText: String(defaultText),
    meaning,
    hadoopDefault: hadoopDefault === undefined ? undefined : String(hadoopDefault),
    parse,
  });
}

const SIZE_UNITS: Record<string, number> = { '': 0, b: 0, k: 10, m: 20, g: 30, t: 40, p: 50, e: 60 };
const TIME_UNITS_MS: Record<string, number> = { ns: 1e-6, us: 1e-3, ms: 1, s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7 };

function parseInteger(text: string): number {
  const value = /^[+-]?(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new Error('an integer');
  return value;
}

/** Takes Java's suffixes too, because Hadoop's own defaults have them: `0.32f`. */
function parseDecimal(text: string): number {
  const digits = text.replace(/(?<=[\d.])[fd]$/i, '');
  const value = digits === '' ? Number.NaN : Number(digits);
  if (Number.isNaN(value)) throw new Error('a number');
  return value;
}

function parseBytes(text: string): number {
  const match = /^([+-]?\d+)\s*([bkmgtpe]?)b?$/i.exec(text);
  if (!match) throw new Error('a size in bytes, such as 134217728 or 128m');
  return Number(match[1]) * 2 ** (SIZE_UNITS[(match[2] ?? '').toLowerCase()] ?? 0);
}

/** Parses a time with Hadoop's unit suffixes (`30s`, `5m`) to milliseconds; `bareUnitMs` is the unit of a bare number. */
function parseTime(bareUnitMs: number) {
  return (text: string): number => {
    const match = /^(-?\d+)\s*(ns|us|ms|s|m|h|d)?$/.exec(text);
    if (!match) throw new Error('a time, such as 30s or 5m');
    return Number(match[1]) * (match[2] ? (TIME_UNITS_MS[match[2]] ?? 1) : bareUnitMs);
  };
}

function parseBoolean(text: string): boolean {
  const lower = text.toLowerCase();
  if (lower !== 'true' && lower !== 'false') throw new Error('true or false');
  return lower === 'true';
}

function parseList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

export const text = property('string', (t) => t);
export const integer = property('int', parseInteger);
export const decimal = property('float', parseDecimal);
export const bytes = property('bytes', parseBytes);
export const millis = property('time, ms', parseTime(1));
export const seconds = property('time, s', parseTime(1000));
export const list = property('list', parseList);
export const bool = property('boolean', parseBoolean);

/** A property that names one of the given classes of Hadoop. */
export const classOf = (...names: readonly string[]) =>
  property('class', (t) => {
    if (!names.includes(t)) throw new Error(names.join(' or '));
    return t;
  });

/** A property whose value is one of the given words. */
export const oneOf = <T extends string>(...words: readonly T[]) =>
  property('word', (t): T => {
    const word = words.find((w) => w === t);
    if (word === undefined) throw new Error(words.join(' or '));
    return word;
  });

/** A table of properties by name. */
export type PropertyTable = Readonly<Record<string, Property<unknown>>>;

/** Makes pairs of the standard output of an executable, in the form of `-io` (the OutputReader classes). Push parsers, without IO. */
import { LineRecordReader } from '../formats/line-record-reader.ts';
import type { Emit, Kinds } from './kinds.ts';
import { endOfValue, TYPE } from './typed-bytes.ts';

export interface PairReader {
  readonly kinds: Kinds;
  /** Takes the next bytes, and gives each pair that has come in full. */
  feed(chunk: Buffer, emit: Emit): void;
  /** Gives the last pair, at the end of the output. @throws Error if the output ends within a pair */
  end(emit: Emit): void;
}

export interface ReaderOptions {
  /** stream.map.output.field.separator, or that of reduces. */
  readonly separator: Buffer;
  /** stream.num.map.output.key.fields, or that of reduces. */
  readonly keyFields: number;
}

/** Returns the kinds of the pairs that executables give in a form. */
export function kindsOf(form: string): Kinds {
  switch (form.toLowerCase()) {
    case 'rawbytes':
      return { key: 'bytes', value: 'bytes' };
    case 'typedbytes':
      return { key: 'typed', value: 'typed' };
    case 'keyonlytext':
      return { key: 'text', value: 'none' };
    default:
      return { key: 'text', value: 'text' };
  }
}

/** Returns the reader of a form. Any other word than rawbytes, typedbytes and keyonlytext is text, as in Hadoop. */
export function pairReader(form: string, options: ReaderOptions): PairReader {
  switch (form.toLowerCase()) {
    case 'rawbytes':
      return new BinaryReader(kindsOf(form), rawPair);
    case 'typedbytes':
      return new BinaryReader(kindsOf(form), typedPair);
    case 'keyonlytext':
      return new TextReader(kindsOf(form), (line, emit) => emit(line, null));
    default:
      return new TextReader(kindsOf(form), (line, emit) => splitLine(line, options, emit));
  }
}

const EMPTY = Buffer.alloc(0);

/** Splits a line at the separator behind its key's last field. A line with fewer separators is a key with an empty value. */
function splitLine(line: Buffer, { separator, keyFields }: ReaderOptions, emit: Emit): void {
  let at = line.indexOf(separator);
  for (let field = 1; field < keyFields && at >= 0; field++) at = line.indexOf(separator, at + separator.length);
  if (at < 0) emit(line, EMPTY);
  else emit(line.subarray(0, at), line.subarray(at + separator.length));
}

class TextReader implements PairReader {
  readonly kinds: Kinds;
  readonly #lines: LineRecordReader;
  readonly #give: (line: Buffer, emit: Emit) => void;

  constructor(kinds: Kinds, give: (line: Buffer, emit: Emit) => void) {
    this.kinds = kinds;
    this.#give = give;
    // Only a file's first bytes may be a byte order mark, which is dropped: the lines of a pipe begin at 1.
    this.#lines = new LineRecordReader(1, Number.POSITIVE_INFINITY, {
      file: 'The output of the executable',
      decodes: false,
      whole: true,
    });
  }

  feed(chunk: Buffer, emit: Emit): void {
    this.#lines.feed(chunk);
    this.#giveLines(emit);
  }

  end(emit: Emit): void {
    this.#lines.end();
    this.#giveLines(emit);
  }

  #giveLines(emit: Emit): void {
    while (this.#lines.next()) this.#give(this.#lines.lineBytes(), emit);
  }
}

/** Gives the pair at `start`. Returns the index behind it; undefined if the bytes end within it. */
type GivePair = (bytes: Buffer, start: number, emit: Emit) => number | undefined;

class BinaryReader implements PairReader {
  readonly kinds: Kinds;
  readonly #give: GivePair;
  #bytes = EMPTY;
  /** Chunks that end no pair are joined when there are as many bytes again, so that a long pair is copied few times. */
  #held: Buffer[] = [];
  #heldBytes = 0;

  constructor(kinds: Kinds, give: GivePair) {
    this.kinds = kinds;
    this.#give = give;
  }

  feed(chunk: Buffer, emit: Emit): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes >= this.#bytes.length) this.#givePairs(emit);
  }

  end(emit: Emit): void {
    this.#givePairs(emit);
    if (this.#bytes.length > 0) throw new Error('The output of the executable ends within a pair');
  }

  #givePairs(emit: Emit): void {
    const bytes = Buffer.concat([this.#bytes, ...this.#held]);
    this.#held = [];
    this.#heldBytes = 0;
    let start = 0;
    for (;;) {
      const end = this.#give(bytes, start, emit);
      if (end === undefined) break;
      start = end;
    }
    this.#bytes = bytes.subarray(start);
  }
}

/** A pair of rawbytes: four bytes of length and the key, then the same of the value. */
const rawPair: GivePair = (bytes, start, emit) => {
  const key = rawEnd(bytes, start);
  const value = key === undefined ? undefined : rawEnd(bytes, key);
  if (key === undefined || value === undefined) return undefined;
  emit(bytes.subarray(start + 4, key), bytes.subarray(key + 4, value));
  return value;
};

function rawEnd(bytes: Buffer, start: number): number | undefined {
  if (start + 4 > bytes.length) return undefined;
  const length = bytes.readInt32BE(start);
  if (length < 0) throw new Error(`The output of the executable has the length ${length}`);
  const end = start + 4 + length;
  return end <= bytes.length ? end : undefined;
}

const typedPair: GivePair = (bytes, start, emit) => {
  const key = endOfValue(bytes, start);
  const value = key === undefined ? undefined : endOfValue(bytes, key);
  if (key === undefined || value === undefined) return undefined;
  if (bytes[start] === TYPE.MARKER || bytes[key] === TYPE.MARKER) throw new Error('A marker is no key and no value');
  emit(bytes.subarray(start, key), bytes.subarray(key, value));
  return value;
};

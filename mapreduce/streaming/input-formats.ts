/** The input formats of streaming jobs: keys and values are bytes, of the kinds that Hadoop's classes give. */
import { hadoopError } from '../../runtime/errors.ts';
import type { FedInputFormat, InputFormat, RecordReader } from '../formats/format.ts';
import type { LineReader } from '../formats/line.ts';
import { lineReader, OverLines } from '../formats/lines.ts';
import { nLineInput } from '../formats/n-line-input.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';
import { INPUT_FORMATS, RECORD_READERS, wordFor } from './class-names.ts';
import type { Datum, Kinds } from './kinds.ts';
import { sequenceInput } from './sequence-input.ts';
import { INPUT_FORMAT, RECORD_READER } from './stream-properties.ts';
import { xmlRecordReader } from './xml-record-reader.ts';

export interface StreamInput {
  readonly format: InputFormat<Datum, Datum>;
  readonly kinds: Kinds;
  /** Whether executables get no key by default: the place of a line tells them nothing. */
  readonly ignoresKey: boolean;
}

type Reading = RecordReader<Datum, Datum>;
const SEPARATOR = 'mapreduce.input.keyvaluelinerecordreader.key.value.separator';
const EMPTY = Buffer.alloc(0);

/**
 * Returns the input format of a job's properties.
 * @throws Error for a class that Calf does not have; the client has refused it
 */
export function streamInput(conf: JobConfiguration): StreamInput {
  const className = conf.get(INPUT_FORMAT, 'TextInputFormat');
  switch (wordFor(INPUT_FORMATS, className)) {
    case 'text':
      return { format: LINES, kinds: { key: 'long', value: 'text' }, ignoresKey: true };
    case 'n-line':
      return { format: N_LINES, kinds: { key: 'long', value: 'text' }, ignoresKey: false };
    case 'key-value':
      return { format: KEY_VALUES, kinds: { key: 'text', value: 'text' }, ignoresKey: false };
    case 'stream': {
      const reader = conf.get(RECORD_READER, '');
      if (wordFor(RECORD_READERS, reader) !== 'xml') throw new Error(`Calf has no record reader '${reader}'`);
      return { format: { createReader: xmlRecordReader }, kinds: { key: 'text', value: 'text' }, ignoresKey: false };
    }
    case 'sequence':
      requireText(conf, className);
      return { format: sequenceInput('exact'), kinds: { key: 'text', value: 'text' }, ignoresKey: false };
    case 'sequence-text':
      return { format: sequenceInput('text'), kinds: { key: 'text', value: 'text' }, ignoresKey: false };
    case 'sequence-binary':
      return { format: sequenceInput('binary'), kinds: { key: 'bytes', value: 'bytes' }, ignoresKey: false };
    default:
      throw new Error(`Calf has no input format '${className}'`);
  }
}

/** @throws IllegalArgumentException for a binary form: it tells executables the classes, which differ from file to file */
function requireText(conf: JobConfiguration, className: string): void {
  const form = conf.get('stream.map.input', 'text');
  if (!/^(rawbytes|typedbytes)$/i.test(form)) return;
  throw hadoopError(
    'IllegalArgumentException',
    `${className} with stream.map.input=${form}: Calf gives SequenceFiles to executables as text; SequenceFileAsBinaryInputFormat has their bytes`,
  );
}

const N_LINE = nLineInput();

const LINES: FedInputFormat<Datum, Datum> = {
  createReader: (split, conf) => new Lines(lineReader(split, conf, { decodes: false })),
};

/**
 * The splits of N lines as Hadoop has them: each begins with the line end before its first line, and the first one ends
 * before its last byte. Their lengths decide which map gets which number.
 */
const N_LINES: FedInputFormat<Datum, Datum> = {
  ...LINES,
  async getSplits(files, context) {
    const splits = (await N_LINE.getSplits?.(files, context)) ?? [];
    return splits.map((split) => {
      if (split.kind !== 'file') return split;
      const { start, length } = split;
      return start === 0 ? { ...split, length: length - 1 } : { ...split, start: start - 1 };
    });
  },
};

const KEY_VALUES: FedInputFormat<Datum, Datum> = {
  createReader(split, conf) {
    const separator = Buffer.from(conf.get(SEPARATOR, '\t'))[0] ?? 0;
    return new KeyValues(lineReader(split, conf, { decodes: false }), separator);
  },
};

/** Gives the place and the bytes of each line. */
class Lines extends OverLines implements Reading {
  get key(): number {
    return this.lines.key;
  }

  get value(): Buffer {
    return this.lines.lineBytes();
  }

  next(): boolean {
    return this.lines.next();
  }
}

/** Splits each line at the first byte that is the separator; a line without it is a key with an empty value. */
class KeyValues extends OverLines implements Reading {
  key: Buffer = EMPTY;
  value: Buffer = EMPTY;
  readonly #separator: number;

  constructor(lines: LineReader, separator: number) {
    super(lines);
    this.#separator = separator;
  }

  next(): boolean {
    if (!this.lines.next()) return false;
    const line = this.lines.lineBytes();
    const at = line.indexOf(this.#separator);
    this.key = at < 0 ? line : line.subarray(0, at);
    this.value = at < 0 ? EMPTY : line.subarray(at + 1);
    return true;
  }
}

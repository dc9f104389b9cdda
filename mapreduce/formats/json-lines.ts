/** Formats of a JSON value on each line. */
import { hadoopError } from '../../runtime/errors.ts';
import type { Json } from '../job/input-split.ts';
import type { BytesOutputFormat, FedInputFormat, RecordReader } from './format.ts';
import { checkJson } from './json-text.ts';
import type { LineReader } from './line.ts';
import { fileOf, lineReader, OverLines } from './lines.ts';
import { TextRecordWriter } from './text-output.ts';

/** Gives the JSON value of each line; the key is the line's byte offset. Lines of white space alone are left out. */
export function jsonLinesInput<V = Json>(): FedInputFormat<number, V> {
  return {
    splitsCompressed: true,
    combines: true,
    createReader: (split, conf) => new JsonLinesReader(lineReader(split, conf), fileOf(split)),
  };
}

class JsonLinesReader<V> extends OverLines implements RecordReader<number, V> {
  #value: V | undefined;
  readonly #file: string;

  constructor(lines: LineReader, file: string) {
    super(lines);
    this.#file = file;
  }

  get key(): number {
    return this.lines.key;
  }

  get value(): V {
    return this.#value as V;
  }

  /** @throws IOException for a line that is no JSON, with its place */
  next(): boolean {
    while (this.lines.next()) {
      const { value: line, key } = this.lines;
      if (line.trim() === '') continue;
      try {
        this.#value = JSON.parse(line) as V;
      } catch (e) {
        if (!(e instanceof SyntaxError)) throw e;
        throw hadoopError('IOException', `${this.#file}: no JSON in the line at offset ${key}: ${e.message}`);
      }
      return true;
    }
    return false;
  }
}

/**
 * Writes one JSON value a line: the value of a pair whose key is null; of other pairs `{"key":…,"value":…}`. A value that JSON
 * can't keep is refused with its path.
 */
export function jsonLinesOutput<K = unknown, V = unknown>(): BytesOutputFormat<K, V> {
  return {
    extension: '.jsonl',
    createWriter: () => {
      const lines = new TextRecordWriter();
      return {
        get pendingBytes() {
          return lines.pendingBytes;
        },
        take: () => lines.take(),
        write(key, value) {
          checkJson('value', value);
          if (key != null) checkJson('key', key);
          lines.write(null, JSON.stringify(key == null ? value : { key, value }));
        },
      };
    },
  };
}

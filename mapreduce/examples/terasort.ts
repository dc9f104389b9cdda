/** The example terasort: sorts the records of teragen over all part files. */
import { job, program, UsageError } from '../api/api.ts';
import { binaryOutput } from '../formats/binary-output.ts';
import { fixedLengthInput } from '../formats/fixed-length-input.ts';
import { KEY_BYTES, RECORD_BYTES } from './tera-record.ts';

const BORDERS = 'terasort.borders';
const SAMPLES = 'mapreduce.terasort.partitions.sample';
const SAMPLED_PLACES = 10;

let borders: readonly Buffer[] = [];

/** Sorts 100-byte records by key. Each reduce gets a range of keys, one range after the other. */
export const sort = job<Uint8Array, Uint8Array, Uint8Array, Uint8Array, number, Uint8Array>({
  name: 'TeraSort',
  input: fixedLengthInput(RECORD_BYTES),
  // TeraOutputFormat never compresses.
  output: { ...binaryOutput(), compression: 'none' },
  setup({ conf }) {
    borders = conf
      .get(BORDERS, '')
      .split(',')
      .filter(Boolean)
      .map((hex) => Buffer.from(hex, 'hex'));
  },
  map(record, { emit }) {
    emit(record.subarray(0, KEY_BYTES), record.subarray(KEY_BYTES));
  },
  partition: (key) => rangeOf(key, borders),
});

/** Returns the number of borders that are not above the key. */
export function rangeOf(key: Uint8Array, sorted: readonly Uint8Array[]): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Buffer.compare(sorted[middle] ?? key, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns keys that divide the sampled keys into `ranges` parts of about the same size. */
export function chooseBorders(keys: readonly Buffer[], ranges: number): Buffer[] {
  const sorted = keys.toSorted(Buffer.compare);
  return Array.from({ length: ranges - 1 }, (_, i) => sorted[Math.round((sorted.length * (i + 1)) / ranges)]).filter(
    (key) => key !== undefined,
  );
}

export default program({
  name: 'terasort',
  usage: 'terasort <in> <out>',
  async main({ args, conf, run, list, readBytes }) {
    const [input, output] = args;
    if (!input || !output || args.length !== 2) throw new UsageError();
    const reduces = conf.getNumber('mapreduce.job.reduces', 1);
    const keys: Buffer[] = [];
    if (reduces > 1) {
      const files = (await list(input)).filter((file) => file.length >= RECORD_BYTES);
      const places = files.flatMap(({ path, length }) =>
        Array.from({ length: Math.ceil(SAMPLED_PLACES / files.length) }, (_, i) => ({
          path,
          row: Math.floor((length / RECORD_BYTES) * (i / Math.ceil(SAMPLED_PLACES / files.length))),
        })),
      );
      const each = Math.ceil(conf.getNumber(SAMPLES, 100_000) / Math.max(1, places.length));
      for (const { path, row } of places) {
        const bytes = Buffer.from(await readBytes(path, row * RECORD_BYTES, each * RECORD_BYTES));
        for (let at = 0; at + RECORD_BYTES <= bytes.length; at += RECORD_BYTES)
          keys.push(bytes.subarray(at, at + KEY_BYTES));
      }
    }
    const chosen = chooseBorders(keys, reduces).map((key) => key.toString('hex'));
    await run(sort, { inputs: [input], output, conf: { [BORDERS]: chosen.join(',') } });
  },
});

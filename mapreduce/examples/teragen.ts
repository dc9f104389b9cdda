/** The example teragen: makes records for the sort benchmark. */
import { job, rangeInput, UsageError } from '../api/api.ts';
import { binaryOutput } from '../formats/binary-output.ts';
import { KEY_BYTES, TeraGenerator } from './tera-record.ts';

const ROWS = 'mapreduce.terasort.num-rows';
const UNITS: Readonly<Record<string, number>> = { '': 1, t: 1e12, b: 1e9, m: 1e6, k: 1e3 };

let generator: TeraGenerator | undefined;

/** Makes rows of 100 bytes with random keys. The same number of rows gives the same rows. */
export default job<Uint8Array, Uint8Array, Uint8Array, Uint8Array, number, number>({
  name: 'TeraGen',
  usage: 'teragen <num rows> <output dir>',
  input: rangeInput((conf) => ({ count: conf.getNumber(ROWS, 0), maps: conf.getNumber('mapreduce.job.maps', 2) })),
  // TeraOutputFormat never compresses.
  output: { ...binaryOutput(), compression: 'none' },
  setup() {
    generator = undefined;
  },
  map(row, { emit }) {
    generator ??= new TeraGenerator(row);
    const record = generator.next();
    emit(record.subarray(0, KEY_BYTES), record.subarray(KEY_BYTES));
  },
  reducers: 0,
  configure([rows = '', output, ...more]) {
    const match = /^(\d+)([tbmk]?)$/.exec(rows);
    if (!match || !output || more.length > 0) throw new UsageError();
    return { output, conf: { [ROWS]: Number(match[1]) * (UNITS[match[2] ?? ''] ?? 1), 'mapreduce.job.reduces': 0 } };
  },
});

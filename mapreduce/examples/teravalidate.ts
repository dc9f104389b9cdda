/** The example teravalidate: checks the output of terasort. */
import { job, UsageError } from '../api/api.ts';
import { fixedLengthInput } from '../formats/fixed-length-input.ts';
import { KEY_BYTES, RECORD_BYTES, recordCrc } from './tera-record.ts';

const hex = (key: Uint8Array): string => Buffer.from(key).toString('hex');

let first: Uint8Array | undefined;
let last: Uint8Array | undefined;
let crcSum = 0n;

/**
 * Checks that the output of terasort is sorted within each file and from file to file. Writes each mistake as `error TAB …`,
 * and always the sum of the records' checksums, which is the same for teragen's output.
 */
export default job<string, string, string, string, number, Uint8Array>({
  name: 'TeraValidate',
  usage: 'teravalidate <out-dir> <report-dir>',
  // Each file is one map, which can compare every record with the record before.
  input: { ...fixedLengthInput(RECORD_BYTES), isSplittable: () => false },
  setup() {
    first = undefined;
    last = undefined;
    crcSum = 0n;
    previous = undefined;
  },
  map(record, { emit, path }) {
    const key = Buffer.from(record.subarray(0, KEY_BYTES));
    crcSum += BigInt(recordCrc(record));
    first ??= key;
    if (last && Buffer.compare(last, key) > 0) {
      emit('error', `misorder in ${path} between ${hex(last)} and ${hex(key)}`);
    }
    last = key;
  },
  cleanup(task) {
    if (task.phase !== 'map') return;
    task.emit('checksum', crcSum.toString(16));
    if (first && last) task.emit(`file ${task.path}`, `${hex(first)} ${hex(last)}`);
  },
  reduce(key, values, { emit }) {
    if (key === 'checksum') {
      let sum = 0n;
      for (const value of values) sum += BigInt(`0x${value}`);
      emit(key, sum.toString(16));
    } else if (key === 'error') for (const value of values) emit(key, value);
    // Keys arrive sorted, so that each file follows the file before.
    else for (const value of values) checkNextFile(key, value, emit);
  },
  reducers: 1,
  configure([input, output, ...more]) {
    if (!input || !output || more.length > 0) throw new UsageError();
    return { inputs: [input], output, conf: { 'mapreduce.job.reduces': 1 } };
  },
});

let previous: { readonly file: string; readonly last: string } | undefined;

function checkNextFile(file: string, range: string, emit: (key: string, value: string) => void): void {
  const [begin = '', end = ''] = range.split(' ');
  if (previous && previous.last > begin) {
    emit('error', `bad key partitioning: ${previous.file} ends with ${previous.last}, ${file} begins with ${begin}`);
  }
  previous = { file, last: end };
}

/** The example bbp: computes exact digits of π. */
import { systemClock } from '../../../runtime/runtime.ts';
import { type AsyncInputFormat, job, program } from '../../api/api.ts';
import { oneRecord } from '../../formats/one-record.ts';
import { DIGITS_AT_ONCE, decimalDigits, equalParts, hexDigits, layOut, POSITION_MAX } from './bbp-digits.ts';

const NAME = 'mapreduce.BaileyBorweinPlouffe';
const DIRECTORY = `${NAME}.dir`;
const HEX_FILE = `${NAME}.hex.file`;
const START = `${NAME}.digit.start`;
const SIZE = `${NAME}.digit.size`;
const PARTS = `${NAME}.digit.parts`;
/** The exit status for wrong arguments, which Hadoop's example has as -1. */
const EXIT_USAGE = 255;

/** One record for each part: the offset of its first digit from 0, and the number of its digits. */
function digitRanges(): AsyncInputFormat<number, number> {
  return {
    withoutFiles: true,
    async getSplits(_files, { conf }) {
      const [start, size] = [conf.getNumber(START, 1) - 1, conf.getNumber(SIZE, 100)];
      const parts = equalParts(start, size, conf.getNumber(PARTS, 1));
      return parts.map((offset, i) => {
        const length = (parts[i + 1] ?? start + size) - offset;
        return { kind: 'custom', name: `digits:${offset}+${length}`, length, payload: offset };
      });
    },
    openReader: (split) => oneRecord(Number(split.payload), split.length),
  };
}

let hex: Uint8Array[] = [];

/** Maps compute the bytes of their digits; the one reduce puts them together, in files of its own. */
export const digits = job<number, Uint8Array, string, string, number, number>({
  name: `${NAME}_digits`,
  input: digitRanges(),
  setup() {
    hex = [];
  },
  map(length, { emit, key }) {
    const bytes = Buffer.alloc(Math.floor(length / 2));
    for (let i = 0; i + 1 < bytes.length; i += 2) bytes.writeUInt16BE(hexDigits(key + 2 * i), i);
    emit(key, bytes);
  },
  reduce(_offset, parts) {
    for (const part of parts) hex.push(part.slice());
  },
  async cleanup(task) {
    if (task.phase !== 'reduce') return;
    const bytes = Buffer.concat(hex);
    await write(task.conf.get(HEX_FILE, ''), bytes);
    // Only digits from the first one on are the beginning of a number.
    if (task.conf.getNumber(START, 1) === 1) await write(`${task.conf.get(DIRECTORY, '')}/pi.txt`, piText(bytes));

    async function write(file: string, content: Uint8Array | string): Promise<void> {
      const { fs, path } = task.qualify(file);
      await using output = await fs.create(path, { overwrite: true });
      await output.write(Buffer.from(content));
    }
  },
  reducers: 1,
});

/** Returns the text of pi.txt: the digits in base 16 and 10. */
export function piText(bytes: Uint8Array): string {
  const count = 2 * bytes.length;
  const inHex = Buffer.from(bytes).toString('hex').toUpperCase();
  return [
    layOut('Pi = 0x3.', inHex, 10, 5),
    `Total number of hexadecimal digits is ${count}.\n`,
    layOut('Pi = 3.', decimalDigits(bytes, count), 10, 5),
    `Total number of decimal digits is ${count}.\n`,
  ].join('');
}

/** @throws Error for figures out of range, with the messages of Hadoop's example */
function checkFigures(start: number, size: number, maps: number): void {
  if (start <= 0) throw new Error(`startDigit = ${start} <= 0`);
  if (size <= 0) throw new Error(`nDigits = ${size} <= 0`);
  if (size % DIGITS_AT_ONCE !== 0) throw new Error(`nDigits = ${size} is not a multiple of ${DIGITS_AT_ONCE}`);
  if (size - 1 + start > POSITION_MAX + DIGITS_AT_ONCE) {
    throw new Error(
      `nDigits - 1 + startDigit = ${size - 1 + start}: expected at most ${POSITION_MAX + DIGITS_AT_ONCE}`,
    );
  }
  if (maps <= 0) throw new Error(`nMaps = ${maps} <= 0`);
}

export default program({
  name: 'bbp',
  usage: 'bbp  <startDigit> <nDigits> <nMaps> <workingDir>',
  async main({ args, print, run, exists, mkdirs }) {
    const [start = 0, size = 0, maps = 0] = args.slice(0, 3).map(Number);
    const directory = args[3];
    if (args.length !== 4 || !directory || !args.slice(0, 3).every((text) => /^-?\d+$/.test(text))) {
      print('Usage: bbp  <startDigit> <nDigits> <nMaps> <workingDir>');
      return EXIT_USAGE;
    }
    checkFigures(start, size, maps);
    print(`Working Directory = ${directory}`);
    print('');
    if (await exists(directory)) {
      throw new Error(`Working directory ${directory} already exists.  Please remove it first.`);
    }
    await mkdirs(directory);
    print(`Start Digit      = ${start}`);
    print(`Number of Digits = ${size}`);
    print(`Number of Maps   = ${maps}`);
    const hexFile = `${directory}/pi_${start}_${size}.hex`;
    print('\nStarting Job ...');
    const startedMs = systemClock.monotonicMs();
    try {
      await run(digits, {
        output: `${directory}/out`,
        conf: {
          [DIRECTORY]: directory,
          [HEX_FILE]: hexFile,
          [START]: start,
          [SIZE]: size,
          [PARTS]: maps,
          'mapreduce.job.name': `${NAME}_${start}_${size}`,
          'mapreduce.job.reduces': 1,
          'mapreduce.task.timeout': 0,
        },
      });
    } finally {
      print(`Duration is ${(systemClock.monotonicMs() - startedMs) / 1000} seconds.`);
    }
    print(`Output file: ${hexFile}`);
    return 0;
  },
});

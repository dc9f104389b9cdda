/** The example randomtextwriter: writes texts of random words. */
import { systemRandom } from '../../../runtime/runtime.ts';
import { type Job, job, program, UsageError } from '../../api/api.ts';
import { outputByClass, SEQUENCE_FILE_OUTPUT, TEXT_OUTPUT } from '../formats-by-class.ts';
import { between, bytesPerMap, left, made, randomSizes, tellTimes, untilEnough } from './random-input.ts';
import { RANDOM_WORDS } from './random-words.ts';

const PREFIX = 'mapreduce.randomtextwriter';
const COUNTERS = 'org.apache.hadoop.examples.RandomTextWriter$Counters';

/** Returns words with a blank behind each. */
function sentence(words: number): string {
  let text = '';
  for (let i = 0; i < words; i++) text += `${RANDOM_WORDS[systemRandom.nextInt(RANDOM_WORDS.length)]} `;
  return text;
}

/** @param format the name of Hadoop's class */
function writer(format: string): Job<string, string, string, string, number, number> {
  return job<string, string, string, string, number, number>({
    name: 'random-text-writer',
    input: untilEnough(),
    output: outputByClass(format),
    setup({ conf }) {
      left.bytes = bytesPerMap(conf, PREFIX);
    },
    map(_number, { emit, conf, counter }) {
      const words = (what: string, min: number, max: number): string =>
        sentence(
          between(conf.getNumber(`${PREFIX}.minwords${what}`, min), conf.getNumber(`${PREFIX}.maxwords${what}`, max)),
        );
      const key = words('key', 5, 10);
      const value = words('value', 10, 100);
      emit(key, value);
      made(key.length + value.length, (name) => counter(COUNTERS, name));
    },
    reducers: 0,
  });
}

export const asText = writer(TEXT_OUTPUT);
export const asSequenceFile = writer(SEQUENCE_FILE_OUTPUT);

export default program({
  name: 'randomtextwriter',
  usage: 'randomtextwriter [-outFormat <output format class>] <output>',
  async main(context) {
    const { args, conf, print, run } = context;
    const hasFormat = args[0] === '-outFormat';
    const [output, ...more] = hasFormat ? args.slice(2) : args;
    if (!output || more.length > 0) throw new UsageError();
    const format = hasFormat ? (args[1] ?? '') : SEQUENCE_FILE_OUTPUT;
    outputByClass(format);
    const writes = format === TEXT_OUTPUT ? asText : asSequenceFile;
    const sizes = randomSizes(conf, PREFIX);
    print(`Running ${sizes['mapreduce.job.maps']} maps.`);
    await tellTimes(context, () => run(writes, { output, conf: { ...sizes, 'mapreduce.job.reduces': 0 } }));
  },
});

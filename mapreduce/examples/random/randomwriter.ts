/** The example randomwriter: writes random bytes as records. */
import { randomFillSync } from 'node:crypto';
import { job, program, sequenceFileOutput, UsageError } from '../../api/api.ts';
import { between, bytesPerMap, left, made, randomSizes, tellTimes, untilEnough } from './random-input.ts';

const PREFIX = 'mapreduce.randomwriter';
const COUNTERS = 'org.apache.hadoop.examples.RandomWriter$Counters';

export const write = job<Uint8Array, Uint8Array, Uint8Array, Uint8Array, number, number>({
  name: 'random-writer',
  input: untilEnough(),
  output: sequenceFileOutput({ key: 'BytesWritable', value: 'BytesWritable' }),
  setup({ conf }) {
    left.bytes = bytesPerMap(conf, PREFIX);
  },
  map(_number, { emit, conf, counter }) {
    const bytes = (what: string, min: number, max: number): Buffer =>
      randomFillSync(
        Buffer.allocUnsafe(
          between(conf.getNumber(`${PREFIX}.min${what}`, min), conf.getNumber(`${PREFIX}.max${what}`, max)),
        ),
      );
    const key = bytes('key', 10, 1000);
    const value = bytes('value', 0, 20_000);
    emit(key, value);
    made(key.length + value.length, (name) => counter(COUNTERS, name));
  },
  reducers: 0,
});

export default program({
  name: 'randomwriter',
  usage: 'writer <out-dir>',
  async main(context) {
    const { args, conf, print, run } = context;
    const [output] = args;
    if (!output) throw new UsageError();
    const sizes = randomSizes(conf, PREFIX);
    print(`Running ${sizes['mapreduce.job.maps']} maps.`);
    await tellTimes(context, () => run(write, { output, conf: { ...sizes, 'mapreduce.job.reduces': 0 } }));
  },
});

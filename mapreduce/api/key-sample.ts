/** Samples the keys of a job's maps, and makes ranges of them (Hadoop: InputSampler, which samples keys of the input alone). */
import type { AnyJob, JobInput, MapContext, ProgramContext } from './job.ts';
import { job } from './job.ts';
import type { RangeKey } from './order-of-keys.ts';
import { chooseBorders, formatBorders, parseBorders, RANGES_FILE } from './range-partitioner.ts';

/** Share of the records whose keys are sampled. */
const SHARE = 'calf.sample.share';
const SHARE_DEFAULT = 0.01;

type Input = JobInput<unknown, unknown, unknown, unknown>;

/**
 * Returns a job that gives a share of the keys of another job's maps, in order. Export it from the job file, so that
 * sampleRanges() can run it.
 */
export function sampleOf(sampled: AnyJob): AnyJob {
  const inputs = Object.entries<Input>(sampled.inputs ?? {});
  return job<RangeKey, null, string, null, unknown, unknown>({
    name: `sample of ${sampled.name ?? 'a job'}`,
    ...(sampled.input ? { input: sampled.input } : {}),
    ...(sampled.inputs
      ? {
          inputs: Object.fromEntries(
            inputs.map(([name, own]) => [name, { ...own, ...samplingFunctions({ ...functionsOf(sampled), ...own }) }]),
          ) as never,
        }
      : {}),
    ...(samplingFunctions(functionsOf(sampled)) as object),
    ...(sampled.compare ? { compare: (a, b) => sampled.compare?.(a, b) ?? 0 } : {}),
    reduce(key, values, { emit }) {
      const text = JSON.stringify(key);
      for (const _ of values) emit(text, null);
    },
    reducers: 1,
  });
}

const functionsOf = ({ setup, map, cleanup }: AnyJob): Input => ({ setup, map, cleanup }) as Input;

/** Returns map functions that give the keys of chosen records alone. */
function samplingFunctions(own: Input): Input {
  let record = 0;
  let share = SHARE_DEFAULT;
  return {
    async setup(context) {
      if (context.phase !== 'map') return;
      share = context.conf.getNumber(SHARE, SHARE_DEFAULT);
      await own.setup?.(keysOnly(context));
    },
    map(value, context) {
      if (scattered(record++) >= share) return;
      if (own.map) return own.map(value, keysOnly(context));
      context.emit(context.key, null);
    },
    async cleanup(context) {
      if (context.phase === 'map') await own.cleanup?.(keysOnly(context));
    },
  };
}

/** Returns the context with an emit() that leaves out the values. Its other members are those of the original. */
function keysOnly(context: MapContext<unknown, unknown, unknown>): MapContext<unknown, unknown, unknown> {
  const { emit } = context;
  const emitKey = (key: unknown): void => emit(key, null);
  return Object.create(context, { emit: { value: emitKey, enumerable: true } });
}

/** Returns a number from 0 to 1 that looks random, and is the same for the same record in each attempt (Knuth's hash). */
const scattered = (record: number): number => (Math.imul(record + 1, 2654435761) >>> 0) / 2 ** 32;

export interface RangesOptions {
  /** As of ProgramContext.run(). */
  readonly inputs: readonly string[] | Readonly<Record<string, readonly string[]>>;
  /** Number of ranges, and of the job's reduces. */
  readonly ranges: number;
  /** The file for the borders. One that is there is replaced. */
  readonly file: string;
  /** Share of the records whose keys are sampled, from 0 to 1. Default 0.01. */
  readonly share?: number;
}

/**
 * Runs a job of sampleOf(), and writes the borders of ranges of about the same size. Returns the properties with which the sampled
 * job is to be run: the file and the number of reduces.
 * @throws JobFailedError if the sample fails
 */
export async function sampleRanges(
  context: Pick<ProgramContext, 'run' | 'readText' | 'writeText' | 'remove'>,
  sample: AnyJob,
  { inputs, ranges, file, share = SHARE_DEFAULT }: RangesOptions,
): Promise<Readonly<Record<string, string | number>>> {
  const output = `${file}.sample`;
  const conf = { [SHARE]: share, 'mapreduce.job.reduces': 1, 'mapreduce.output.fileoutputformat.compress': false };
  await context.run(sample, { inputs, output, conf });
  try {
    const keys = parseBorders(await context.readText(output));
    await context.writeText(file, formatBorders(chooseBorders(keys, ranges)));
  } finally {
    await context.remove(output);
  }
  return { [RANGES_FILE]: file, 'mapreduce.job.reduces': ranges };
}

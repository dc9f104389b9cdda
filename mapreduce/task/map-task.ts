/** Runs a map task. */
import type { AnyJob } from '../api/api.ts';
import { isSum } from '../api/sum.ts';
import { withoutText } from '../formats/text.ts';
import { type InputSplit, splitName } from '../job/input-split.ts';
import { excerpt } from '../job/job-errors.ts';
import { inPhase } from '../job/phase-times.ts';
import { TaskOutput } from '../records/task-output.ts';
import { mapShares } from '../skew/sample-output.ts';
import type { Combine } from '../sort/combine-buffer.ts';
import { decodedOrder } from '../sort/key-order.ts';
import { MapOutput } from '../sort/map-output.ts';
import { writeMapOutputIndex } from '../sort/map-output-index.ts';
import { hashPartition } from '../sort/partitioner.ts';
import { isRunCombiner } from '../streaming/run-combiner.ts';
import { type MapSink, mapRecords } from './map-records.ts';
import { segmentCodec } from './segment-codec.ts';
import type { RunningTask } from './task-run.ts';

const MIB = 1024 * 1024;

/** Reads records, maps them, and leaves the emitted pairs sorted for the reduces; without reduces, in the output. */
export async function runMapTask(run: RunningTask): Promise<void> {
  const { split } = run.launch;
  if (!split) throw new Error(`${run.launch.attemptId} has no split`);
  run.counters.addTask('SPLIT_RAW_BYTES', Buffer.byteLength(splitName(split)));
  if (run.launch.job.reduces === 0) await mapIntoOutput(run, split);
  else await mapIntoShuffle(run, split);
}

async function mapIntoShuffle(run: RunningTask, split: InputSplit): Promise<void> {
  const { job, conf, launch, directory, counters } = run;
  const partitions = launch.job.reduces;
  const codec = await segmentCodec(run.jobConf);
  const output = new MapOutput({
    directory,
    partitions,
    partition: partitionOf(job, partitions),
    ...(job.compare ? { order: decodedOrder((a, b) => job.compare?.(a, b) ?? 0) } : {}),
    ...(job.combine ? { combine: combineOf(job), sums: isSum(job.combine) } : {}),
    ...(isRunCombiner(job) ? { combineRun: (groups, emit) => job.combineRun(groups, emit) } : {}),
    spillBytes: conf.get('mapreduce.task.io.sort.mb') * MIB * conf.get('mapreduce.map.sort.spill.percent'),
    mergeFactor: conf.get('mapreduce.task.io.sort.factor'),
    counters,
    codec,
  });
  // Functions of the job take strings only.
  const collect = job.combine
    ? (key: unknown, value: unknown) => output.collect(asString(key), asString(value))
    : (key: unknown, value: unknown) => output.collect(key, value);
  // Without named outputs, the map has nothing to commit.
  const named = launch.job.mapsWriteOutput ? await TaskOutput.create(run, false) : undefined;
  await committing(named, () =>
    inPhase(counters, 'MAP_MILLIS', () => mapRecords(run, split, { emit: collect, output: named })),
  );
  const file = output.close();
  writeMapOutputIndex(file);
  const shares = mapShares(file, codec);
  if (shares) run.umbilical.mapShares(shares);
}

async function mapIntoOutput(run: RunningTask, split: InputSplit): Promise<void> {
  const output = await TaskOutput.create(run);
  await committing(output, async () => {
    const sink: MapSink = { emit: (key, value) => output.write(key, value), output };
    await inPhase(run.counters, 'MAP_MILLIS', () => mapRecords(run, split, sink));
    run.counters.addTask('MAP_OUTPUT_RECORDS', output.records);
  });
}

/** Returns the part of a pair for code that takes strings only. The first look spares most pairs a call. */
const asString = (part: unknown): unknown => (typeof part === 'object' ? withoutText(part) : part);

/** Commits the output after the work, and gives it up if the work fails. */
async function committing(output: TaskOutput | undefined, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    await output?.commit();
  } catch (e) {
    await output?.abort();
    throw e;
  }
}

function partitionOf(job: AnyJob, partitions: number): (key: unknown, value: unknown) => number {
  if (!job.partition) return partitions === 1 ? () => 0 : (key) => hashPartition(key, partitions);
  return (key, value) => {
    const partition = job.partition?.(withoutText(key), withoutText(value), partitions);
    if (Number.isInteger(partition) && partition !== undefined && partition >= 0 && partition < partitions) {
      return partition;
    }
    throw new RangeError(`Illegal partition for ${excerpt(key)} (${partition}): expected 0 to ${partitions - 1}`);
  };
}

function combineOf(job: AnyJob): Combine {
  return (key, values, emit) => job.combine?.(key, values, { emit });
}

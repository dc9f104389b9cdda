/** Runs a map task. */
import { systemClock } from '../../runtime/runtime.ts';
import type { AnyJob, MapContext } from '../api/api.ts';
import { withoutText } from '../formats/text.ts';
import { textInput } from '../formats/text-input.ts';
import { type InputSplit, splitName } from '../job/input-split.ts';
import { excerpt, UserCodeError } from '../job/job-errors.ts';
import { openRecords } from '../records/open-records.ts';
import type { ReadyRecords, SplitRecords } from '../records/split-records.ts';
import { TaskOutput } from '../records/task-output.ts';
import type { Combine } from '../sort/combine-buffer.ts';
import { decodedOrder } from '../sort/key-order.ts';
import { MapOutput } from '../sort/map-output.ts';
import { writeMapOutputIndex } from '../sort/map-output-index.ts';
import { hashPartition } from '../sort/partitioner.ts';
import { EmitTurn } from './emit-turn.ts';
import { Pace } from './pace.ts';
import { isPromise, type RunningTask, taskContext } from './task-run.ts';

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
  const output = new MapOutput({
    directory,
    partitions,
    partition: partitionOf(job, partitions),
    ...(job.compare ? { order: decodedOrder((a, b) => job.compare?.(a, b) ?? 0) } : {}),
    ...(job.combine ? { combine: combineOf(job) } : {}),
    spillBytes: conf.get('mapreduce.task.io.sort.mb') * MIB * conf.get('mapreduce.map.sort.spill.percent'),
    mergeFactor: conf.get('mapreduce.task.io.sort.factor'),
    counters,
  });
  // Functions of the job take strings only.
  const collect = job.combine
    ? (key: unknown, value: unknown) => output.collect(withoutText(key), withoutText(value))
    : (key: unknown, value: unknown) => output.collect(key, value);
  await mapRecords(run, split, collect);
  writeMapOutputIndex(output.close());
}

async function mapIntoOutput(run: RunningTask, split: InputSplit): Promise<void> {
  const output = await TaskOutput.create(run);
  try {
    await mapRecords(
      run,
      split,
      (key, value) => output.write(key, value),
      () => (output.isFull ? output.flush() : undefined),
    );
    run.counters.addTask('MAP_OUTPUT_RECORDS', output.records);
    await output.commit();
  } catch (e) {
    await output.abort();
    throw e;
  }
}

/** Maps all records of the split. If `afterRecord` returns a promise, the next record waits for it. */
async function mapRecords(
  run: RunningTask,
  split: InputSplit,
  emit: (key: unknown, value: unknown) => void,
  afterRecord: () => Promise<void> | undefined = () => undefined,
): Promise<void> {
  const { job, counters, umbilical } = run;
  const records = await openRecords(run, job.input ?? textInput(), split);
  const turn = new EmitTurn('map', run.attempt, emit);
  // One context serves all calls that return no promise. A call that is awaited has an emit() of its own, because work
  // that an earlier call has left may run meanwhile.
  let call = 1;
  let context = mapContext(run, split, records, turn.emitOf(call));
  const pace = new Pace(systemClock, () => umbilical.progress(records.progress));
  const map = job.map
    ? ({ value }: ReadyRecords) => job.map?.(value, context)
    : ({ key, value, exactKey = key, exactValue = value }: ReadyRecords) => emit(exactKey, exactValue);
  let count = 0;
  let mapping = false;
  const takeRecords = async (ready: ReadyRecords): Promise<void> => {
    while (ready.next()) {
      count++;
      mapping = true;
      turn.begin(call);
      const result: unknown = map(ready);
      if (isPromise(result)) {
        await result;
        context = mapContext(run, split, records, turn.emitOf(++call));
      }
      turn.end();
      mapping = false;
      const waiting = afterRecord() ?? pace.step();
      if (waiting) await waiting;
    }
  };
  try {
    turn.begin(call);
    await job.setup?.(context);
    turn.end();
    while (await records.more()) await takeRecords(records.ready);
    turn.begin(call);
    await job.cleanup?.(context);
    turn.end();
    await run.attempt.settle();
  } catch (e) {
    if (!mapping) throw e;
    const record = { path: records.path, offset: records.offset, text: excerpt(records.ready.value) };
    throw new UserCodeError(e, { record });
  } finally {
    await records.close();
  }
  counters.addTask('MAP_INPUT_RECORDS', count);
}

function mapContext(
  run: RunningTask,
  split: InputSplit,
  records: SplitRecords,
  emit: (key: unknown, value: unknown) => void,
): MapContext<unknown, unknown> {
  return {
    ...taskContext(run),
    phase: 'map',
    emit,
    get key() {
      return records.ready.key;
    },
    get path() {
      return records.path;
    },
    get offset() {
      return records.offset;
    },
    split,
  };
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

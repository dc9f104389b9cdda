/** Gives the records of a split to map(). */
import { systemClock } from '../../runtime/runtime.ts';
import type { AnyJob, JobInput, MapContext } from '../api/api.ts';
import { textInput } from '../formats/text-input.ts';
import type { InputSplit } from '../job/input-split.ts';
import { excerpt, UserCodeError } from '../job/job-errors.ts';
import type { OutputPlace } from '../records/named-outputs.ts';
import { openRecords } from '../records/open-records.ts';
import { defaultFileSystem } from '../records/records-run.ts';
import type { ReadyRecords, SplitRecords } from '../records/split-records.ts';
import type { TaskOutput } from '../records/task-output.ts';
import { SkipPlan } from '../skipping/skip-plan.ts';
import { Skipped } from '../skipping/skipped.ts';
import { SkippingRecords } from '../skipping/skipping-records.ts';
import { EmitTurn } from './emit-turn.ts';
import { Pace } from './pace.ts';
import { isPromise, type RunningTask, taskContext } from './task-run.ts';

/** The places for the pairs that a map emits. */
export interface MapSink {
  /** Takes the pairs of emit(). */
  emit(key: unknown, value: unknown): void;
  /** Takes the pairs of emitTo(); undefined if the job's maps write no output. */
  readonly output: TaskOutput | undefined;
}

/** Maps all records of the split. */
export async function mapRecords(run: RunningTask, split: InputSplit, sink: MapSink): Promise<void> {
  const { job, counters, umbilical } = run;
  const input = inputOf(job, split);
  const records = withoutBad(run, await openRecords(run, input.input ?? textInput(), split), sink);
  const turn = new EmitTurn('map', run.attempt, sink.emit);
  // One context serves all calls that return no promise. A call that is awaited has an emit() of its own, because work
  // that an earlier call has left may run meanwhile.
  let call = 1;
  let context = mapContext(run, split, records, sink, turn, call);
  const pace = new Pace(systemClock, () => umbilical.progress(records.progress));
  const map = input.map
    ? ({ value }: ReadyRecords) => input.map?.(value, context)
    : ({ key, value, exactKey = key, exactValue = value }: ReadyRecords) => sink.emit(exactKey, exactValue);
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
        context = mapContext(run, split, records, sink, turn, ++call);
      }
      turn.end();
      mapping = false;
      const waiting = sink.output?.isFull ? sink.output.flush() : pace.step();
      if (waiting) await waiting;
    }
  };
  try {
    turn.begin(call);
    await input.setup?.(context);
    turn.end();
    while (await records.more()) await takeRecords(records.ready);
    turn.begin(call);
    await input.cleanup?.(context);
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

/** Leaves out the bad records that earlier attempts have found, if this attempt runs in skipping mode. */
function withoutBad(run: RunningTask, records: SplitRecords, { output }: MapSink): SplitRecords {
  const plan = SkipPlan.of(run);
  if (!plan) return records;
  const createFile = output && ((name: string) => output.createFile(name));
  return new SkippingRecords(records, plan, new Skipped({ run, plan, ...(createFile ? { createFile } : {}) }));
}

/** Returns the functions and the format for a split of a job that may have several inputs. */
function inputOf(job: AnyJob, { input: name }: InputSplit): JobInput<unknown, unknown, unknown, unknown> {
  if (name === undefined) return job;
  const input = Object.hasOwn(job.inputs ?? {}, name) ? job.inputs?.[name] : undefined;
  if (!input) throw new Error(`The job has no input named '${name}'`);
  return { ...functionsOf(job), ...input };
}

/** Returns the job's format and functions, for inputs that do not have their own. */
function functionsOf({ input, setup, map, cleanup }: AnyJob): JobInput<unknown, unknown, unknown, unknown> {
  return { input, setup, map, cleanup };
}

function mapContext(
  run: RunningTask,
  split: InputSplit,
  records: SplitRecords,
  { output }: MapSink,
  turn: EmitTurn,
  call: number,
): MapContext<unknown, unknown> {
  const written = (): TaskOutput => {
    if (output) return output;
    throw new Error(
      'A map of a job with reduces writes named outputs and files only if the job declares `outputs: { … }`',
    );
  };
  return {
    ...taskContext(run),
    get fileSystem() {
      return defaultFileSystem(run);
    },
    phase: 'map',
    emit: turn.emitOf(call),
    emitTo: turn.guarded(call, (to: OutputPlace, key: unknown, value: unknown) => written().writeTo(to, key, value)),
    createFile: async (name) => await written().createFile(name),
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

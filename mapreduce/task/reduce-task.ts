/** Runs a reduce task. */
import fs from 'node:fs';
import { settled } from '../../runtime/promises.ts';
import { systemClock } from '../../runtime/runtime.ts';
import type { AnyJob, ReduceContext } from '../api/api.ts';
import { excerpt, UserCodeError } from '../job/job-errors.ts';
import { inPhase } from '../job/phase-times.ts';
import type { OutputPlace } from '../records/named-outputs.ts';
import { defaultFileSystem } from '../records/records-run.ts';
import { TaskOutput } from '../records/task-output.ts';
import { MergeManager } from '../shuffle/merge-manager.ts';
import { Shuffle } from '../shuffle/shuffle.ts';
import { SkipPlan } from '../skipping/skip-plan.ts';
import { Skipped } from '../skipping/skipped.ts';
import { decodeKey, decodeKeyExactly } from '../sort/key-codec.ts';
import { bytewiseOrder, decodedOrder, type KeyOrder } from '../sort/key-order.ts';
import { Merge } from '../sort/merge.ts';
import { type Group, groupsOf, sameKey, sameShare } from '../sort/merge-groups.ts';
import { SegmentFiles } from '../sort/spill-file.ts';
import { decodeValue, decodeValueExactly } from '../sort/value-codec.ts';
import { EmitTurn } from './emit-turn.ts';
import { Pace } from './pace.ts';
import { segmentCodec } from './segment-codec.ts';
import { isPromise, type RunningTask, taskContext } from './task-run.ts';

/** Fetches the segments of all maps, merges them, reduces the groups and commits the output. */
export async function runReduceTask(run: RunningTask): Promise<void> {
  const { job, conf, counters, directory } = run;
  fs.mkdirSync(directory, { recursive: true });
  const order = job.compare ? decodedOrder((a, b) => job.compare?.(a, b) ?? 0) : bytewiseOrder;
  const codec = await segmentCodec(run.jobConf);
  const merges = new MergeManager({ conf, directory, order, codec, counters });
  await inPhase(counters, 'SHUFFLE_MILLIS', () => new Shuffle(run, merges).fetchAll());
  counters.addTask('MERGED_MAP_OUTPUTS', run.launch.job.maps);
  const segments = await inPhase(counters, 'MERGE_MILLIS', () => merges.finish());
  const files = new SegmentFiles(codec);
  try {
    const merge = new Merge(
      segments.map((segment) => segment.open(files)),
      order,
    );
    const bytes = segments.reduce((sum, s) => sum + s.bytes, 0);
    await inPhase(counters, 'REDUCE_MILLIS', () => reduceGroups(run, merge, order, bytes));
  } finally {
    files.close();
  }
}

async function reduceGroups(run: RunningTask, merge: Merge, order: KeyOrder, totalBytes: number): Promise<void> {
  const { job, counters, umbilical } = run;
  const output = await TaskOutput.create(run);
  const turn = new EmitTurn('reduce', run.attempt, (key, value) => output.write(key, value));
  let group: Group | undefined;
  const contextOf = (n: number): ReduceContext<unknown, unknown> => ({
    ...taskContext(run),
    get fileSystem() {
      return defaultFileSystem(run);
    },
    phase: 'reduce',
    emit: turn.emitOf(n),
    emitTo: turn.guarded(n, (to: OutputPlace, k: unknown, v: unknown) => output.writeTo(to, k, v)),
    createFile: (name) => output.createFile(name),
    get key() {
      return group?.currentKey;
    },
  });
  // As in a map task, a call that is awaited has an emit() of its own.
  let call = 1;
  let context = contextOf(call);
  let records = 0;
  let bytesRead = 0;
  const pace = new Pace(systemClock, () => umbilical.progress(2 / 3 + bytesRead / Math.max(1, totalBytes) / 3));
  const same = job.group ? sameShare((key) => job.group?.(key)) : sameKey(order);
  const reduce = reduceOf(job);
  const plan = SkipPlan.of(run);
  const skipped = plan && new Skipped({ run, plan, createFile: (name) => output.createFile(name) });
  let groups = 0;
  let key: unknown;
  let reducing = false;
  try {
    turn.begin(call);
    await job.setup?.(context);
    turn.end();
    const onRecord = (): void => {
      records++;
      bytesRead += merge.current.valueEnd - merge.current.keyStart;
      // The values of one key may take longer than the time limit of a task.
      pace.note();
    };
    // A job without reduce() passes the bytes of text on as they are.
    const [toKey, toValue] = job.reduce ? [decodeKey, decodeValue] : [decodeKeyExactly, decodeValueExactly];
    const followsKeys = job.group !== undefined || job.compare !== undefined;
    for (group of groupsOf(merge, order, { same, onRecord, toKey, toValue, followsKeys })) {
      key = group.key;
      if (plan) {
        if (plan.skipsNext()) {
          await skipped?.group(key, group.values);
          continue;
        }
        await plan.working();
      }
      groups++;
      reducing = true;
      turn.begin(call);
      const result: unknown = reduce(key, group.values, context);
      if (isPromise(result)) {
        await result;
        context = contextOf(++call);
      }
      turn.end();
      reducing = false;
      const waiting = output.isFull ? output.flush() : pace.step();
      if (waiting) await waiting;
    }
    group = undefined;
    turn.begin(call);
    await job.cleanup?.(context);
    turn.end();
    await run.attempt.settle();
    await skipped?.close();
    counters.addTask('REDUCE_INPUT_GROUPS', groups);
    counters.addTask('REDUCE_INPUT_RECORDS', records);
    counters.addTask('REDUCE_OUTPUT_RECORDS', output.records);
    await output.commit();
  } catch (e) {
    await settled(skipped?.close());
    await output.abort();
    throw reducing ? new UserCodeError(e, { key: excerpt(key) }) : e;
  }
}

function reduceOf(
  job: AnyJob,
): (key: unknown, values: Iterable<unknown>, context: ReduceContext<unknown, unknown>) => unknown {
  if (job.reduce) return (key, values, context) => job.reduce?.(key, values, context);
  return (key, values, { emit }) => {
    for (const value of values) emit(key, value);
  };
}

import fs from 'node:fs';
import path from 'node:path';
import { systemClock } from '../../runtime/runtime.ts';
import type { AnyJob, ReduceContext } from '../api/api.ts';
import { excerpt, UserCodeError } from '../job/job-errors.ts';
import { decodeKey } from '../sort/key-codec.ts';
import { bytewiseOrder, decodedOrder, type KeyOrder } from '../sort/key-order.ts';
import { Merge } from '../sort/merge.ts';
import { groupsOf, sameKey, sameShare } from '../sort/merge-groups.ts';
import { SegmentFiles, writeSpillFile } from '../sort/spill-file.ts';
import type { FetchedSegment } from './fetch-segment.ts';
import { Pace } from './pace.ts';
import { Shuffle } from './shuffle.ts';
import { TaskOutput } from './task-output.ts';
import { isPromise, type TaskRun, taskContext } from './task-run.ts';

/** One reduce task: fetch its segment of every map, merge them, reduce the groups, commit the output. */
export async function runReduceTask(run: TaskRun): Promise<void> {
  const { job, conf, counters, directory } = run;
  fs.mkdirSync(directory, { recursive: true });
  const segments = await new Shuffle(run).fetchAll();
  counters.addTask('MERGED_MAP_OUTPUTS', segments.length);
  const order = job.compare ? decodedOrder((a, b) => job.compare?.(a, b) ?? 0) : bytewiseOrder;
  const files = new SegmentFiles();
  try {
    const merged = mergeDown(segments, conf.get('mapreduce.task.io.sort.factor'), order, directory, run);
    const merge = new Merge(
      merged.map((segment) => segment.open(files)),
      order,
    );
    await reduceGroups(
      run,
      merge,
      order,
      segments.reduce((sum, s) => sum + s.bytes, 0),
    );
  } finally {
    files.close();
  }
}

/** Merges segments on disk into fewer, until no more than `factor` files are read at once. */
function mergeDown(
  segments: readonly FetchedSegment[],
  factor: number,
  order: KeyOrder,
  directory: string,
  run: TaskRun,
): FetchedSegment[] {
  const inMemory = segments.filter((s) => s.inMemory);
  let onDisk = segments.filter((s) => !s.inMemory);
  for (let pass = 0; onDisk.length > Math.max(2, factor); pass++) {
    const files = new SegmentFiles();
    const merge = new Merge(
      onDisk.slice(0, factor).map((s) => s.open(files)),
      order,
    );
    const file = path.join(directory, `merged_${pass}.out`);
    const { index } = writeSpillFile(file, 1, (_partition, out) => {
      while (merge.next()) {
        const { bytes, keyStart, keyEnd, valueEnd } = merge.current;
        out.append(bytes, keyStart, keyEnd, bytes, keyEnd, valueEnd);
      }
    });
    files.close();
    const length = index[0]?.length ?? 0;
    run.counters.addTask('SPILLED_RECORDS', index[0]?.records ?? 0);
    const merged: FetchedSegment = {
      bytes: length,
      inMemory: false,
      open: (open) => open.reader(file, { offset: 0, length }),
    };
    onDisk = [...onDisk.slice(factor), merged];
  }
  return [...inMemory, ...onDisk];
}

async function reduceGroups(run: TaskRun, merge: Merge, order: KeyOrder, totalBytes: number): Promise<void> {
  const { job, counters, umbilical } = run;
  const output = await TaskOutput.create(run);
  const context: ReduceContext<unknown, unknown> = {
    ...taskContext(run),
    phase: 'reduce',
    emit: (key, value) => output.write(key, value),
  };
  let records = 0;
  let bytesRead = 0;
  const pace = new Pace(systemClock, () => umbilical.progress(2 / 3 + bytesRead / Math.max(1, totalBytes) / 3));
  const same = job.group ? sameShare((key) => job.group?.(key)) : sameKey(order);
  const reduce = reduceOf(job);
  let groups = 0;
  let key: unknown;
  let reducing = false;
  try {
    await job.setup?.(context);
    const onRecord = (): void => {
      records++;
      bytesRead += merge.current.valueEnd - merge.current.keyStart;
    };
    for (const group of groupsOf(merge, order, same, onRecord)) {
      groups++;
      key = decodeKey(group.keyBytes, 0, group.keyBytes.length);
      reducing = true;
      const result: unknown = reduce(key, group.values, context);
      if (isPromise(result)) await result;
      reducing = false;
      const waiting = output.isFull ? output.flush() : pace.step();
      if (waiting) await waiting;
    }
    await job.cleanup?.(context);
    counters.addTask('REDUCE_INPUT_GROUPS', groups);
    counters.addTask('REDUCE_INPUT_RECORDS', records);
    counters.addTask('REDUCE_OUTPUT_RECORDS', output.records);
    await output.commit();
  } catch (e) {
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

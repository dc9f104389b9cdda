/**
 * The search for the bad records of a task whose attempts fail (Hadoop: TaskInProgress.FailedRanges, SkipBadRecords). A range
 * in which an attempt has failed is skipped if it is short enough. A longer one is halved: a test attempt runs the first half
 * alone, and its outcome tells which half is bad.
 */
import type { TaskKind } from '../../job/job-id.ts';
import { addRange, type RecordRange, type SkipOrder } from '../../job/record-ranges.ts';

export interface SkipLimits {
  /** Records around a bad one, or groups, that may be lost with it: mapreduce.map.skip.maxrecords and .reduce.skip.maxgroups; 0: none is skipped. */
  readonly most: Readonly<Record<TaskKind, number>>;
  /** Failures of a task from which on bad records are searched: mapreduce.task.skip.start.attempts. */
  readonly startFailures: number;
}

/** The state of the search in one task. */
export interface SkipState {
  /** Ranges that are skipped. */
  readonly ranges: readonly RecordRange[];
  /** Halves of a range that is too long: the first is being tested. */
  readonly halves?: { readonly test: RecordRange; readonly other: RecordRange };
}

const NOTHING: SkipState = { ranges: [] };

/** Whether the task's next attempt runs in skipping mode. */
export const isSkipping = (
  { kind, failures }: { readonly kind: TaskKind; readonly failures: number },
  limits: SkipLimits | undefined,
): boolean => limits !== undefined && limits.most[kind] > 0 && failures >= limits.startFailures;

/** Returns the records that an attempt in skipping mode leaves out. */
export const skipOrder = ({ ranges, halves }: SkipState = NOTHING): SkipOrder => ({
  ranges,
  ...(halves ? { test: halves.test } : {}),
});

/** An attempt has failed with one of the records of a range. */
export const rangeFailed = (state: SkipState | undefined, range: RecordRange, most: number): SkipState =>
  narrowed(state ?? NOTHING, state?.halves?.test ?? range, most);

/** The test attempt has met no bad record: the other half has one. */
export const testPassed = (state: SkipState | undefined, most: number): SkipState =>
  state?.halves ? narrowed(state, state.halves.other, most) : (state ?? NOTHING);

function narrowed({ ranges }: SkipState, bad: RecordRange, most: number): SkipState {
  if (bad.length <= most) return { ranges: addRange(ranges, bad) };
  const half = Math.floor(bad.length / 2);
  const test = { start: bad.start, length: half };
  return { ranges, halves: { test, other: { start: bad.start + half, length: bad.length - half } } };
}

/** A task and its attempts, as the scheduler knows them. */
import type { CountersJson } from '../../job/counters.ts';
import type { InputSplit } from '../../job/input-split.ts';
import { parseAttemptId, type TaskKind } from '../../job/job-id.ts';
import type { RecordRange } from '../../job/record-ranges.ts';
import type { SkipState } from './skipping.ts';

export type EndState = 'SUCCEEDED' | 'FAILED' | 'KILLED';

export type Attempt = {
  readonly attemptId: string;
  readonly trackerId: string;
  /** Since the epoch. */
  readonly startTimeMs: number;
  /** The same moment on the steady clock. */
  readonly startedMs: number;
  progress: number;
  status: string;
  counters: CountersJson;
  /** In skipping mode: the records that the attempt may be working on. */
  range?: RecordRange;
} & ({ readonly state: 'RUNNING' } | { readonly state: EndState; readonly finishTimeMs: number });

/** The permission of one attempt to commit. `revoking` is set while the output of an attempt that was given up is deleted. */
export interface CommitPermission {
  readonly attemptId: string;
  revoking?: { tries: number /** Steady clock; undefined while a try is under way. */; retryAtMs?: number };
}

export interface Task {
  readonly kind: TaskKind;
  readonly index: number;
  readonly split?: InputSplit;
  /** In the order of their numbers; at most one has succeeded, and then none runs. */
  readonly attempts: Attempt[];
  /** Number of attempts that failed by themselves; killed and lost attempts do not count. */
  failures: number;
  /** Number of trackers that died while this task ran on them. */
  trackerDeaths: number;
  /** The attempt that was allowed to commit its output. No other one is allowed before this is gone. */
  commit?: CommitPermission;
  /** The bad records that were found so far. */
  skip?: SkipState;
  /** Whether a second attempt is wanted: the one that runs is slow. */
  isSpeculated?: boolean;
  /** Steady clock: the first moment at which the task left a free slot that was too far from its input. */
  heldSinceMs?: number;
  /** Number of reduces that could not fetch this map's output. */
  fetchFailures: number;
}

export function newTask(kind: TaskKind, index: number, split?: InputSplit): Task {
  return { kind, index, ...(split ? { split } : {}), attempts: [], failures: 0, trackerDeaths: 0, fetchFailures: 0 };
}

export const runningAttempts = (task: Task): Attempt[] => task.attempts.filter(({ state }) => state === 'RUNNING');

/** Returns the attempt whose output is the task's. */
export const succeededAttempt = (task: Task): Attempt | undefined =>
  task.attempts.find(({ state }) => state === 'SUCCEEDED');

/** Returns the attempt that has succeeded, or the running one that has come farthest (Hadoop: TaskImpl.selectBestAttempt). */
export function bestAttempt(task: Task): Attempt | undefined {
  let best: Attempt | undefined;
  for (const attempt of task.attempts) {
    if (attempt.state === 'SUCCEEDED') return attempt;
    if (attempt.state === 'RUNNING' && (!best || attempt.progress > best.progress)) best = attempt;
  }
  return best;
}

/** Returns the lowest number that no attempt of the task has, from `first` on. */
export function nextAttemptNumber({ attempts }: Task, first: number): number {
  const last = attempts.at(-1);
  return Math.max(first, last ? (parseAttemptId(last.attemptId)?.attempt ?? 0) + 1 : 0);
}

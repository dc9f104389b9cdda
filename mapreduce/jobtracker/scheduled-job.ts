import type { InputSplit } from '../formats/format.ts';
import { Counters, type CountersJson } from '../job/counters.ts';
import { attemptId, type TaskKind } from '../job/job-id.ts';
import type { JobState, JobSubmission, TaskFailure } from '../job/messages.ts';

export type Attempt = {
  readonly attemptId: string;
  readonly trackerId: string;
  readonly startTimeMs: number;
  progress: number;
  status: string;
  counters: CountersJson;
} & (
  | { readonly state: 'RUNNING' }
  | { readonly state: 'SUCCEEDED' | 'FAILED' | 'KILLED'; readonly finishTimeMs: number }
);

export interface Task {
  readonly kind: TaskKind;
  readonly index: number;
  readonly split?: InputSplit;
  /** In the order of their numbers. Invariant: at most one is RUNNING or SUCCEEDED. */
  readonly attempts: Attempt[];
  /** Attempts that failed by themselves; killed ones and lost ones do not count. */
  failures: number;
  /** The attempt that may rename its output into place. */
  committing?: string;
  /** Reduces that could not get this map's output. */
  fetchFailures: number;
}

const PLURAL = { MAP: 'MAPS', REDUCE: 'REDUCES' } as const;

/** A job as the scheduler knows it: its tasks and what has come of them. */
export class ScheduledJob {
  readonly submission: JobSubmission;
  readonly maxAttempts: Readonly<Record<TaskKind, number>>;
  /** Maps that must have succeeded before reduces start. */
  readonly mapsBeforeReduces: number;
  readonly tasks: Readonly<Record<TaskKind, readonly Task[]>>;
  readonly startTimeMs: number;
  readonly failures: TaskFailure[] = [];
  state: JobState = 'PREP';
  /** Set when the tasks are done and the output is being committed or given up. */
  ending?: 'COMMIT' | 'ABORT';
  /** Its end has been made known. */
  reported = false;
  finishTimeMs = 0;
  failureInfo = '';
  version = 1;
  readonly #jobCounters = new Counters();

  constructor(submission: JobSubmission, limits: JobLimits, now: number) {
    this.submission = submission;
    this.startTimeMs = now;
    this.maxAttempts = { MAP: limits.mapAttemptsMax, REDUCE: limits.reduceAttemptsMax };
    this.mapsBeforeReduces = Math.ceil(submission.splits.length * limits.slowstart);
    const task = (kind: TaskKind, index: number, split?: InputSplit): Task => ({
      kind,
      index,
      ...(split ? { split } : {}),
      attempts: [],
      failures: 0,
      fetchFailures: 0,
    });
    this.tasks = {
      MAP: submission.splits.map((split, i) => task('MAP', i, split)),
      REDUCE: Array.from({ length: submission.reduces }, (_, i) => task('REDUCE', i)),
    };
  }

  get jobId(): string {
    return this.submission.jobId;
  }

  get isOver(): boolean {
    return this.state === 'SUCCEEDED' || this.state === 'FAILED' || this.state === 'KILLED';
  }

  /** Tasks may be started. */
  get isRunnable(): boolean {
    return this.state === 'RUNNING' && this.ending === undefined;
  }

  /** What the scheduler counts itself. */
  get jobCounters(): Counters {
    return this.#jobCounters;
  }

  pending(kind: TaskKind): Task[] {
    if (!this.isRunnable) return [];
    if (kind === 'REDUCE' && this.succeededCount('MAP') < this.mapsBeforeReduces) return [];
    return this.tasks[kind].filter((task) => !liveAttempt(task));
  }

  succeededCount(kind: TaskKind): number {
    return this.tasks[kind].filter((task) => liveAttempt(task)?.state === 'SUCCEEDED').length;
  }

  get allSucceeded(): boolean {
    return (['MAP', 'REDUCE'] as const).every((kind) => this.succeededCount(kind) === this.tasks[kind].length);
  }

  /** The mean over the tasks; 1 for none. */
  progress(kind: TaskKind): number {
    const tasks = this.tasks[kind];
    if (this.state === 'SUCCEEDED') return 1;
    // Hadoop shows a job without reduces as done with them once it is done.
    if (tasks.length === 0) return kind === 'MAP' ? 1 : 0;
    return tasks.reduce((sum, task) => sum + (liveAttempt(task)?.progress ?? 0), 0) / tasks.length;
  }

  /** The answer is the new attempt's id. */
  startAttempt(task: Task, trackerId: string, now: number): string {
    const id = attemptId(this.jobId, task.kind, task.index, task.attempts.length);
    const attempt: Attempt = {
      attemptId: id,
      trackerId,
      startTimeMs: now,
      progress: 0,
      status: '',
      counters: {},
      state: 'RUNNING',
    };
    task.attempts.push(attempt);
    this.#jobCounters.addJob(`TOTAL_LAUNCHED_${PLURAL[task.kind]}`, 1);
    return id;
  }

  endAttempt(task: Task, attempt: Attempt, state: 'SUCCEEDED' | 'FAILED' | 'KILLED', now: number): void {
    task.attempts[task.attempts.indexOf(attempt)] = { ...attempt, state, finishTimeMs: now };
    if (task.committing === attempt.attemptId && state !== 'SUCCEEDED') delete task.committing;
    const plural = PLURAL[task.kind];
    // A map whose output was lost has been counted when it succeeded.
    if (attempt.state === 'RUNNING') {
      this.#jobCounters.addJob(`MILLIS_${plural}`, now - attempt.startTimeMs);
      this.#jobCounters.addJob(`SLOTS_MILLIS_${plural}`, now - attempt.startTimeMs);
    }
    if (state !== 'SUCCEEDED') this.#jobCounters.addJob(`NUM_${state}_${plural}`, 1);
  }

  hasRunMapOn(trackerId: string): boolean {
    return this.tasks.MAP.some((task) => liveAttempt(task)?.trackerId === trackerId);
  }

  /** The job's own counters with those of every task's attempt that runs or succeeded. */
  counters(): Counters {
    const counters = Counters.fromJson(this.#jobCounters.toJson());
    for (const kind of ['MAP', 'REDUCE'] as const) {
      for (const task of this.tasks[kind]) counters.merge(liveAttempt(task)?.counters ?? {});
    }
    return counters;
  }
}

export interface JobLimits {
  readonly mapAttemptsMax: number;
  readonly reduceAttemptsMax: number;
  /** From 0 to 1. */
  readonly slowstart: number;
}

/** The task's attempt that runs or has succeeded. */
export function liveAttempt(task: Task): Attempt | undefined {
  const last = task.attempts.at(-1);
  return last?.state === 'RUNNING' || last?.state === 'SUCCEEDED' ? last : undefined;
}

/** A job as the scheduler knows it: its tasks, their attempts, its counters and its state. */
import { invariant } from '../../../runtime/bug.ts';
import { Counters, type CountersJson } from '../../job/counters.ts';
import type { InputSplit } from '../../job/input-split.ts';
import { attemptId, type TaskKind } from '../../job/job-id.ts';
import type { JobState, JobSubmission, TaskFailure } from '../../job/messages.ts';

export type EndState = 'SUCCEEDED' | 'FAILED' | 'KILLED';

/** The time of a step, on the two clocks of SchedulerStep. */
interface Moment {
  readonly now: number;
  readonly wallMs: number;
}

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
  /** In the order of their numbers; at most one is RUNNING or SUCCEEDED. */
  readonly attempts: Attempt[];
  /** Number of attempts that failed by themselves; killed and lost attempts do not count. */
  failures: number;
  /** Number of trackers that died while this task ran on them. */
  trackerDeaths: number;
  /** The attempt that was allowed to commit its output. No other one is allowed before this is gone. */
  commit?: CommitPermission;
  /** Number of reduces that could not fetch this map's output. */
  fetchFailures: number;
}

const PLURAL = { MAP: 'MAPS', REDUCE: 'REDUCES' } as const;

/** Whether the history has the job: a write is to come or under way, has succeeded, or has failed (ms, steady clock). */
type HistoryState = { readonly kind: 'PENDING' | 'WRITTEN' } | { readonly kind: 'REFUSED'; readonly sinceMs: number };

/** Only the scheduler changes a job; all others see a JobView. */
export class ScheduledJob {
  readonly submission: JobSubmission;
  readonly limits: JobLimits;
  readonly maxAttempts: Readonly<Record<TaskKind, number>>;
  /** Number of maps that must have succeeded before reduces start. */
  readonly mapsBeforeReduces: number;
  readonly tasks: Readonly<Record<TaskKind, readonly Task[]>>;
  /** Since the epoch. */
  readonly startTimeMs: number;
  readonly failures: TaskFailure[] = [];
  state: JobState = 'PREP';
  /** Set while and after the output is committed or deleted. */
  ending?: 'COMMIT' | 'ABORT';
  /** Stays PENDING until the job has ended and its first write into the history has an outcome. */
  history: HistoryState = { kind: 'PENDING' };
  /** Since the epoch; 0 until the job has ended. */
  finishTimeMs = 0;
  failureInfo = '';
  version = 1;
  readonly #jobCounters = new Counters();
  /** Number of attempts that failed, by tracker. */
  readonly #failuresOn = new Map<string, number>();

  constructor(submission: JobSubmission, limits: JobLimits, wallMs: number) {
    this.submission = submission;
    this.limits = limits;
    this.startTimeMs = wallMs;
    this.maxAttempts = { MAP: limits.mapAttemptsMax, REDUCE: limits.reduceAttemptsMax };
    this.mapsBeforeReduces = Math.ceil(submission.splits.length * limits.slowstart);
    const task = (kind: TaskKind, index: number, split?: InputSplit): Task => ({
      kind,
      index,
      ...(split ? { split } : {}),
      attempts: [],
      failures: 0,
      trackerDeaths: 0,
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

  /** Whether tasks of the job may be started. */
  get isRunnable(): boolean {
    return this.state === 'RUNNING' && this.ending === undefined;
  }

  /** The counters of Hadoop's JobCounter, which no task can count. */
  get jobCounters(): Counters {
    return this.#jobCounters;
  }

  becomeRunning(): void {
    if (this.state === 'PREP') this.state = 'RUNNING';
  }

  /** Returns the tasks that may be started and have no attempt that runs or has succeeded. */
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

  /** From 0 to 1: the mean over the tasks. */
  progress(kind: TaskKind): number {
    const tasks = this.tasks[kind];
    if (this.state === 'SUCCEEDED') return 1;
    // Hadoop shows a job without reduces as done with them once it is done.
    if (tasks.length === 0) return kind === 'MAP' ? 1 : 0;
    return tasks.reduce((sum, task) => sum + (liveAttempt(task)?.progress ?? 0), 0) / tasks.length;
  }

  /** Returns the new attempt's id. */
  startAttempt(task: Task, trackerId: string, { now, wallMs }: Moment): string {
    invariant(!liveAttempt(task), 'at most one attempt of a task runs or has succeeded');
    const id = attemptId(this.jobId, task.kind, task.index, task.attempts.length);
    const attempt: Attempt = {
      attemptId: id,
      trackerId,
      startTimeMs: wallMs,
      startedMs: now,
      progress: 0,
      status: '',
      counters: {},
      state: 'RUNNING',
    };
    task.attempts.push(attempt);
    this.#jobCounters.addJob(`TOTAL_LAUNCHED_${PLURAL[task.kind]}`, 1);
    return id;
  }

  endAttempt(task: Task, attempt: Attempt, state: EndState, { now, wallMs }: Moment): void {
    task.attempts[task.attempts.indexOf(attempt)] = { ...attempt, state, finishTimeMs: wallMs };
    const plural = PLURAL[task.kind];
    // The time of a map whose output was lost was counted when the map succeeded.
    if (attempt.state === 'RUNNING') {
      const millis = Math.round(now - attempt.startedMs);
      this.#jobCounters.addJob(`MILLIS_${plural}`, millis);
      this.#jobCounters.addJob(`SLOTS_MILLIS_${plural}`, millis);
    }
    if (state === 'FAILED') {
      this.#failuresOn.set(attempt.trackerId, (this.#failuresOn.get(attempt.trackerId) ?? 0) + 1);
    }
    if (state !== 'SUCCEEDED') this.#jobCounters.addJob(`NUM_${state}_${plural}`, 1);
  }

  /** Whether so many attempts of this job have failed on the tracker that the job avoids it. */
  isBlacklisted(trackerId: string): boolean {
    return (this.#failuresOn.get(trackerId) ?? 0) >= this.limits.trackerFailuresMax;
  }

  /** Returns the trackers that the job avoids. */
  get blacklist(): string[] {
    return [...this.#failuresOn.keys()].filter((trackerId) => this.isBlacklisted(trackerId));
  }

  /** Whether tasks of the kind write into the output directory: reduces do, and maps of a job without reduces. */
  writesOutput(kind: TaskKind): boolean {
    return kind === 'REDUCE' || this.tasks.REDUCE.length === 0 || this.submission.mapsWriteOutput === true;
  }

  /**
   * Whether the files of a task that has succeeded may go into the output before the job's end: not if the task may run
   * again, as a map whose output for the reduces is lost.
   */
  mergesEarly(kind: TaskKind): boolean {
    return kind === 'REDUCE' || this.tasks.REDUCE.length === 0;
  }

  /** Returns the attempts whose output is that of their tasks. */
  get committed(): string[] {
    return (['MAP', 'REDUCE'] as const).flatMap((kind) =>
      this.writesOutput(kind) ? this.tasks[kind].flatMap((task) => liveAttempt(task)?.attemptId ?? []) : [],
    );
  }

  hasRunMapOn(trackerId: string): boolean {
    return this.tasks.MAP.some((task) => liveAttempt(task)?.trackerId === trackerId);
  }

  /** Returns the job's own counters with the counters of all attempts that run or have succeeded. */
  counters(): Counters {
    const counters = Counters.fromJson(this.#jobCounters.toJson());
    for (const kind of ['MAP', 'REDUCE'] as const) {
      for (const task of this.tasks[kind]) counters.merge(liveAttempt(task)?.counters ?? {});
    }
    return counters;
  }
}

/** A job as everyone but the scheduler sees it. */
export type JobView = Omit<Readonly<ScheduledJob>, 'becomeRunning' | 'startAttempt' | 'endAttempt' | 'jobCounters'>;

export interface JobLimits {
  /** Number of failures of one map task with which the job fails. */
  readonly mapAttemptsMax: number;
  readonly reduceAttemptsMax: number;
  /** From 0 to 1: the share of the maps that must have succeeded before reduces start. */
  readonly slowstart: number;
  /** Number of failed attempts on one tracker with which the job avoids it; Infinity: it avoids none. */
  readonly trackerFailuresMax: number;
  /** Share of the trackers in percent from which on the job uses those too that it would avoid. */
  readonly blacklistIgnorePercent: number;
}

/** Returns the task's attempt that runs or has succeeded. */
export function liveAttempt(task: Task): Attempt | undefined {
  const last = task.attempts.at(-1);
  return last?.state === 'RUNNING' || last?.state === 'SUCCEEDED' ? last : undefined;
}

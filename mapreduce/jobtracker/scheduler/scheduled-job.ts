/** A job as the scheduler knows it: its tasks, their attempts, its counters and its state. */
import { invariant } from '../../../runtime/bug.ts';
import { Counters } from '../../job/counters.ts';
import { attemptId, parseAttemptId, type TaskKind } from '../../job/job-id.ts';
import type { JobPriority, JobState, JobSubmission, TaskFailure } from '../../job/messages.ts';
import { ReduceShares } from '../../skew/reduce-shares.ts';
import type { JobFact } from './facts.ts';
import { rangeFailed, type SkipLimits, testPassed } from './skipping.ts';
import type { SpeculationLimits } from './speculation-limits.ts';
import {
  type Attempt,
  bestAttempt,
  newTask,
  nextAttemptNumber,
  runningAttempts,
  succeededAttempt,
  type Task,
} from './task.ts';

/** The time of a step, on the two clocks of SchedulerStep. */
export interface Moment {
  readonly now: number;
  readonly wallMs: number;
}

type Fact<Kind extends JobFact['kind']> = Extract<JobFact, { kind: Kind }>;

const PLURAL = { MAP: 'MAPS', REDUCE: 'REDUCES' } as const;
/** Numbers of attempts of one start of the JobTracker (Hadoop: TaskImpl, "attempts of one application attempt"). */
const ATTEMPTS_OF_A_START = 1000;
/** Versions of the status of one start of the JobTracker: a client that waits for a new version is answered. */
const VERSIONS_OF_A_START = 1_000_000_000;

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
  readonly shares: ReduceShares;
  state: JobState = 'PREP';
  /** Whether the output may be the job's own, although it is not set up yet. */
  isSettingUp = false;
  /** Set while and after the output is committed or deleted. */
  ending?: 'COMMIT' | 'ABORT';
  /** Whether the commit has moved all files into the output. */
  isMoved = false;
  /** Whether nothing is to be done in the output of the ended job any more. */
  isCleared = false;
  /** Stays PENDING until the job has ended and its first write into the history has an outcome. */
  history: HistoryState = { kind: 'PENDING' };
  /** Since the epoch; 0 until the job has ended. */
  finishTimeMs = 0;
  failureInfo = '';
  version = 1;
  priority: JobPriority;
  /** Steady clock: the next look for slow tasks. */
  readonly nextSpeculationMs: Record<TaskKind, number> = { MAP: 0, REDUCE: 0 };
  /** Number of times that the JobTracker was started anew while the job ran. */
  #restarts = 0;
  readonly #succeeded = { MAP: 0, REDUCE: 0 };
  readonly #jobCounters = new Counters();
  /** Number of attempts that failed, by tracker. */
  readonly #failuresOn = new Map<string, number>();

  constructor({ submission, timeMs }: Fact<'submitted'>, limits: JobLimits) {
    this.submission = submission;
    this.limits = limits;
    this.startTimeMs = timeMs;
    this.priority = limits.priority;
    this.shares = new ReduceShares(
      submission.splits.length,
      submission.reduces,
      limits.skewBytesMin ?? Number.POSITIVE_INFINITY,
    );
    this.maxAttempts = { MAP: limits.mapAttemptsMax, REDUCE: limits.reduceAttemptsMax };
    this.mapsBeforeReduces = Math.ceil(submission.splits.length * limits.slowstart);
    this.tasks = {
      MAP: submission.splits.map((split, i) => newTask('MAP', i, split)),
      REDUCE: Array.from({ length: submission.reduces }, (_, i) => newTask('REDUCE', i)),
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

  get allTasks(): readonly Task[] {
    return [...this.tasks.MAP, ...this.tasks.REDUCE];
  }

  /** The one way to change the job's tasks, output and state, in a running JobTracker and when one starts anew. */
  apply(fact: JobFact, { now, wallMs }: Moment): void {
    switch (fact.kind) {
      case 'submitted':
        break;
      case 'recovered':
        this.#restarts++;
        this.version = this.#restarts * VERSIONS_OF_A_START;
        break;
      case 'settingUp':
        this.isSettingUp = true;
        break;
      case 'setUp':
        if (this.state === 'PREP') this.state = 'RUNNING';
        break;
      case 'started':
        this.#started(fact, now - (wallMs - fact.timeMs));
        break;
      case 'ended':
        this.#ended(fact);
        break;
      case 'allowed':
        this.#find(fact.attemptId).task.commit = { attemptId: fact.attemptId };
        break;
      case 'revoked':
        delete this.#find(fact.attemptId).task.commit;
        break;
      case 'priority':
        this.priority = fact.priority;
        break;
      case 'ending':
        this.ending = fact.how;
        this.failureInfo = fact.failureInfo;
        break;
      case 'moved':
        this.isMoved = true;
        break;
      case 'cleared':
        this.isCleared = true;
        break;
      case 'over':
        this.state = fact.state;
        this.finishTimeMs = fact.timeMs;
        break;
    }
  }

  #started({ attemptId, trackerId, timeMs, locality }: Fact<'started'>, startedMs: number): void {
    const { task } = this.#find(attemptId);
    const attempt: Attempt = {
      attemptId,
      trackerId,
      startTimeMs: timeMs,
      startedMs,
      progress: 0,
      status: '',
      counters: {},
      state: 'RUNNING',
    };
    task.attempts.push(attempt);
    delete task.isSpeculated;
    delete task.heldSinceMs;
    this.#jobCounters.addJob(`TOTAL_LAUNCHED_${PLURAL[task.kind]}`, 1);
    if (locality) this.#jobCounters.addJob(locality, 1);
  }

  #ended({ attemptId, state, timeMs, tookMs, counters, error, range, isTestPassed }: Fact<'ended'>): void {
    const { task, attempt } = this.#find(attemptId);
    invariant(attempt !== undefined, 'an attempt that ends has started');
    task.attempts[task.attempts.indexOf(attempt)] = {
      ...attempt,
      ...(counters ? { counters, progress: 1 } : {}),
      state,
      finishTimeMs: timeMs,
    };
    const plural = PLURAL[task.kind];
    if (attempt.state === 'SUCCEEDED') this.#succeeded[task.kind]--;
    if (state === 'SUCCEEDED') this.#succeeded[task.kind]++;
    // The time of a map whose output was lost was counted when the map succeeded.
    if (attempt.state === 'RUNNING') {
      this.#jobCounters.addJob(`MILLIS_${plural}`, tookMs);
      this.#jobCounters.addJob(`SLOTS_MILLIS_${plural}`, tookMs);
      this.#jobCounters.addJob(`VCORES_MILLIS_${plural}`, tookMs);
      const memoryMb = this.limits.memoryMb?.[task.kind];
      if (memoryMb !== undefined) this.#jobCounters.addJob(`MB_MILLIS_${plural}`, tookMs * memoryMb);
    }
    if (state !== 'SUCCEEDED') this.#jobCounters.addJob(`NUM_${state}_${plural}`, 1);
    const mostSkipped = this.limits.skip?.most[task.kind] ?? 0;
    if (isTestPassed) task.skip = testPassed(task.skip, mostSkipped);
    if (state !== 'FAILED') return;
    const { trackerId } = attempt;
    if (range) task.skip = rangeFailed(task.skip, range, mostSkipped);
    // In skipping mode the records are the cause, not the tracker.
    else this.#failuresOn.set(trackerId, (this.#failuresOn.get(trackerId) ?? 0) + 1);
    task.failures++;
    this.failures.push({ attemptId, trackerId, error: error ?? { message: '' } });
  }

  /** @throws InvariantError for an id of another job, or of a task that the job does not have */
  #find(id: string): { readonly task: Task; readonly attempt: Attempt | undefined } {
    const parsed = parseAttemptId(id);
    const task = parsed && this.tasks[parsed.kind][parsed.index];
    invariant(task !== undefined && parsed?.jobId === this.jobId, 'a fact of an attempt names a task of the job');
    return { task, attempt: task.attempts.find((attempt) => attempt.attemptId === id) };
  }

  /** Returns the tasks that may be started: those without an attempt that runs or has succeeded, then the slow ones. */
  pending(kind: TaskKind): Task[] {
    if (!this.isRunnable) return [];
    if (kind === 'REDUCE' && this.succeededCount('MAP') < this.mapsBeforeReduces) return [];
    const waiting = this.tasks[kind].filter((task) => !bestAttempt(task));
    return [...waiting, ...this.tasks[kind].filter((task) => task.isSpeculated && runningAttempts(task).length === 1)];
  }

  succeededCount(kind: TaskKind): number {
    return this.#succeeded[kind];
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
    return tasks.reduce((sum, task) => sum + (bestAttempt(task)?.progress ?? 0), 0) / tasks.length;
  }

  /** Returns the id of the task's next attempt. */
  nextAttemptId(task: Task): string {
    const number = nextAttemptNumber(task, this.#restarts * ATTEMPTS_OF_A_START);
    return attemptId(this.jobId, task.kind, task.index, number);
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
      this.writesOutput(kind) ? this.tasks[kind].flatMap((task) => succeededAttempt(task)?.attemptId ?? []) : [],
    );
  }

  /** Returns the number of attempts that run. */
  get runningCount(): number {
    return this.allTasks.reduce((sum, task) => sum + runningAttempts(task).length, 0);
  }

  hasRunMapOn(trackerId: string): boolean {
    return this.tasks.MAP.some((task) => bestAttempt(task)?.trackerId === trackerId);
  }

  /** Returns the job's own counters with the counters of all attempts that run or have succeeded. */
  counters(): Counters {
    const counters = Counters.fromJson(this.#jobCounters.toJson());
    for (const kind of ['MAP', 'REDUCE'] as const) {
      for (const task of this.tasks[kind]) counters.merge(bestAttempt(task)?.counters ?? {});
    }
    return counters;
  }
}

/** A job as everyone but the scheduler sees it. */
export type JobView = Omit<Readonly<ScheduledJob>, 'apply'>;

/** The facts of a job, as they were kept. The first one is `submitted`. */
export interface RestoredJob {
  readonly facts: readonly JobFact[];
  readonly limits: JobLimits;
}

export interface JobLimits {
  /** Number of failures of one map task with which the job fails. */
  readonly mapAttemptsMax: number;
  readonly reduceAttemptsMax: number;
  /** From 0 to 1: the share of the maps that must have succeeded before reduces start. */
  readonly slowstart: number;
  /** Number of failed attempts on one tracker with which the job avoids it; Infinity: it avoids none. */
  readonly trackerFailuresMax: number;
  readonly priority: JobPriority;
  readonly queue: string;
  /** Undefined: a bad record fails its task. */
  readonly skip?: SkipLimits;
  /** Undefined: no task has two attempts at a time. */
  readonly speculation?: SpeculationLimits;
  /** Share of the trackers in percent from which on the job uses those too that it would avoid. */
  readonly blacklistIgnorePercent: number;
  /** Bytes of a reduce's share below which users are told nothing of skew. Undefined: they are never told. */
  readonly skewBytesMin?: number;
  /** Memory that a task may have: mapreduce.map.memory.mb and mapreduce.reduce.memory.mb. */
  readonly memoryMb?: Readonly<Record<TaskKind, number>>;
}

import { parseAttemptId, type TaskKind, taskId } from '../job/job-id.ts';
import type {
  JobSubmission,
  MapOutputLocation,
  TaskError,
  TaskReport,
  TrackerAction,
  TrackerRegistration,
} from '../job/messages.ts';
import { localityCounter, localityOf } from './locality.ts';
import { type Attempt, type JobLimits, liveAttempt, ScheduledJob, type Task } from './scheduled-job.ts';
import type { SchedulerEffect, SchedulerEvent } from './scheduler-events.ts';
import { type Tracker, TrackerTable } from './tracker-table.ts';

/** Reduces that must have failed to fetch a map's output before the map runs again; fewer when there are fewer. */
const FETCH_FAILURES_MAX = 3;

/**
 * Which task runs where and what follows from how it ends. A pure state machine: step() takes what happened and the
 * time, and answers with what is to be done, in order.
 */
export class Scheduler {
  /** In the order of submission, which is the order of their turn. */
  readonly jobs = new Map<string, ScheduledJob>();
  readonly #trackers = new TrackerTable();
  readonly #expiryMs: number;
  #effects: SchedulerEffect[] = [];
  #now = 0;

  constructor(options: { readonly trackerExpiryMs: number }) {
    this.#expiryMs = options.trackerExpiryMs;
  }

  get trackers(): readonly TrackerRegistration[] {
    return this.#trackers.registrations;
  }

  isRegistered(trackerId: string): boolean {
    return this.#trackers.get(trackerId) !== undefined;
  }

  step(event: SchedulerEvent, now: number): SchedulerEffect[] {
    this.#now = now;
    this.#effects = [];
    this.#handle(event);
    this.#assign();
    return this.#effects;
  }

  /** Whether the attempt may move its output into place; the first that asks of a task is the one. */
  mayCommit(attemptId: string): boolean {
    const found = this.#find(attemptId);
    if (!found?.job.isRunnable || found.attempt.state !== 'RUNNING') return false;
    found.task.committing ??= attemptId;
    return found.task.committing === attemptId;
  }

  #handle(event: SchedulerEvent): void {
    switch (event.kind) {
      case 'announce':
        this.#prepare();
        break;
      case 'submit':
        this.#submit(event.submission, event.limits);
        break;
      case 'jobSetUp':
        this.#withJob(event.jobId, (job) => {
          if (job.state === 'PREP') job.state = 'RUNNING';
          this.#maybeEnd(job);
        });
        break;
      case 'jobEnded':
        this.#withJob(event.jobId, (job) => this.#becomeOver(job));
        break;
      case 'jobError':
        this.#withJob(event.jobId, (job) => this.#fail(job, event.message));
        break;
      case 'killJob':
        this.#withJob(event.jobId, (job) => this.#kill(job, event.reason));
        break;
      case 'register':
        this.#register(event.tracker);
        break;
      case 'seen':
        this.#see(event.trackerId);
        break;
      case 'trackerLost':
        this.#loseTracker(event.trackerId);
        break;
      case 'report':
        this.#see(event.trackerId);
        this.#report(event.report);
        break;
      case 'tick':
        for (const trackerId of this.#trackers.silentSince(this.#now - this.#expiryMs)) this.#loseTracker(trackerId);
        break;
    }
  }

  #submit(submission: JobSubmission, limits: JobLimits): void {
    const job = new ScheduledJob(submission, limits, this.#now);
    this.jobs.set(job.jobId, job);
    this.#effects.push({ kind: 'setupJob', job });
  }

  #withJob(jobId: string, change: (job: ScheduledJob) => void): void {
    const job = this.jobs.get(jobId);
    if (!job || job.isOver) return;
    change(job);
    this.#changed(job);
  }

  #changed(job: ScheduledJob): void {
    job.version++;
    this.#effects.push({ kind: 'changed', job });
  }

  // ---- trackers

  #register(registration: TrackerRegistration): void {
    // One that registers again has lost its tasks.
    this.#loseTracker(registration.trackerId);
    this.#trackers.add(registration, this.#now);
  }

  /** The tracker that has least to do starts a process ahead. */
  #prepare(): void {
    const best = this.#trackers.idlest();
    if (!best) return;
    best.prepared = true;
    this.#tell(best.registration.trackerId, { kind: 'prepare' });
  }

  #see(trackerId: string): void {
    const tracker = this.#trackers.get(trackerId);
    if (tracker) tracker.lastSeenMs = this.#now;
  }

  /** Its running tasks run again elsewhere, and so do its finished maps, whose output was there. */
  #loseTracker(trackerId: string): void {
    if (!this.#trackers.delete(trackerId)) return;
    for (const job of this.jobs.values()) {
      if (job.isOver) continue;
      const reducesDone = job.succeededCount('REDUCE') === job.tasks.REDUCE.length;
      for (const task of [...job.tasks.MAP, ...job.tasks.REDUCE]) {
        const attempt = liveAttempt(task);
        if (attempt?.trackerId !== trackerId) continue;
        const outputNeeded = task.kind === 'MAP' && !reducesDone;
        if (attempt.state === 'RUNNING' || outputNeeded) this.#endAttempt(job, task, attempt, 'KILLED');
      }
      this.#changed(job);
    }
  }

  // ---- reports

  #find(attemptId: string): { job: ScheduledJob; task: Task; attempt: Attempt } | undefined {
    const parsed = parseAttemptId(attemptId);
    const job = parsed && this.jobs.get(parsed.jobId);
    const task = parsed && job?.tasks[parsed.kind][parsed.index];
    const attempt = parsed && task?.attempts[parsed.attempt];
    return job && task && attempt ? { job, task, attempt } : undefined;
  }

  #report(report: TaskReport): void {
    const found = this.#find(report.attemptId);
    // What comes late from an attempt that was given up changes nothing.
    if (found?.attempt.state !== 'RUNNING' || found.job.isOver) return;
    const { job, task, attempt } = found;
    switch (report.kind) {
      case 'progress':
        attempt.progress = Math.max(attempt.progress, report.progress);
        attempt.status = report.status ?? attempt.status;
        attempt.counters = report.counters ?? attempt.counters;
        break;
      case 'succeeded':
        attempt.progress = 1;
        attempt.counters = report.counters;
        this.#endAttempt(job, task, attempt, 'SUCCEEDED');
        if (task.kind === 'MAP') this.#publishMapOutput(job, task);
        this.#maybeEnd(job);
        break;
      case 'failed':
        this.#attemptFailed(job, task, attempt, report.error);
        break;
      case 'killed':
        this.#endAttempt(job, task, attempt, 'KILLED');
        break;
      case 'fetchFailed':
        this.#fetchFailed(job, report.mapAttemptId);
        break;
    }
    this.#changed(job);
  }

  #endAttempt(job: ScheduledJob, task: Task, attempt: Attempt, state: 'SUCCEEDED' | 'FAILED' | 'KILLED'): void {
    this.#trackers.get(attempt.trackerId)?.running[task.kind].delete(attempt.attemptId);
    job.endAttempt(task, attempt, state, this.#now);
    if (state !== 'SUCCEEDED') this.#effects.push({ kind: 'abortTask', job, attemptId: attempt.attemptId });
  }

  #attemptFailed(job: ScheduledJob, task: Task, attempt: Attempt, error: TaskError): void {
    this.#endAttempt(job, task, attempt, 'FAILED');
    job.failures.push({ attemptId: attempt.attemptId, trackerId: attempt.trackerId, error });
    task.failures++;
    if (task.failures < job.maxAttempts[task.kind]) return;
    const failed = { MAP: task.kind === 'MAP' ? 1 : 0, REDUCE: task.kind === 'REDUCE' ? 1 : 0 };
    this.#fail(
      job,
      `Task failed ${taskId(job.jobId, task.kind, task.index)}\n` +
        `Job failed as tasks failed. failedMaps:${failed.MAP} failedReduces:${failed.REDUCE}`,
    );
  }

  /** The output is gone or damaged when enough reduces say so: the map runs again. */
  #fetchFailed(job: ScheduledJob, mapAttemptId: string): void {
    const map = this.#find(mapAttemptId);
    if (map?.job !== job || map.attempt.state !== 'SUCCEEDED') return;
    map.task.fetchFailures++;
    if (map.task.fetchFailures < Math.min(FETCH_FAILURES_MAX, job.tasks.REDUCE.length)) return;
    map.task.fetchFailures = 0;
    this.#endAttempt(job, map.task, map.attempt, 'KILLED');
  }

  #mapOutputOf(task: Task): MapOutputLocation | undefined {
    const attempt = liveAttempt(task);
    const tracker = attempt?.state === 'SUCCEEDED' ? this.#trackers.get(attempt.trackerId) : undefined;
    if (!attempt || !tracker) return undefined;
    return { mapIndex: task.index, attemptId: attempt.attemptId, url: tracker.registration.shuffleUrl };
  }

  #publishMapOutput(job: ScheduledJob, task: Task): void {
    const output = this.#mapOutputOf(task);
    if (!output) return;
    const attempts = job.tasks.REDUCE.map(liveAttempt).filter((a) => a?.state === 'RUNNING');
    for (const trackerId of new Set(attempts.flatMap((a) => (a ? [a.trackerId] : [])))) {
      this.#tell(trackerId, { kind: 'mapOutputs', jobId: job.jobId, outputs: [output] });
    }
  }

  // ---- ends of jobs

  #maybeEnd(job: ScheduledJob): void {
    if (!job.isRunnable || !job.allSucceeded) return;
    job.ending = 'COMMIT';
    this.#effects.push({ kind: 'commitJob', job });
  }

  #fail(job: ScheduledJob, message: string): void {
    if (job.ending === 'ABORT') return;
    job.failureInfo = message;
    this.#abort(job);
  }

  #kill(job: ScheduledJob, reason: string): void {
    if (job.ending) return;
    job.state = 'KILLED';
    job.failureInfo = reason;
    this.#abort(job);
    this.#becomeOver(job);
  }

  /** Ends what runs of the job; its output is given up. */
  #abort(job: ScheduledJob): void {
    job.ending = 'ABORT';
    for (const task of [...job.tasks.MAP, ...job.tasks.REDUCE]) {
      const attempt = liveAttempt(task);
      if (attempt?.state !== 'RUNNING') continue;
      this.#tell(attempt.trackerId, { kind: 'kill', attemptId: attempt.attemptId });
      this.#endAttempt(job, task, attempt, 'KILLED');
    }
    this.#effects.push({ kind: 'abortJob', job });
  }

  #becomeOver(job: ScheduledJob): void {
    if (job.state !== 'KILLED') job.state = job.ending === 'COMMIT' ? 'SUCCEEDED' : 'FAILED';
    job.finishTimeMs = this.#now;
    for (const trackerId of this.#trackers.ids) this.#tell(trackerId, { kind: 'endJob', jobId: job.jobId });
  }

  // ---- assignment

  #tell(trackerId: string, action: TrackerAction): void {
    this.#effects.push({ kind: 'tell', trackerId, action });
  }

  /** Jobs in their order; within a job first the maps that a tracker has a replica for, then the others. */
  #assign(): void {
    for (const job of this.jobs.values()) {
      if (!job.isRunnable) continue;
      this.#assignTasks(job, 'MAP', (task, { registration }) => localityOf(task.split, registration) === 'DATA_LOCAL');
      this.#assignTasks(job, 'MAP');
      this.#assignTasks(job, 'REDUCE');
    }
  }

  #assignTasks(job: ScheduledJob, kind: TaskKind, suits: (task: Task, tracker: Tracker) => boolean = () => true): void {
    if (!this.#trackers.hasFreeSlot(kind)) return;
    for (const task of job.pending(kind)) {
      const tracker = this.#trackers.choose(kind, {
        suits: (t) => suits(task, t),
        hasFailed: ({ registration: r }) =>
          task.attempts.some((a) => a.trackerId === r.trackerId && a.state === 'FAILED'),
        isWarm: ({ registration: r }) => kind === 'REDUCE' && job.hasRunMapOn(r.trackerId),
      });
      if (tracker) this.#launch(job, task, tracker);
      else if (!this.#trackers.hasFreeSlot(kind)) return;
    }
  }

  #launch(job: ScheduledJob, task: Task, tracker: Tracker): void {
    const { registration } = tracker;
    const { trackerId } = registration;
    const attemptId = job.startAttempt(task, trackerId, this.#now);
    tracker.running[task.kind].add(attemptId);
    tracker.prepared = false;
    const locality = task.kind === 'MAP' ? localityCounter(task.split, registration) : undefined;
    if (locality) job.jobCounters.addJob(locality, 1);
    const { splits: _splits, stagingUri: _stagingUri, ...description } = job.submission;
    const work =
      task.kind === 'MAP'
        ? { split: task.split }
        : { mapOutputs: job.tasks.MAP.flatMap((map) => this.#mapOutputOf(map) ?? []) };
    const launch = { attemptId, kind: task.kind, index: task.index, job: description, ...work };
    this.#tell(trackerId, { kind: 'launch', launch });
  }
}

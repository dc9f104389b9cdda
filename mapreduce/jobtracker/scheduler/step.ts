/** The state that every handler of the scheduler works with: jobs, trackers, the time, and the list of effects. */
import { parseAttemptId } from '../../job/job-id.ts';
import type { TrackerAction } from '../../job/messages.ts';
import type { SchedulerEffect } from './events.ts';
import type { JobFact } from './facts.ts';
import type { LocalityDelays } from './locality.ts';
import type { ScheduledJob } from './scheduled-job.ts';
import type { Attempt, EndState, Task } from './task.ts';
import type { TrackerTable } from './tracker-table.ts';

/** The state of the scheduler. Only the handlers of Scheduler.step() change it. */
export interface SchedulerState {
  /** By job id, in the order of submission. */
  readonly jobs: Map<string, ScheduledJob>;
  readonly trackers: TrackerTable;
  /** Number of job ids that were given out. */
  jobsAnnounced: number;
  /** Time of the last tick, ms of the steady clock; undefined before the first one. */
  lastTickMs: number | undefined;
  readonly delays: LocalityDelays;
}

/** An attempt with its task and its job. */
export interface FoundAttempt {
  readonly job: ScheduledJob;
  readonly task: Task;
  readonly attempt: Attempt;
}

/** The results of an attempt that has ended. */
export type AttemptOutcome = Pick<Extract<JobFact, { kind: 'ended' }>, 'counters' | 'error' | 'range' | 'isTestPassed'>;

/** One step: one event at one moment. */
export class SchedulerStep {
  readonly state: SchedulerState;
  /** Milliseconds of a clock that is never set; all waiting and expiry go by it. */
  readonly now: number;
  /** Milliseconds since the epoch, for the start and finish times that users see. */
  readonly wallMs: number;
  /** In the order in which they are to be carried out. */
  readonly effects: SchedulerEffect[] = [];
  /** The time of the steady clock at which a map that is held may take a farther slot; Infinity: none is held. */
  wakeAtMs = Number.POSITIVE_INFINITY;

  constructor(state: SchedulerState, now: number, wallMs: number) {
    this.state = state;
    this.now = now;
    this.wallMs = wallMs;
  }

  get trackers(): TrackerTable {
    return this.state.trackers;
  }

  get jobs(): ReadonlyMap<string, ScheduledJob> {
    return this.state.jobs;
  }

  get delays(): LocalityDelays {
    return this.state.delays;
  }

  tell(trackerId: string, action: TrackerAction): void {
    this.effects.push({ kind: 'tell', trackerId, action });
  }

  /** Gives the job's status a new version. */
  changed(job: ScheduledJob): void {
    job.version++;
    this.effects.push({ kind: 'changed', job });
  }

  /** Changes the job, and has the fact kept. */
  record(job: ScheduledJob, fact: JobFact): void {
    job.apply(fact, this);
    this.effects.push({ kind: 'record', jobId: job.jobId, fact });
  }

  /** Frees the attempt's slot. The output of an attempt that did not succeed is to be deleted. */
  endAttempt({ job, task, attempt }: FoundAttempt, state: EndState, outcome: AttemptOutcome = {}): void {
    const { attemptId, trackerId } = attempt;
    const tracker = this.trackers.get(trackerId);
    tracker?.running[task.kind].delete(attemptId);
    if (tracker?.lone === attemptId) delete tracker.lone;
    const tookMs = Math.max(0, Math.round(this.now - attempt.startedMs));
    this.record(job, { kind: 'ended', attemptId, state, timeMs: this.wallMs, tookMs, ...outcome });
    if (!job.writesOutput(task.kind)) return;
    if (state === 'SUCCEEDED') {
      if (job.mergesEarly(task.kind)) this.effects.push({ kind: 'mergeTask', job, attemptId });
      return;
    }
    // The output of a job that is given up is deleted as a whole.
    if (job.ending === 'ABORT') return;
    if (task.commit?.attemptId === attemptId) {
      task.commit.revoking = { tries: 0 };
      this.effects.push({ kind: 'revokeTask', job, attemptId });
    } else this.effects.push({ kind: 'abortTask', job, attemptId });
  }

  /** Returns undefined for an id that no attempt of a known job has. */
  findAttempt(attemptId: string): FoundAttempt | undefined {
    const parsed = parseAttemptId(attemptId);
    const job = parsed && this.jobs.get(parsed.jobId);
    const task = parsed && job?.tasks[parsed.kind][parsed.index];
    const attempt = task?.attempts.find((one) => one.attemptId === attemptId);
    return job && task && attempt ? { job, task, attempt } : undefined;
  }
}

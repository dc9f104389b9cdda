/** The scheduler: gives tasks to trackers, and draws the conclusions from the tasks' ends. */
import { dearInvariants } from '../../../runtime/bug.ts';
import type { BlacklistedTracker } from '../../job/cluster-status.ts';
import type { TrackerInventory, TrackerRegistration } from '../../job/messages.ts';
import { adoptAttempts, attemptsOn } from './adoption.ts';
import { assignTasks } from './assignment.ts';
import { mayCommit, outputNotRevoked, outputRevoked, retryRevokes } from './commit-handlers.ts';
import { blacklisted } from './eligible-trackers.ts';
import type { SchedulerEffect, SchedulerEvent } from './events.ts';
import { jobNotReported, jobReported, retryHistory } from './history-handlers.ts';
import { checkInvariants } from './invariants.ts';
import { announceJob, failJob, killJob, maybeEnd, outputEnded, submitJob } from './job-handlers.ts';
import type { LocalityDelays } from './locality.ts';
import { fifo, type QueuePolicy } from './queue-policy.ts';
import { recoverJobs } from './recovery.ts';
import { endTask, handleReport } from './report-handlers.ts';
import type { JobView, ScheduledJob } from './scheduled-job.ts';
import { speculate } from './speculation.ts';
import { type SchedulerState, SchedulerStep } from './step.ts';
import type { FaultLimits } from './tracker-faults.ts';
import { expireTrackers, loseTracker, registerTracker, seeTracker, trackerHealth } from './tracker-handlers.ts';
import { TrackerTable } from './tracker-table.ts';

const NO_FAULTS: FaultLimits = { faultsMax: Number.POSITIVE_INFINITY, windowMs: 0 };

const NO_DELAYS: LocalityDelays = { nodeMs: 0, rackMs: 0 };

const NO_INVENTORY: TrackerInventory = { running: [], succeeded: [] };

export interface SchedulerOptions {
  /** A tracker that has sent nothing for longer than this is lost. */
  readonly trackerExpiryMs: number;
  /** The time between two `tick` events. */
  readonly tickMs: number;
  /** Limits from which on a tracker runs no tasks of any job; default: none. */
  readonly faults?: FaultLimits;
  /** Default: first in, first out. */
  readonly policy?: QueuePolicy;
  /** Default: maps do not wait for a slot near their input. */
  readonly delays?: LocalityDelays;
}

/**
 * A pure state machine, and the one door to jobs and trackers: step() takes an event and the time, and returns the
 * effects that are to be carried out, in order.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #policy: QueuePolicy;
  readonly #state: SchedulerState;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const trackers = new TrackerTable(options.faults ?? NO_FAULTS);
    const { delays = NO_DELAYS } = options;
    this.#state = { jobs: new Map(), trackers, jobsAnnounced: 0, lastTickMs: undefined, delays };
    this.#policy = options.policy ?? fifo;
  }

  /** By job id, in the order of submission. */
  get jobs(): ReadonlyMap<string, JobView> {
    return this.#state.jobs;
  }

  get trackers(): readonly TrackerRegistration[] {
    return this.#state.trackers.registrations;
  }

  /** Returns the trackers that take no tasks, with the reason. */
  blacklisted(now: number): BlacklistedTracker[] {
    return blacklisted(this.#state.trackers, now);
  }

  isRegistered(trackerId: string): boolean {
    return this.#state.trackers.get(trackerId) !== undefined;
  }

  /** Returns the attempts that the tracker goes on with when it has registered anew. */
  attemptsOn(trackerId: string): string[] {
    return attemptsOn(this.#state.jobs.values(), trackerId);
  }

  /**
   * @param now milliseconds of a clock that is never set
   * @param wallMs milliseconds since the epoch, for the times that users see; nothing is decided by it
   */
  step(event: SchedulerEvent, now: number, wallMs: number): readonly SchedulerEffect[] {
    const step = new SchedulerStep(this.#state, now, wallMs);
    this.#handle(step, event);
    assignTasks(step, this.#policy);
    if (step.wakeAtMs < Number.POSITIVE_INFINITY) step.effects.push({ kind: 'wakeAt', timeMs: step.wakeAtMs });
    if (dearInvariants) checkInvariants(this.#state);
    return step.effects;
  }

  #handle(step: SchedulerStep, event: SchedulerEvent): void {
    switch (event.kind) {
      case 'announce':
        announceJob(step);
        break;
      case 'submit':
        submitJob(step, event.submission, event.limits);
        break;
      case 'recover':
        recoverJobs(step, event.jobs, this.#options.trackerExpiryMs);
        break;
      case 'jobSettingUp':
        this.#withJob(step, event.jobId, (job) => step.record(job, { kind: 'settingUp' }));
        break;
      case 'jobSetUp':
        this.#withJob(step, event.jobId, (job) => {
          if (job.state === 'PREP') step.record(job, { kind: 'setUp' });
          maybeEnd(step, job);
        });
        break;
      case 'outputMoved':
        this.#withJob(step, event.jobId, (job) => step.record(job, { kind: 'moved' }));
        break;
      case 'jobEnded':
        this.#jobEnded(step, event.jobId);
        break;
      case 'jobError':
        this.#withJob(step, event.jobId, (job) => failJob(step, job, event.message));
        break;
      case 'killJob':
        this.#withJob(step, event.jobId, (job) => killJob(step, job, event.reason));
        break;
      case 'setPriority':
        this.#withJob(step, event.jobId, (job) => step.record(job, { kind: 'priority', priority: event.priority }));
        break;
      case 'endTask':
        endTask(step, event.attemptId, event.how, event.user);
        break;
      case 'jobReported':
        jobReported(step, event.jobId);
        break;
      case 'jobNotReported':
        jobNotReported(step, event.jobId);
        break;
      case 'register':
        if (registerTracker(step, event.tracker))
          adoptAttempts(step, event.tracker.trackerId, event.inventory ?? NO_INVENTORY);
        break;
      case 'seen':
        seeTracker(step, event.trackerId);
        break;
      case 'trackerLost':
        loseTracker(step, event.trackerId, event.loss);
        break;
      case 'trackerHealth':
        trackerHealth(step, event.trackerId, event.problem);
        break;
      case 'report':
        seeTracker(step, event.trackerId);
        handleReport(step, event.report);
        break;
      case 'mayCommit':
        mayCommit(step, event.attemptId);
        break;
      case 'outputRevoked':
        outputRevoked(step, event.attemptId);
        break;
      case 'outputNotRevoked':
        outputNotRevoked(step, event.attemptId, event.message);
        break;
      case 'wake':
        // Tasks are given out at the end of every step.
        break;
      case 'tick':
        expireTrackers(step, this.#options, event.disconnected ?? []);
        retryHistory(step);
        retryRevokes(step);
        speculate(step);
        break;
    }
  }

  /** Changes a job that is known and not over. */
  #withJob(step: SchedulerStep, jobId: string, change: (job: ScheduledJob) => void): void {
    const job = step.jobs.get(jobId);
    if (!job || job.isOver) return;
    change(job);
    step.changed(job);
  }

  /** Also of a job that was killed, and over before its output was deleted. */
  #jobEnded(step: SchedulerStep, jobId: string): void {
    const job = step.jobs.get(jobId);
    if (!job) return;
    outputEnded(step, job);
    step.changed(job);
  }
}

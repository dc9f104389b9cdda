/** The scheduler: gives tasks to trackers, and draws the conclusions from the tasks' ends. */
import { dearInvariants } from '../../../runtime/bug.ts';
import type { TrackerRegistration } from '../../job/messages.ts';
import { assignTasks } from './assignment.ts';
import { mayCommit, outputNotRevoked, outputRevoked, retryRevokes } from './commit-handlers.ts';
import type { SchedulerEffect, SchedulerEvent } from './events.ts';
import { jobNotReported, jobReported, retryHistory } from './history-handlers.ts';
import { checkInvariants } from './invariants.ts';
import { announceJob, becomeOver, failJob, killJob, maybeEnd, submitJob } from './job-handlers.ts';
import { fifo, type QueuePolicy } from './queue-policy.ts';
import { handleReport } from './report-handlers.ts';
import type { JobView, ScheduledJob } from './scheduled-job.ts';
import { type SchedulerState, SchedulerStep } from './step.ts';
import type { FaultLimits } from './tracker-faults.ts';
import { expireTrackers, loseTracker, registerTracker, seeTracker, trackerHealth } from './tracker-handlers.ts';
import { TrackerTable } from './tracker-table.ts';

const NO_FAULTS: FaultLimits = { faultsMax: Number.POSITIVE_INFINITY, windowMs: 0 };

export interface SchedulerOptions {
  /** A tracker that has sent nothing for longer than this is lost. */
  readonly trackerExpiryMs: number;
  /** The time between two `tick` events. */
  readonly tickMs: number;
  /** Limits from which on a tracker runs no tasks of any job; default: none. */
  readonly faults?: FaultLimits;
  /** Default: first in, first out. */
  readonly policy?: QueuePolicy;
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
    this.#state = { jobs: new Map(), trackers, jobsAnnounced: 0, lastTickMs: undefined };
    this.#policy = options.policy ?? fifo;
  }

  /** By job id, in the order of submission. */
  get jobs(): ReadonlyMap<string, JobView> {
    return this.#state.jobs;
  }

  get trackers(): readonly TrackerRegistration[] {
    return this.#state.trackers.registrations;
  }

  isRegistered(trackerId: string): boolean {
    return this.#state.trackers.get(trackerId) !== undefined;
  }

  /**
   * @param now milliseconds of a clock that is never set
   * @param wallMs milliseconds since the epoch, for the times that users see; nothing is decided by it
   */
  step(event: SchedulerEvent, now: number, wallMs: number): readonly SchedulerEffect[] {
    const step = new SchedulerStep(this.#state, now, wallMs);
    this.#handle(step, event);
    assignTasks(step, this.#policy);
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
      case 'jobSetUp':
        this.#withJob(step, event.jobId, (job) => {
          job.becomeRunning();
          maybeEnd(step, job);
        });
        break;
      case 'jobEnded':
        this.#withJob(step, event.jobId, (job) => becomeOver(step, job));
        break;
      case 'jobError':
        this.#withJob(step, event.jobId, (job) => failJob(step, job, event.message));
        break;
      case 'killJob':
        this.#withJob(step, event.jobId, (job) => killJob(step, job, event.reason));
        break;
      case 'jobReported':
        jobReported(step, event.jobId);
        break;
      case 'jobNotReported':
        jobNotReported(step, event.jobId);
        break;
      case 'register':
        registerTracker(step, event.tracker);
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
      case 'tick':
        expireTrackers(step, this.#options);
        retryHistory(step);
        retryRevokes(step);
        break;
    }
  }

  /** Changes a job that is known and not over. */
  #withJob(step: SchedulerStep, jobId: string, change: (job: ScheduledJob) => void): void {
    const job = step.jobs.get(jobId);
    if (!job || job.isOver) return;
    change(job);
    step.changed(job);
    if (job.isOver) step.effects.push({ kind: 'keepJob', job }, { kind: 'jobOver', job });
  }
}

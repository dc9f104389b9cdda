/** Drives the scheduler: hands it events and the time, and carries out the effects that it asks for. */
import type { Configuration } from '../../../conf/configuration.ts';
import { Bug, invariant } from '../../../runtime/bug.ts';
import { HadoopError, hadoopError } from '../../../runtime/errors.ts';
import type { Logger } from '../../../runtime/log.ts';
import type { Clock } from '../../../runtime/runtime.ts';
import type { BlacklistedTracker, QueueStatus } from '../../job/cluster-status.ts';
import type { CommitAnswer } from '../../job/commit-answer.ts';
import { jobId, parseAttemptId } from '../../job/job-id.ts';
import type {
  AttemptStatus,
  JobPriority,
  JobStatus,
  JobSubmission,
  NewJob,
  RegisterAnswer,
  TaskLaunch,
  TrackerRegistration,
} from '../../job/messages.ts';
import type { SchedulerEffect, SchedulerEvent } from '../scheduler/events.ts';
import type { JobFact } from '../scheduler/facts.ts';
import { Scheduler } from '../scheduler/scheduler.ts';
import { attemptLaunch, fetchableOutputs } from './attempt-launch.ts';
import { ChangeWaits } from './change-waits.ts';
import { type EffectTargets, EffectWork } from './effect-work.ts';
import { jobLimits, withSkipFiles } from './job-limits.ts';
import { attemptStatuses, jobStatus } from './job-status.ts';
import { Queues } from './queues.ts';
import type { StagedFiles } from './staged-files.ts';
import type { TrackerRacks } from './tracker-racks.ts';
import { UserFiles } from './user-files.ts';

const TICK_MS = 1000;
const MINUTE_MS = 60_000;

export interface JobMasterOptions extends EffectTargets {
  readonly conf: Configuration;
  readonly clock: Clock;
  readonly log: Logger;
  /** First part of the job ids: the start time in ms, or `local` and a number. */
  readonly identifier: string | number;
  /** Default true; false where the only tracker is this process. */
  readonly trackersExpire?: boolean;
  /** Returns the trackers that have no connection open. Default: none. */
  disconnected?(): readonly string[];
  /** Default: all hosts are in one rack. */
  readonly racks?: Pick<TrackerRacks, 'of'>;
  /** The scheduler is broken. Nothing of the event that broke it was answered or written yet. */
  onBug(bug: Bug): void;
}

export class JobMaster {
  readonly #o: JobMasterOptions;
  readonly #scheduler: Scheduler;
  readonly #files: UserFiles;
  readonly #waits: ChangeWaits;
  readonly #queues: Queues;
  readonly #effects: EffectWork;
  readonly #timer: NodeJS.Timeout;
  #wake: { readonly timeMs: number; readonly timer: NodeJS.Timeout } | undefined;
  #bug: Bug | undefined;
  #isStopped = false;

  constructor(options: JobMasterOptions) {
    this.#o = options;
    const expiry = options.conf.get('mapreduce.jobtracker.expire.trackers.interval');
    const trackerExpiryMs = (options.trackersExpire ?? true) ? expiry : Number.POSITIVE_INFINITY;
    this.#waits = new ChangeWaits(options.clock);
    this.#files = new UserFiles(options.conf);
    this.#effects = new EffectWork({
      ...options,
      files: this.#files,
      happened: (event) => this.happened(event),
      changed: (job) => this.#waits.changed(job.jobId, job.isOver),
      attempts: (job) => attemptStatuses(job, this.#scheduler.trackers),
      wakeAt: (timeMs) => this.#wakeAt(timeMs),
    });
    const faults = {
      faultsMax: options.conf.get('mapreduce.jobtracker.tasktracker.maxblacklists'),
      windowMs: options.conf.get('mapreduce.jobtracker.tasktracker.fault.timeout.window') * MINUTE_MS,
    };
    this.#queues = new Queues(options.conf);
    const delays = {
      nodeMs: Math.max(0, options.conf.get('yarn.scheduler.fair.locality-delay-node-ms')),
      rackMs: Math.max(0, options.conf.get('yarn.scheduler.fair.locality-delay-rack-ms')),
    };
    this.#scheduler = new Scheduler({ trackerExpiryMs, tickMs: TICK_MS, faults, policy: this.#queues.policy, delays });
    this.#timer = setInterval(
      () => this.happened({ kind: 'tick', disconnected: options.disconnected?.() ?? [] }),
      TICK_MS,
    ).unref();
  }

  get trackers(): readonly TrackerRegistration[] {
    return this.#scheduler.trackers;
  }

  /** Returns the registration with the tracker's rack. */
  placed(tracker: TrackerRegistration): TrackerRegistration {
    const { rack: _rack, ...rest } = tracker;
    const rack = this.#o.racks?.of(tracker);
    return rack === undefined ? rest : { ...rest, rack };
  }

  /** The staged files of jobs that have ended. */
  get staged(): StagedFiles {
    return this.#effects.staged;
  }

  isRegistered(trackerId: string): boolean {
    return this.#scheduler.isRegistered(trackerId);
  }

  /** Returns an id and a staging directory for a job to come, and has a tracker start a process for it. */
  newJob(user: string): NewJob {
    const announced = this.step({ kind: 'announce' }).find((effect) => effect.kind === 'announced');
    invariant(announced !== undefined, 'an announced job has a number');
    const id = jobId(this.#o.identifier, announced.sequence);
    return { jobId: id, stagingUri: this.#files.staging(user, id).uri };
  }

  /** Returns the only place from which tasks take the bundle of the user's job. */
  bundleUri(user: string, jobId: string): string {
    return this.#files.bundleUri(user, jobId);
  }

  /** Resolves when the job outlives a crash of the JobTracker. */
  async submit(submission: JobSubmission): Promise<void> {
    const limits = jobLimits(submission);
    this.#queues.check(limits.queue, submission);
    this.step({ kind: 'submit', submission: withSkipFiles(submission), limits });
    await this.#effects.durable(submission.jobId);
  }

  /** Resolves when the kill outlives a crash of the JobTracker. */
  async kill(jobId: string, reason: string): Promise<void> {
    this.step({ kind: 'killJob', jobId, reason });
    await this.#effects.durable(jobId);
  }

  async setPriority(jobId: string, priority: JobPriority): Promise<void> {
    this.step({ kind: 'setPriority', jobId, priority });
    await this.#effects.durable(jobId);
  }

  /** Ends an attempt for a user. Returns false if it does not run. */
  endTask(attemptId: string, how: 'KILL' | 'FAIL', user: string): boolean {
    return this.step({ kind: 'endTask', attemptId, how, user }).some((effect) => effect.kind === 'taskEnded');
  }

  /** Returns the trackers that take no tasks. */
  blacklisted(): BlacklistedTracker[] {
    return this.#scheduler.blacklisted(this.#o.clock.monotonicMs());
  }

  /** Returns the properties of a job; undefined for an unknown one. */
  confOf(jobId: string): Readonly<Record<string, string>> | undefined {
    return this.#scheduler.jobs.get(jobId)?.submission.conf;
  }

  /** Returns the order that an attempt of a job had; undefined for an unknown one. */
  launchOf(attemptId: string): TaskLaunch | undefined {
    const job = this.#scheduler.jobs.get(parseAttemptId(attemptId)?.jobId ?? '');
    return job && attemptLaunch(job.submission, attemptId, fetchableOutputs(job, this.trackers));
  }

  queues(): QueueStatus[] {
    const jobs = this.jobs().filter((job) => job.finishTimeMs === 0);
    return this.#queues.names.map((name) => ({
      name,
      schedulingInfo: this.#queues.schedulingInfo,
      jobs: jobs.filter((job) => job.queue === name).map(({ jobId }) => jobId),
    }));
  }

  /** Goes on with the jobs of an earlier JobTracker. Comes before all other events: trackers may call when this resolves. */
  async recover(jobs: readonly { readonly facts: readonly JobFact[] }[]): Promise<void> {
    const restored = jobs.flatMap(({ facts }) => {
      const [first] = facts;
      return first?.kind === 'submitted' ? [{ facts, limits: jobLimits(first.submission) }] : [];
    });
    this.step({ kind: 'recover', jobs: restored });
    await Promise.allSettled([...this.#scheduler.jobs.keys()].map((id) => this.#effects.durable(id)));
  }

  /** Returns what a tracker that has registered goes on with. */
  keptBy(trackerId: string): RegisterAnswer {
    const jobs = [...this.#scheduler.jobs.values()].filter((job) => !job.isOver);
    return { attempts: this.#scheduler.attemptsOn(trackerId), jobs: jobs.map(({ jobId }) => jobId) };
  }

  /**
   * Hands the scheduler an event and carries out the effects. For events whose sender awaits an answer.
   * @throws HadoopError if the scheduler refuses the event
   * @throws Bug for any other exception, of this event or of an earlier one, after onBug() was told: nothing may be
   * answered any more
   */
  step(event: SchedulerEvent): readonly SchedulerEffect[] {
    if (this.#bug) throw this.#bug;
    if (this.#isStopped) throw hadoopError('RetriableException', 'The JobTracker is stopping');
    try {
      const { clock } = this.#o;
      const effects = this.#scheduler.step(event, clock.monotonicMs(), clock.now());
      for (const effect of effects) this.#effects.carryOut(effect);
      return effects;
    } catch (e) {
      if (e instanceof HadoopError) throw e;
      this.#bug = new Bug(event.kind, event, e);
      this.#waits.endAll();
      this.#o.onBug(this.#bug);
      throw this.#bug;
    }
  }

  /** As step(), for events whose sender awaits no answer: onBug() alone is told of a Bug. Does nothing after stop(). */
  happened(event: SchedulerEvent): void {
    if (this.#isStopped) return;
    try {
      this.step(event);
    } catch (e) {
      if (e !== this.#bug) throw e;
    }
  }

  /** Returns whether the attempt may commit its output. A yes outlives a crash of the JobTracker. */
  async mayCommit(attemptId: string): Promise<CommitAnswer> {
    const effects = this.step({ kind: 'mayCommit', attemptId });
    const answer = effects.find((effect) => effect.kind === 'commitAnswer')?.answer ?? 'NO';
    const id = parseAttemptId(attemptId)?.jobId;
    if (answer === 'YES' && id !== undefined) await this.#effects.durable(id);
    return answer;
  }

  status(jobId: string): JobStatus | undefined {
    const job = this.#scheduler.jobs.get(jobId);
    return job && jobStatus(job);
  }

  attempts(jobId: string): AttemptStatus[] {
    const job = this.#scheduler.jobs.get(jobId);
    return job ? attemptStatuses(job, this.#scheduler.trackers) : [];
  }

  jobs(): JobStatus[] {
    return [...this.#scheduler.jobs.values()].map(jobStatus);
  }

  /**
   * Returns the job's status once its version is not `version` any more, or after `timeoutMs`; undefined for an unknown
   * job.
   * @throws Bug if the scheduler broke meanwhile
   */
  async waitForChange(jobId: string, version: number, timeoutMs: number): Promise<JobStatus | undefined> {
    if (this.#bug) throw this.#bug;
    const status = this.status(jobId);
    if (!status || status.version !== version) return status;
    await this.#waits.wait(jobId, timeoutMs);
    if (this.#bug) throw this.#bug;
    return this.status(jobId);
  }

  /** Sends `wake` at the time, or at an earlier one that was asked for before: the scheduler then asks again. */
  #wakeAt(timeMs: number): void {
    if (this.#isStopped || (this.#wake && this.#wake.timeMs <= timeMs)) return;
    clearTimeout(this.#wake?.timer);
    const ring = (): void => {
      this.#wake = undefined;
      this.happened({ kind: 'wake' });
    };
    this.#wake = { timeMs, timer: setTimeout(ring, timeMs - this.#o.clock.monotonicMs()).unref() };
  }

  /** Waits for the work under way, whose end may begin more. Events that come later change nothing. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#wake?.timer);
    this.#waits.endAll();
    await this.#effects.stop();
    this.#isStopped = true;
    await this.#files[Symbol.asyncDispose]();
  }
}

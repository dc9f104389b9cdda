/** Drives the scheduler: hands it events and the time, and carries out the effects that it asks for. */
import { Configuration } from '../../../conf/configuration.ts';
import { Bug, invariant } from '../../../runtime/bug.ts';
import { HadoopError, hadoopError } from '../../../runtime/errors.ts';
import type { Logger } from '../../../runtime/log.ts';
import { Alarm } from '../../../runtime/promises.ts';
import type { Clock } from '../../../runtime/runtime.ts';
import { cacheEntries } from '../../cache/cache-entries.ts';
import { FileSystems, type QualifiedPath } from '../../files/file-systems.ts';
import { committerAlgorithm, OutputCommitter } from '../../files/output-committer.ts';
import { bundleIn, noOutputIn, stagingDirectory } from '../../files/staging.ts';
import type { CommitAnswer } from '../../job/commit-answer.ts';
import { jobConfiguration } from '../../job/job-configuration.ts';
import { describe } from '../../job/job-errors.ts';
import { jobId } from '../../job/job-id.ts';
import type {
  AttemptStatus,
  JobStatus,
  JobSubmission,
  NewJob,
  TrackerAction,
  TrackerRegistration,
} from '../../job/messages.ts';
import type { SchedulerEffect, SchedulerEvent } from '../scheduler/events.ts';
import type { JobView } from '../scheduler/scheduled-job.ts';
import { Scheduler } from '../scheduler/scheduler.ts';
import { ChangeWaits } from './change-waits.ts';
import { JobOutput } from './job-output.ts';
import { attemptStatuses, jobStatus } from './job-status.ts';
import { Turns } from './turns.ts';

const TICK_MS = 1000;
const MINUTE_MS = 60_000;

export interface JobMasterOptions {
  readonly conf: Configuration;
  readonly clock: Clock;
  readonly log: Logger;
  /** First part of the job ids: the start time in ms, or `local` and a number. */
  readonly identifier: string | number;
  /** Default true; false where the only tracker is this process. */
  readonly trackersExpire?: boolean;
  tell(trackerId: string, action: TrackerAction): void;
  /** Keeps a job that has ended. */
  keep?(status: JobStatus, attempts: readonly AttemptStatus[]): Promise<void>;
  /** The scheduler is broken. Nothing of the event that broke it was answered or written yet. */
  onBug(bug: Bug): void;
}

export class JobMaster {
  readonly #o: JobMasterOptions;
  readonly #scheduler: Scheduler;
  readonly #fileSystems = new Map<string, FileSystems>();
  readonly #waits: ChangeWaits;
  /** The outputs of the jobs that have not ended, by job id. */
  readonly #outputs = new Map<string, JobOutput>();
  readonly #turns = new Turns();
  readonly #stop = new Alarm();
  #isStopping = false;
  /** Set-ups, commits, clean-ups and writes of the history under way. */
  readonly #work = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #bug: Bug | undefined;
  #isStopped = false;

  constructor(options: JobMasterOptions) {
    this.#o = options;
    const expiry = options.conf.get('mapreduce.jobtracker.expire.trackers.interval');
    const trackerExpiryMs = (options.trackersExpire ?? true) ? expiry : Number.POSITIVE_INFINITY;
    this.#waits = new ChangeWaits(options.clock);
    const faults = {
      faultsMax: options.conf.get('mapreduce.jobtracker.tasktracker.maxblacklists'),
      windowMs: options.conf.get('mapreduce.jobtracker.tasktracker.fault.timeout.window') * MINUTE_MS,
    };
    this.#scheduler = new Scheduler({ trackerExpiryMs, tickMs: TICK_MS, faults });
    this.#timer = setInterval(() => this.happened({ kind: 'tick' }), TICK_MS).unref();
  }

  get trackers(): readonly TrackerRegistration[] {
    return this.#scheduler.trackers;
  }

  isRegistered(trackerId: string): boolean {
    return this.#scheduler.isRegistered(trackerId);
  }

  /** Returns an id and a staging directory for a job to come, and has a tracker start a process for it. */
  newJob(user: string): NewJob {
    const announced = this.step({ kind: 'announce' }).find((effect) => effect.kind === 'announced');
    invariant(announced !== undefined, 'an announced job has a number');
    const id = jobId(this.#o.identifier, announced.sequence);
    return { jobId: id, stagingUri: this.#staging(user, id).uri };
  }

  /** Returns the only place from which tasks take the bundle of the user's job. */
  bundleUri(user: string, jobId: string): string {
    return bundleIn(this.#staging(user, jobId).uri);
  }

  submit(submission: JobSubmission): void {
    const conf = new Configuration(submission.conf);
    const limits = {
      mapAttemptsMax: conf.get('mapreduce.map.maxattempts'),
      reduceAttemptsMax: conf.get('mapreduce.reduce.maxattempts'),
      slowstart: conf.get('mapreduce.job.reduce.slowstart.completedmaps'),
      trackerFailuresMax: conf.get('yarn.app.mapreduce.am.job.node-blacklisting.enable')
        ? conf.get('mapreduce.job.maxtaskfailures.per.tracker')
        : Number.POSITIVE_INFINITY,
      blacklistIgnorePercent: ignorePercent(conf),
    };
    this.step({ kind: 'submit', submission, limits });
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
      for (const effect of effects) this.#carryOut(effect);
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

  /** Returns whether the attempt may commit its output. */
  mayCommit(attemptId: string): CommitAnswer {
    const answer = this.step({ kind: 'mayCommit', attemptId }).find((effect) => effect.kind === 'commitAnswer');
    return answer?.answer ?? 'NO';
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

  /** Waits for the work under way, whose end may begin more. Events that come later change nothing. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#waits.endAll();
    this.#isStopping = true;
    this.#stop.ring();
    while (this.#work.size > 0) await Promise.allSettled(this.#work);
    this.#isStopped = true;
    for (const fileSystems of this.#fileSystems.values()) await fileSystems[Symbol.asyncDispose]();
  }

  #carryOut(effect: SchedulerEffect): void {
    switch (effect.kind) {
      case 'tell':
        this.#o.tell(effect.trackerId, effect.action);
        break;
      case 'changed':
        this.#waits.changed(effect.job.jobId, effect.job.isOver);
        break;
      case 'keepJob':
        this.#keep(effect.job);
        break;
      case 'jobLost':
        this.#o.log.error({ jobId: effect.jobId }, 'A job that the history could not keep is forgotten');
        break;
      case 'jobOver':
        this.#outputs.delete(effect.job.jobId);
        this.#deleteStaged(effect.job);
        break;
      case 'setupJob':
        this.#start(effect.job, async (job) => {
          await this.#output(job).setup();
          this.happened({ kind: 'jobSetUp', jobId: job.jobId });
        });
        break;
      case 'commitJob':
        this.#start(effect.job, async (job) => {
          await this.#output(job).commit(job.committed);
          this.happened({ kind: 'jobEnded', jobId: job.jobId });
        });
        break;
      case 'abortJob':
        this.#start(effect.job, async (job) => {
          try {
            await this.#output(job).abort();
          } finally {
            this.happened({ kind: 'jobEnded', jobId: job.jobId });
          }
        });
        break;
      case 'mergeTask':
        this.#start(effect.job, (job) => this.#output(job).merge(effect.attemptId));
        break;
      case 'abortTask':
        this.#start(effect.job, (job) => this.#output(job).abortTask(effect.attemptId));
        break;
      case 'revokeTask':
        this.#revoke(effect.job, effect.attemptId);
        break;
      case 'announced':
      case 'commitAnswer':
        // The answers of newJobId() and mayCommit().
        break;
    }
  }

  #revoke(job: JobView, attemptId: string): void {
    const revoking = async (): Promise<void> => {
      await this.#output(job).revoke(attemptId);
      this.happened({ kind: 'outputRevoked', attemptId });
    };
    this.#track(revoking(), (err) => {
      this.#o.log.warn({ err, attemptId }, 'The output of an attempt that was given up is deleted again later');
      this.happened({ kind: 'outputNotRevoked', attemptId, message: describe(err) });
    });
  }

  #keep(job: JobView): void {
    const { jobId } = job;
    const keeping = async (): Promise<void> => {
      await this.#o.keep?.(jobStatus(job), this.attempts(jobId));
      this.happened({ kind: 'jobReported', jobId });
    };
    this.#track(keeping(), (err) => {
      this.#o.log.error({ err, jobId }, 'The history can not keep a job: the write will be tried again');
      this.happened({ kind: 'jobNotReported', jobId });
    });
  }

  #deleteStaged(job: JobView): void {
    const { jobId, submission } = job;
    const hasStaging =
      submission.code.kind === 'bundle' ||
      cacheEntries(new Configuration(submission.conf)).length > 0 ||
      submission.output === noOutputIn(this.#staging(submission.user, jobId).uri);
    if (!hasStaging) return;
    const onFailure = (err: unknown) => this.#o.log.warn({ err, jobId }, 'Staged files of a job stay behind');
    this.#track(this.#deleteStaging(submission.user, jobId), onFailure);
  }

  async #deleteStaging(user: string, jobId: string): Promise<void> {
    const { fs, path } = this.#staging(user, jobId);
    await fs.delete(path, true);
  }

  /** Returns the job's staging directory: it follows from this daemon's configuration, the user and the id alone. */
  #staging(user: string, jobId: string): QualifiedPath {
    const { fs, path, uri } = this.#fileSystemsOf(user).qualify(
      this.#o.conf.get('mapreduce.jobtracker.staging.root.dir'),
    );
    return { fs, path: stagingDirectory(path, user, jobId), uri: stagingDirectory(uri, user, jobId) };
  }

  /** Begins work whose failure fails the job, unless the job is over. */
  #start(job: JobView, work: (job: JobView) => Promise<void>): void {
    const { jobId } = job;
    this.#track(work(job), (err) => {
      this.#o.log.warn({ err, jobId }, 'Work for a job failed');
      this.happened({ kind: 'jobError', jobId, message: describe(err) });
    });
  }

  /** Has stop() wait for the work. */
  #track(work: Promise<void>, onFailure: (err: unknown) => void): void {
    const tracked = work.catch(onFailure).finally(() => this.#work.delete(tracked));
    this.#work.add(tracked);
  }

  #output({ jobId, submission }: JobView): JobOutput {
    const known = this.#outputs.get(jobId);
    if (known) return known;
    const conf = jobConfiguration(new Configuration(submission.conf));
    const { fs, path, uri } = this.#fileSystemsOf(submission.user).qualify(submission.output);
    const markSuccess = conf.getBoolean('mapreduce.fileoutputcommitter.marksuccessfuljobs', true);
    const output = new JobOutput({
      committer: new OutputCommitter(fs, path, { markSuccess }),
      uri,
      algorithm: committerAlgorithm(conf),
      turns: this.#turns,
      pause: async (ms) => (this.#isStopping ? undefined : await this.#stop.sleep(ms)),
      log: this.#o.log,
    });
    this.#outputs.set(jobId, output);
    return output;
  }

  #fileSystemsOf(user: string): FileSystems {
    let fileSystems = this.#fileSystems.get(user);
    if (!fileSystems) {
      fileSystems = new FileSystems(this.#o.conf, user);
      this.#fileSystems.set(user, fileSystems);
    }
    return fileSystems;
  }
}

/** -1: the job never uses the trackers that it avoids. */
function ignorePercent(conf: Configuration): number {
  const percent = conf.get('yarn.app.mapreduce.am.job.node-blacklisting.ignore-threshold-node-percent');
  return percent === -1 ? Number.POSITIVE_INFINITY : percent;
}

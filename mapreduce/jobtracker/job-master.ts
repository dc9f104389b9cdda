import { Configuration } from '../../conf/configuration.ts';
import type { Logger } from '../../runtime/log.ts';
import { deferred } from '../../runtime/promises.ts';
import type { Clock } from '../../runtime/runtime.ts';
import { jobConfiguration } from '../api/job-conf.ts';
import { FileSystems } from '../files/file-systems.ts';
import { OutputCommitter } from '../files/output-committer.ts';
import { describe } from '../job/job-errors.ts';
import { jobId, parseAttemptId } from '../job/job-id.ts';
import type { AttemptStatus, JobStatus, JobSubmission, TrackerAction } from '../job/messages.ts';
import { committerAlgorithm } from '../task/task-output.ts';
import { attemptStatuses, jobStatus } from './job-status.ts';
import type { ScheduledJob } from './scheduled-job.ts';
import { Scheduler } from './scheduler.ts';
import type { SchedulerEffect, SchedulerEvent } from './scheduler-events.ts';

const TICK_MS = 1000;
const ENDED_JOBS_KEPT = 100;
/** A change of progress alone is told after this, the job's end at once. */
const CHANGE_MS_MIN = 250;

export interface JobMasterOptions {
  readonly conf: Configuration;
  readonly clock: Clock;
  readonly log: Logger;
  /** First part of the job ids: the start time in ms, or `local` and a number. */
  readonly identifier: string | number;
  /** Default true; false where the only tracker is this process. */
  readonly trackersExpire?: boolean;
  tell(trackerId: string, action: TrackerAction): void;
  /** A job has ended. */
  onEnd?(status: JobStatus): void;
}

/** Drives the scheduler: hands it what happens, and carries out what it decides. */
export class JobMaster {
  readonly #o: JobMasterOptions;
  readonly #scheduler: Scheduler;
  readonly #fileSystems = new Map<string, FileSystems>();
  readonly #waiting = new Map<string, Set<() => void>>();
  /** Set-ups, commits and clean-ups under way. */
  readonly #work = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout | undefined;
  #sequence = 0;
  #lastTickMs: number;

  constructor(options: JobMasterOptions) {
    this.#o = options;
    this.#lastTickMs = options.clock.monotonicMs();
    this.#scheduler = new Scheduler({
      trackerExpiryMs: options.conf.get('mapreduce.jobtracker.expire.trackers.interval'),
    });
    if (options.trackersExpire ?? true) this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
  }

  get scheduler(): Scheduler {
    return this.#scheduler;
  }

  /** Also has a tracker start a process, so that it is ready when the job comes. */
  newJobId(): string {
    this.step({ kind: 'announce' });
    return jobId(this.#o.identifier, ++this.#sequence);
  }

  submit(submission: JobSubmission): void {
    const conf = new Configuration(submission.conf);
    const limits = {
      mapAttemptsMax: conf.get('mapreduce.map.maxattempts'),
      reduceAttemptsMax: conf.get('mapreduce.reduce.maxattempts'),
      slowstart: conf.get('mapreduce.job.reduce.slowstart.completedmaps'),
    };
    this.step({ kind: 'submit', submission, limits });
  }

  step(event: SchedulerEvent): void {
    for (const effect of this.#scheduler.step(event, this.#o.clock.now())) this.#carryOut(effect);
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

  /** The job's status as soon as it is not the one of that version, or when the time is over. */
  async waitForChange(jobId: string, version: number, timeoutMs: number): Promise<JobStatus | undefined> {
    const status = this.status(jobId);
    if (!status || status.version !== version) return status;
    const changed = deferred<void>();
    const earliestMs = this.#o.clock.monotonicMs() + CHANGE_MS_MIN;
    let timer = setTimeout(changed.resolve, timeoutMs);
    const onChange = (): void => {
      const delayMs = this.#scheduler.jobs.get(jobId)?.isOver ? 0 : earliestMs - this.#o.clock.monotonicMs();
      clearTimeout(timer);
      timer = setTimeout(changed.resolve, Math.max(0, delayMs));
    };
    const waiting = this.#waiting.get(jobId) ?? new Set();
    this.#waiting.set(jobId, waiting.add(onChange));
    await changed.promise;
    clearTimeout(timer);
    waiting.delete(onChange);
    return this.status(jobId);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    for (const waiting of this.#waiting.values()) for (const resolve of waiting) resolve();
    await Promise.allSettled(this.#work);
    for (const fileSystems of this.#fileSystems.values()) await fileSystems[Symbol.asyncDispose]();
  }

  /** When this process itself was held up, what trackers have sent meanwhile is not read yet: they get another turn. */
  #tick(): void {
    const now = this.#o.clock.monotonicMs();
    const late = now - this.#lastTickMs > 2 * TICK_MS;
    this.#lastTickMs = now;
    if (!late) this.step({ kind: 'tick' });
  }

  #carryOut(effect: SchedulerEffect): void {
    switch (effect.kind) {
      case 'tell':
        this.#o.tell(effect.trackerId, effect.action);
        break;
      case 'changed':
        this.#changed(effect.job);
        break;
      case 'setupJob':
        this.#start(effect.job, async (job) => {
          await this.#committer(job).setupJob();
          this.step({ kind: 'jobSetUp', jobId: job.jobId });
        });
        break;
      case 'commitJob':
        this.#start(effect.job, async (job) => {
          await this.#committer(job).commitJob();
          this.step({ kind: 'jobEnded', jobId: job.jobId });
        });
        break;
      case 'abortJob':
        this.#start(effect.job, async (job) => {
          try {
            await this.#committer(job).abortJob();
          } finally {
            this.step({ kind: 'jobEnded', jobId: job.jobId });
          }
        });
        break;
      case 'abortTask':
        this.#abortTask(effect.job, effect.attemptId);
        break;
    }
  }

  /** Only tasks that write output leave something; what stays behind goes with the job's `_temporary`. */
  #abortTask(job: ScheduledJob, attemptId: string): void {
    if (parseAttemptId(attemptId)?.kind === 'MAP' && job.submission.reduces > 0) return;
    this.#start(job, async () => {
      await this.#committer(job)
        .abortTask(attemptId)
        .catch((e: unknown) => this.#o.log.warn({ err: e, attemptId }, 'What an attempt left could not be removed'));
    });
  }

  #changed(job: ScheduledJob): void {
    for (const resolve of this.#waiting.get(job.jobId) ?? []) resolve();
    if (!job.isOver || job.reported) return;
    job.reported = true;
    const { stagingUri } = job.submission;
    if (stagingUri) {
      this.#start(job, async () => {
        const { fs, path } = this.#fileSystemsOf(job).qualify(stagingUri);
        await fs.delete(path, true);
      });
    }
    this.#o.onEnd?.(jobStatus(job));
    this.#retireOldJobs();
  }

  /** Ended jobs are in the history; only the latest are kept here. */
  #retireOldJobs(): void {
    const ended = [...this.#scheduler.jobs.values()].filter((job) => job.reported);
    for (const job of ended.slice(0, -ENDED_JOBS_KEPT)) this.#scheduler.jobs.delete(job.jobId);
  }

  /** What fails here fails the job, unless it is over. */
  #start(job: ScheduledJob, work: (job: ScheduledJob) => Promise<void>): void {
    const promise = work(job)
      .catch((e: unknown) => {
        this.#o.log.warn({ err: e, jobId: job.jobId }, 'Work for a job failed');
        this.step({ kind: 'jobError', jobId: job.jobId, message: describe(e) });
      })
      .finally(() => this.#work.delete(promise));
    this.#work.add(promise);
  }

  #committer(job: ScheduledJob): OutputCommitter {
    const conf = new Configuration(job.submission.conf);
    const { fs, path } = this.#fileSystemsOf(job).qualify(job.submission.output);
    return new OutputCommitter(fs, path, {
      algorithm: committerAlgorithm({ jobConf: jobConfiguration(conf) }),
      markSuccess: jobConfiguration(conf).getBoolean('mapreduce.fileoutputcommitter.marksuccessfuljobs', true),
    });
  }

  #fileSystemsOf(job: ScheduledJob): FileSystems {
    const { user } = job.submission;
    let fileSystems = this.#fileSystems.get(user);
    if (!fileSystems) {
      fileSystems = new FileSystems(this.#o.conf, user);
      this.#fileSystems.set(user, fileSystems);
    }
    return fileSystems;
  }
}

/** Carries out the effects that the scheduler asks for, and tells the scheduler of their outcomes. */
import { hadoopError, messageOf } from '../../../runtime/errors.ts';
import type { Logger } from '../../../runtime/log.ts';
import { Alarm } from '../../../runtime/promises.ts';
import type { AttemptStatus, TrackerAction } from '../../job/messages.ts';
import type { FactStore } from '../history/fact-files.ts';
import type { JobRecord } from '../history/job-history.ts';
import type { SchedulerEffect, SchedulerEvent } from '../scheduler/events.ts';
import type { JobView } from '../scheduler/scheduled-job.ts';
import { jobStatus } from './job-status.ts';
import { OutputWork } from './output-work.ts';
import { StagedFiles, staysStaged } from './staged-files.ts';
import type { UserFiles } from './user-files.ts';
import { WorkList } from './work-list.ts';

/** The parties to which effects go. */
export interface EffectTargets {
  tell(trackerId: string, action: TrackerAction): void;
  /** Keeps the facts of jobs, so that they outlive the JobTracker. Default: none does. */
  readonly facts?: FactStore;
  /** Keeps a job that has ended. */
  keep?(record: JobRecord): Promise<void>;
}

export interface EffectWorkOptions extends EffectTargets {
  readonly files: UserFiles;
  readonly log: Logger;
  /** Hands the scheduler an event. */
  happened(event: SchedulerEvent): void;
  /** The status of the job is another one. */
  changed(job: JobView): void;
  attempts(job: JobView): AttemptStatus[];
  /** Sends the event `wake` at this time of the steady clock. */
  wakeAt(timeMs: number): void;
}

export class EffectWork {
  readonly staged: StagedFiles;
  readonly #o: EffectWorkOptions;
  readonly #outputs: OutputWork;
  readonly #stop = new Alarm();
  #isStopping = false;
  /** Set-ups, commits, clean-ups and writes of the history under way. */
  readonly #work = new WorkList();

  constructor(options: EffectWorkOptions) {
    this.#o = options;
    this.staged = new StagedFiles(options.files, this.#work, options.log);
    this.#outputs = new OutputWork({
      files: options.files,
      work: this.#work,
      log: options.log,
      happened: (event) => options.happened(event),
      durable: (id) => this.durable(id),
      pause: async (ms) => (this.#isStopping ? undefined : await this.#stop.sleep(ms)),
    });
  }

  /** Waits for the work under way, whose end may begin more. Work that has failed is not tried again. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#stop.ring();
    await this.#work.ended();
  }

  carryOut(effect: SchedulerEffect): void {
    switch (effect.kind) {
      case 'tell':
        this.#o.tell(effect.trackerId, effect.action);
        break;
      case 'changed':
        this.#o.changed(effect.job);
        break;
      case 'keepJob':
        this.#keep(effect.job);
        break;
      case 'jobLost':
        this.#o.log.error({ jobId: effect.jobId }, 'A job that the history could not keep is forgotten');
        break;
      case 'jobOver':
        this.#outputs.forget(effect.job.jobId);
        this.staged.jobEnded(effect.job);
        break;
      case 'setupJob':
        this.#outputs.setUp(effect.job);
        break;
      case 'commitJob':
        this.#outputs.commit(effect.job);
        break;
      case 'abortJob':
        this.#outputs.abort(effect.job);
        break;
      case 'mergeTask':
        this.#outputs.merge(effect.job, effect.attemptId);
        break;
      case 'abortTask':
        this.#outputs.abortTask(effect.job, effect.attemptId);
        break;
      case 'revokeTask':
        this.#outputs.revoke(effect.job, effect.attemptId);
        break;
      case 'record':
        this.#o.facts?.append(effect.jobId, effect.fact);
        break;
      case 'dropFacts':
        this.#dropFacts(effect.jobId);
        break;
      case 'wakeAt':
        this.#o.wakeAt(effect.timeMs);
        break;
      case 'announced':
      case 'commitAnswer':
      case 'taskEnded':
        // The answers of newJob(), mayCommit() and endTask().
        break;
    }
  }

  /** Resolves when all facts of the job are on the disk. A job whose facts can not be kept fails. */
  async durable(jobId: string): Promise<void> {
    try {
      await this.#o.facts?.durable(jobId);
    } catch (e) {
      const message = `The JobTracker can not keep the facts of the job in mapreduce.cluster.local.dir: ${messageOf(e)}`;
      this.#o.happened({ kind: 'jobError', jobId, message });
      throw hadoopError('IOException', message, e);
    }
  }

  #dropFacts(jobId: string): void {
    const { facts, log } = this.#o;
    if (facts) this.#work.add(facts.drop(jobId), (err) => log.warn({ err, jobId }, 'The facts of a job stay behind'));
  }

  #keep(job: JobView): void {
    const { jobId } = job;
    const keeping = async (): Promise<void> => {
      const work = staysStaged(job) ? { submission: job.submission } : {};
      await this.#o.keep?.({
        status: jobStatus(job),
        attempts: this.#o.attempts(job),
        conf: job.submission.conf,
        ...work,
      });
      this.#o.happened({ kind: 'jobReported', jobId });
    };
    this.#work.add(keeping(), (err) => {
      this.#o.log.error({ err, jobId }, 'The history can not keep a job: the write will be tried again');
      this.#o.happened({ kind: 'jobNotReported', jobId });
    });
  }
}

/** Carries out the scheduler's effects on the outputs of jobs, and tells the scheduler of their ends. */
import { Configuration } from '../../../conf/configuration.ts';
import type { Logger } from '../../../runtime/log.ts';
import { settled } from '../../../runtime/promises.ts';
import { committerAlgorithm, OutputCommitter } from '../../files/output-committer.ts';
import { jobConfiguration } from '../../job/job-configuration.ts';
import { describe } from '../../job/job-errors.ts';
import type { SchedulerEvent } from '../scheduler/events.ts';
import type { JobView } from '../scheduler/scheduled-job.ts';
import { JobOutput } from './job-output.ts';
import { Turns } from './turns.ts';
import type { UserFiles } from './user-files.ts';
import type { WorkList } from './work-list.ts';

export interface OutputWorkOptions {
  readonly files: UserFiles;
  readonly work: WorkList;
  readonly log: Logger;
  happened(event: SchedulerEvent): void;
  /** Resolves when all facts of the job are on the disk. */
  durable(jobId: string): Promise<void>;
  /** Waits before a further try; not any more when the JobTracker stops. */
  pause(ms: number): Promise<void>;
}

export class OutputWork {
  readonly #o: OutputWorkOptions;
  /** The outputs of the jobs that have not ended, by job id. */
  readonly #outputs = new Map<string, JobOutput>();
  readonly #turns = new Turns();

  constructor(options: OutputWorkOptions) {
    this.#o = options;
  }

  setUp(job: JobView): void {
    const { jobId } = job;
    this.#start(job, async () => {
      await this.#output(job).setup(() => this.#tell({ kind: 'jobSettingUp', jobId }, jobId));
      this.#o.happened({ kind: 'jobSetUp', jobId });
    });
  }

  commit(job: JobView): void {
    const { jobId } = job;
    this.#start(job, () =>
      this.#output(job).commit(job.isMoved ? undefined : job.committed, {
        moved: () => this.#tell({ kind: 'outputMoved', jobId }, jobId),
        ended: () => this.#tell({ kind: 'jobEnded', jobId }, jobId),
      }),
    );
  }

  /** The job ends also if its output can not be deleted. */
  abort(job: JobView): void {
    const { jobId } = job;
    this.#start(job, () => this.#output(job).abort(() => settled(this.#tell({ kind: 'jobEnded', jobId }, jobId))));
  }

  merge(job: JobView, attemptId: string): void {
    this.#start(job, () => this.#output(job).merge(attemptId));
  }

  abortTask(job: JobView, attemptId: string): void {
    this.#start(job, () => this.#output(job).abortTask(attemptId));
  }

  revoke(job: JobView, attemptId: string): void {
    const revoking = async (): Promise<void> => {
      await this.#output(job).revoke(attemptId);
      this.#o.happened({ kind: 'outputRevoked', attemptId });
    };
    this.#o.work.add(revoking(), (err) => {
      this.#o.log.warn({ err, attemptId }, 'The output of an attempt that was given up is deleted again later');
      this.#o.happened({ kind: 'outputNotRevoked', attemptId, message: describe(err) });
    });
  }

  forget(jobId: string): void {
    this.#outputs.delete(jobId);
  }

  /** Tells the scheduler, and waits until the disk has the facts that follow. */
  async #tell(event: SchedulerEvent, jobId: string): Promise<void> {
    this.#o.happened(event);
    await this.#o.durable(jobId);
  }

  /** Begins work whose failure fails the job, unless the job is over. */
  #start(job: JobView, work: () => Promise<void>): void {
    const { jobId } = job;
    this.#o.work.add(work(), (err) => {
      this.#o.log.warn({ err, jobId }, 'Work for a job failed');
      this.#o.happened({ kind: 'jobError', jobId, message: describe(err) });
    });
  }

  #output({ jobId, submission, isSettingUp }: JobView): JobOutput {
    const known = this.#outputs.get(jobId);
    if (known) return known;
    const conf = jobConfiguration(new Configuration(submission.conf));
    const { fs, path, uri } = this.#o.files.of(submission.user).qualify(submission.output);
    const markSuccess = conf.getBoolean('mapreduce.fileoutputcommitter.marksuccessfuljobs', true);
    const output = new JobOutput({
      committer: new OutputCommitter(fs, path, { markSuccess }),
      uri,
      algorithm: committerAlgorithm(conf),
      turns: this.#turns,
      isOurs: isSettingUp,
      durable: () => this.#o.durable(jobId),
      pause: (ms) => this.#o.pause(ms),
      log: this.#o.log,
    });
    this.#outputs.set(jobId, output);
    return output;
  }
}

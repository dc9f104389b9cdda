/** The output directory of one job, which no one but the JobTracker changes. */
import type { Logger } from '../../../runtime/log.ts';
import type { OutputCommitter } from '../../files/output-committer.ts';
import type { Turns } from './turns.ts';

/** Pauses between the tries to delete what a job that was given up has left. */
const ABORT_RETRY_MS = [500, 1000, 2000, 4000, 8000] as const;

export interface JobOutputOptions {
  readonly committer: OutputCommitter;
  /** URI of the output: jobs with the same output change it one after the other. */
  readonly uri: string;
  /** 2: files of a task come into the output when the task has succeeded; 1: when the job has. */
  readonly algorithm: 1 | 2;
  readonly turns: Turns;
  readonly log: Logger;
  /** Waits before a further try; not any more when the JobTracker stops. */
  pause(ms: number): Promise<void>;
}

export class JobOutput {
  readonly #o: JobOutputOptions;
  /** Whether the directory may be this job's: one that was there before stays as it is, whatever becomes of the job. */
  #mayBeOurs = false;

  constructor(options: JobOutputOptions) {
    this.#o = options;
  }

  /** @throws FileAlreadyExistsException for an output that another job has made since the submission */
  async setup(): Promise<void> {
    const { committer } = this.#o;
    await this.#inTurn(async () => {
      await committer.checkOutput();
      this.#mayBeOurs = true;
      await committer.setupJob();
    });
  }

  /** Moves the files of a task that has succeeded, if that is not left to the job's end. */
  async merge(attemptId: string): Promise<void> {
    const { algorithm, committer, log } = this.#o;
    if (algorithm === 1) return;
    await this.#inTurn(() =>
      // commit() moves the files that are left, and its failure is the job's.
      committer
        .mergeTask(attemptId)
        .catch((err: unknown) => log.debug({ err, attemptId }, 'Files of a task stay behind')),
    );
  }

  /** Deletes the files of an attempt that was never allowed to commit. Files that stay go with the job's `_temporary`. */
  async abortTask(attemptId: string): Promise<void> {
    const { committer, log } = this.#o;
    await committer
      .abortTask(attemptId)
      .catch((err: unknown) => log.warn({ err, attemptId }, 'The output of a failed attempt stays behind'));
  }

  /** Returns when the attempt can not commit any more and has committed nothing. @throws Error if that is not certain */
  async revoke(attemptId: string): Promise<void> {
    await this.#o.committer.revokeTask(attemptId);
  }

  /** @param attempts the attempts that have succeeded, one for each task with output */
  async commit(attempts: readonly string[]): Promise<void> {
    await this.#inTurn(() => this.#o.committer.commitJob(attempts));
  }

  /** Deletes what attempts have left, and `_SUCCESS`. @throws the failure of the last of several tries */
  async abort(): Promise<void> {
    await this.#inTurn(async () => {
      if (!this.#mayBeOurs) return;
      for (const pauseMs of ABORT_RETRY_MS) {
        try {
          return await this.#o.committer.abortJob();
        } catch (err) {
          this.#o.log.warn(
            { err, output: this.#o.uri },
            'The output of a job that was given up is deleted again later',
          );
        }
        await this.#o.pause(pauseMs);
      }
      await this.#o.committer.abortJob();
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    return this.#o.turns.take(this.#o.uri, work);
  }
}

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
  /** Whether an earlier JobTracker has made the directory for this job, or was about to. */
  readonly isOurs: boolean;
  readonly log: Logger;
  /** Resolves when the facts of the job are on the disk from which the work follows. */
  durable(): Promise<void>;
  /** Waits before a further try; not any more when the JobTracker stops. */
  pause(ms: number): Promise<void>;
}

export class JobOutput {
  readonly #o: JobOutputOptions;
  /** Whether the directory may be this job's: one that was there before stays as it is, whatever becomes of the job. */
  #mayBeOurs: boolean;

  constructor(options: JobOutputOptions) {
    this.#o = options;
    this.#mayBeOurs = options.isOurs;
  }

  /**
   * @param ours keeps the fact that the directory is this job's from now on
   * @throws FileAlreadyExistsException for an output that another job has made since the submission
   */
  async setup(ours: () => Promise<void>): Promise<void> {
    const { committer } = this.#o;
    await this.#inTurn(async () => {
      if (!this.#mayBeOurs) {
        await committer.checkOutput();
        await ours();
      }
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
    await this.#o.durable();
    await this.#o.committer.revokeTask(attemptId);
  }

  /**
   * Goes on with a commit that an earlier JobTracker has begun, too.
   * @param attempts the attempts that have succeeded, one for each task with output; undefined if all files are moved
   * @param moved keeps the fact that all files are moved
   * @param ended keeps the fact that nothing is to be done any more, before another job has its turn
   */
  async commit(
    attempts: readonly string[] | undefined,
    { moved, ended }: { readonly moved: () => Promise<void>; readonly ended: () => Promise<void> },
  ): Promise<void> {
    await this.#inTurn(async () => {
      if (attempts) {
        await this.#o.committer.moveTasks(attempts);
        await moved();
      }
      await this.#o.committer.commitJob();
      await ended();
    });
  }

  /**
   * Deletes what attempts have left, and `_SUCCESS`.
   * @param ended as for commit(): a later abort of this job would hit the next job with this output
   * @throws the failure of the last of several tries
   */
  async abort(ended: () => Promise<void>): Promise<void> {
    await this.#inTurn(async () => {
      try {
        if (this.#mayBeOurs) await this.#deleteLeftovers();
      } finally {
        await ended();
      }
    });
  }

  async #deleteLeftovers(): Promise<void> {
    for (const pauseMs of ABORT_RETRY_MS) {
      try {
        return await this.#o.committer.abortJob();
      } catch (err) {
        this.#o.log.warn({ err, output: this.#o.uri }, 'The output of a job that was given up is deleted again later');
      }
      await this.#o.pause(pauseMs);
    }
    await this.#o.committer.abortJob();
  }

  /** Begins the work when it has its turn, and the facts before it are on the disk. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    return this.#o.turns.take(this.#o.uri, async () => {
      await this.#o.durable();
      await work();
    });
  }
}

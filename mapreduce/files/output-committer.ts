/** Turns the files of successful attempts into a job's output: each task's files once, and all of them or none. */
import type { FileSystem } from '../../client/filesystem/file-system.ts';
import { baseName, joinPath } from '../../protocol/path.ts';
import { hadoopError, isHadoopError } from '../../runtime/errors.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';
import { parseAttemptId, taskId } from '../job/job-id.ts';
import { uriOf } from './file-systems.ts';

/** Number of the application attempt in Hadoop's paths; a job of Calf has one attempt. */
const APP_ATTEMPT = '0';
const PENDING = '_temporary';
const SUCCESS = '_SUCCESS';
/** Tasks whose files are moved at the same time when the job ends. */
const MERGES_AT_ONCE = 16;

/**
 * Works in the directories of Hadoop's FileOutputCommitter, by a stricter protocol: ARCHITECTURE.md, "Who may commit".
 *
 *     out/_temporary/0/_temporary/attempt_…/part-r-00000     while the attempt runs
 *     out/_temporary/0/task_…/part-r-00000                   after commitTask(), which is one rename
 *     out/part-r-00000                                       after mergeTask()
 *     out/_SUCCESS                                           after commitJob()
 *
 * A task process calls setupTask(), commitTask() and abortTask(), which touch nothing but the attempt's own directory and
 * the one name that the task's output gets. The JobTracker alone calls the others, which touch the output itself.
 */
export class OutputCommitter {
  readonly #fs: FileSystem;
  readonly #output: string;
  readonly #markSuccess: boolean;

  constructor(fs: FileSystem, output: string, options: { readonly markSuccess?: boolean } = {}) {
    this.#fs = fs;
    this.#output = output;
    this.#markSuccess = options.markSuccess ?? true;
  }

  /** @throws FileAlreadyExistsException as Hadoop's FileOutputFormat.checkOutputSpecs */
  async checkOutput(): Promise<void> {
    if (await exists(this.#fs, this.#output)) {
      throw hadoopError(
        'FileAlreadyExistsException',
        `Output directory ${uriOf(this.#fs, this.#output)} already exists`,
      );
    }
  }

  /** Makes the job's output directory and the directory in which attempts make theirs. */
  async setupJob(): Promise<void> {
    await this.#fs.mkdirs(this.#attemptsPath());
  }

  /** Returns the directory that the attempt writes into. */
  attemptPath(attempt: string): string {
    return joinPath(this.#attemptsPath(), attempt);
  }

  /**
   * Makes the attempt's directory. Its parent is there as long as the job runs and is not made anew: an attempt that
   * comes later leaves nothing in the output.
   * @throws FileNotFoundException if the job has ended
   */
  async setupTask(attempt: string): Promise<void> {
    await this.#fs.mkdir(this.attemptPath(attempt));
  }

  /**
   * Makes the attempt's files the output of its task, in one rename that happens or does not.
   * @throws FileNotFoundException if the attempt was given up or the job has ended: its directory is gone
   */
  async commitTask(attempt: string): Promise<void> {
    await this.#fs.renameStrict(this.attemptPath(attempt), this.#taskPath(attempt));
  }

  /** Deletes the files of an attempt that was never allowed to commit. */
  async abortTask(attempt: string): Promise<void> {
    await this.#fs.delete(this.attemptPath(attempt), true);
  }

  /**
   * Takes back the permission to commit: when this returns, the attempt has committed nothing and can commit nothing any
   * more. The attempt's directory goes first. In the other order, a rename in between would leave the task's directory.
   */
  async revokeTask(attempt: string): Promise<void> {
    await this.#fs.delete(this.attemptPath(attempt), true);
    await this.#fs.delete(this.#taskPath(attempt), true);
  }

  /**
   * Moves the files of the attempt's task into the output. A call that broke off is called again: it moves the rest.
   * @throws FileNotFoundException if the task has committed nothing
   * @throws FileAlreadyExistsException if another task has written a file of the same name, which stays
   */
  async mergeTask(attempt: string): Promise<void> {
    await this.#mergeDirectory(this.#taskPath(attempt), this.#output);
  }

  /**
   * Moves the files of all tasks into the output. A call that broke off is called again: it moves the rest.
   * @param attempts the attempts that have succeeded, one for each task with output
   */
  async moveTasks(attempts: readonly string[]): Promise<void> {
    const left = attempts.values();
    const mergeSome = async (): Promise<void> => {
      for (const attempt of left) await this.mergeTask(attempt);
    };
    await Promise.all(Array.from({ length: Math.min(MERGES_AT_ONCE, attempts.length) }, mergeSome));
  }

  /** Ends the job when moveTasks() has moved everything. A call that broke off is called again. */
  async commitJob(): Promise<void> {
    await this.#fs.delete(joinPath(this.#output, PENDING), true);
    if (this.#markSuccess) await (await this.#fs.create(joinPath(this.#output, SUCCESS))).close();
  }

  /** Ends every attempt's way to the output. A commit that broke off may have made `_SUCCESS`: this goes too. */
  async abortJob(): Promise<void> {
    await this.#fs.delete(joinPath(this.#output, SUCCESS), false);
    await this.#fs.delete(joinPath(this.#output, PENDING), true);
  }

  #jobAttemptPath(): string {
    return joinPath(joinPath(this.#output, PENDING), APP_ATTEMPT);
  }

  #attemptsPath(): string {
    return joinPath(this.#jobAttemptPath(), PENDING);
  }

  #taskPath(attempt: string): string {
    const parsed = parseAttemptId(attempt);
    if (!parsed) throw new Error(`${attempt} is no attempt id`);
    return joinPath(this.#jobAttemptPath(), taskId(parsed.jobId, parsed.kind, parsed.index));
  }

  async #mergeDirectory(from: string, to: string): Promise<void> {
    const entries = [];
    for await (const entry of this.#fs.listStatus(from)) entries.push(entry);
    for (const { path, type } of entries) {
      const target = joinPath(to, baseName(path));
      if (type === 'DIRECTORY') {
        await this.#fs.mkdirs(target);
        await this.#mergeDirectory(path, target);
      } else await this.#fs.renameStrict(path, target);
    }
  }
}

export async function exists(fs: FileSystem, path: string): Promise<boolean> {
  try {
    await fs.getFileStatus(path);
    return true;
  } catch (e) {
    if (isHadoopError(e, 'FileNotFoundException')) return false;
    throw e;
  }
}

/** Returns 1 for tasks whose files come at the job's end, else 2: mapreduce.fileoutputcommitter.algorithm.version. */
export function committerAlgorithm(conf: JobConfiguration): 1 | 2 {
  return conf.getNumber('mapreduce.fileoutputcommitter.algorithm.version', 2) === 1 ? 1 : 2;
}

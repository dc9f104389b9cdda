/** Moves the files of successful tasks into a job's output directory, each task's files once. */
import type { FileSystem } from '../../client/filesystem/file-system.ts';
import { baseName, joinPath } from '../../protocol/path.ts';
import { hadoopError, isHadoopError } from '../../runtime/errors.ts';
import type { JobConfiguration } from '../job/job-configuration.ts';
import { parseAttemptId, taskId } from '../job/job-id.ts';
import { uriOf } from './file-systems.ts';

/** Number of the application attempt in Hadoop's paths; a job of Calf has one attempt. */
const APP_ATTEMPT = '0';
const SUCCESS = '_SUCCESS';

/**
 * Works as Hadoop's FileOutputCommitter. A task writes into a directory of its attempt below `_temporary`. Only the attempt
 * that the JobTracker lets commit renames its files into the output.
 *
 *     out/_temporary/0/_temporary/attempt_…/part-r-00000     while the attempt runs
 *     out/_temporary/0/task_…/part-r-00000                   committed, with algorithm 1; 2 renames to out/ at once
 *     out/part-r-00000, out/_SUCCESS                         when the job has succeeded
 */
export class OutputCommitter {
  readonly #fs: FileSystem;
  readonly #output: string;
  readonly #algorithm: 1 | 2;
  readonly #markSuccess: boolean;

  constructor(
    fs: FileSystem,
    output: string,
    options: { readonly algorithm?: 1 | 2; readonly markSuccess?: boolean } = {},
  ) {
    this.#fs = fs;
    this.#output = output;
    this.#algorithm = options.algorithm ?? 2;
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

  /** Makes the job's output directory and the directory for its attempts. */
  async setupJob(): Promise<void> {
    await this.#fs.mkdirs(this.#jobAttemptPath());
  }

  /** Returns the directory that the attempt writes into; its first file makes the directory. */
  attemptPath(attempt: string): string {
    return joinPath(joinPath(this.#jobAttemptPath(), '_temporary'), attempt);
  }

  async commitTask(attempt: string): Promise<void> {
    const from = this.attemptPath(attempt);
    if (this.#algorithm === 2) {
      await this.#moveFiles(from, this.#output);
      return;
    }
    const committed = this.#taskPath(attempt);
    await this.#fs.delete(committed, true);
    await this.#rename(from, committed);
  }

  async abortTask(attempt: string): Promise<void> {
    await this.#fs.delete(this.attemptPath(attempt), true);
  }

  async commitJob(): Promise<void> {
    if (this.#algorithm === 1) {
      for await (const task of this.#fs.listStatus(this.#jobAttemptPath())) {
        if (baseName(task.path).startsWith('task_')) await this.#moveFiles(task.path, this.#output);
      }
    }
    await this.abortJob();
    if (this.#markSuccess) await (await this.#fs.create(joinPath(this.#output, SUCCESS))).close();
  }

  async abortJob(): Promise<void> {
    await this.#fs.delete(joinPath(this.#output, '_temporary'), true);
  }

  #jobAttemptPath(): string {
    return joinPath(joinPath(this.#output, '_temporary'), APP_ATTEMPT);
  }

  #taskPath(attempt: string): string {
    const parsed = parseAttemptId(attempt);
    if (!parsed) throw new Error(`${attempt} is no attempt id`);
    return joinPath(this.#jobAttemptPath(), taskId(parsed.jobId, parsed.kind, parsed.index));
  }

  async #moveFiles(from: string, to: string): Promise<void> {
    for await (const file of this.#fs.listStatus(from)) {
      const target = joinPath(to, baseName(file.path));
      // An attempt that died in the middle of its commit may have left the file there.
      if (!(await this.#fs.rename(file.path, target))) {
        await this.#fs.delete(target, false);
        await this.#rename(file.path, target);
      }
    }
  }

  async #rename(from: string, to: string): Promise<void> {
    if (await this.#fs.rename(from, to)) return;
    throw hadoopError('IOException', `Failed to rename ${uriOf(this.#fs, from)} to ${uriOf(this.#fs, to)}`);
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

/** Returns 1 for a commit that waits for the job's end, else 2: mapreduce.fileoutputcommitter.algorithm.version. */
export function committerAlgorithm(conf: JobConfiguration): 1 | 2 {
  return conf.getNumber('mapreduce.fileoutputcommitter.algorithm.version', 2) === 1 ? 1 : 2;
}

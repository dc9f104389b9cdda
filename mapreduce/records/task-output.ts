/** The output of a task: the files in the directory of its attempt. */
import { joinPath } from '../../protocol/path.ts';
import type { OutputFormat } from '../api/api.ts';
import { OutputCommitter } from '../files/output-committer.ts';
import { textOutput } from '../formats/text-output.ts';
import { FILE_OUTPUT_GROUP } from '../job/counter-names.ts';
import { partName } from '../job/job-id.ts';
import { AttemptFiles } from './attempt-files.ts';
import { BytesOutput } from './bytes-output.ts';
import { OpenedOutput } from './opened-output.ts';
import type { PairOutput } from './pair-output.ts';
import type { OutputRun } from './records-run.ts';

/** Writes files in the directory of the task's attempt; commit() makes this directory the task's output. */
export class TaskOutput {
  readonly #run: OutputRun;
  readonly #files: AttemptFiles;
  readonly #main: PairOutput;
  readonly #committer: OutputCommitter;
  #records = 0;

  private constructor(run: OutputRun, files: AttemptFiles, main: PairOutput, committer: OutputCommitter) {
    this.#run = run;
    this.#files = files;
    this.#main = main;
    this.#committer = committer;
  }

  static async create(run: OutputRun): Promise<TaskOutput> {
    const { launch, fileSystems, job, counters } = run;
    const { fs, path } = fileSystems.qualify(launch.job.output);
    const committer = new OutputCommitter(fs, path);
    await committer.setupTask(launch.attemptId);
    const files = new AttemptFiles(fs, committer.attemptPath(launch.attemptId), counters);
    const format: OutputFormat<unknown, unknown> = job.output ?? textOutput();
    const name = partName(launch.kind, launch.index, format.extension);
    const main = openOutput(run, files, format, name);
    try {
      if (!format.lazy) await main.open();
    } catch (e) {
      await Promise.allSettled([main.abort(), files.abort()]);
      throw e;
    }
    return new TaskOutput(run, files, main, committer);
  }

  get records(): number {
    return this.#records;
  }

  /** Whether flush() is due. */
  get isFull(): boolean {
    return this.#main.isFull;
  }

  write(key: unknown, value: unknown): void {
    this.#main.write(key, value);
    this.#records++;
  }

  async flush(): Promise<void> {
    await this.#main.flush();
  }

  /** Closes the files, and makes them the task's output if this attempt may. @throws Error if the attempt was given up */
  async commit(): Promise<void> {
    const { launch, counters, umbilical } = this.#run;
    await this.flush();
    // The files are closed while the JobTracker is asked.
    const [mayCommit] = await Promise.all([umbilical.mayCommit(), this.#close()]);
    counters.add(FILE_OUTPUT_GROUP, 'BYTES_WRITTEN', this.#files.bytesWritten);
    if (!mayCommit) throw new Error(`${launch.attemptId} was given up and may not commit its output`);
    await this.#committer.commitTask(launch.attemptId);
  }

  /** Deletes the output. Never fails, because the failure that led here is the one to report. */
  async abort(): Promise<void> {
    await Promise.allSettled([this.#main.abort()]);
    await Promise.allSettled([this.#files.abort()]);
    await Promise.allSettled([this.#committer.abortTask(this.#run.launch.attemptId)]);
  }

  async #close(): Promise<void> {
    await this.#main.close();
    await this.#files.close();
  }
}

function openOutput(
  run: OutputRun,
  files: AttemptFiles,
  format: OutputFormat<unknown, unknown>,
  name: string,
): PairOutput {
  const overflow = joinPath(run.directory, `overflow-${name.replaceAll('/', '_')}`);
  if (format.openWriter) return new OpenedOutput(run, files, format, name, overflow);
  return new BytesOutput(format, run.jobConf, () => files.create(name), overflow);
}

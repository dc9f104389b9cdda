/** The output of a task: the files in the directory of its attempt. */
import type { FileOutput } from '../../client/filesystem/file-system.ts';
import { OutputCommitter } from '../files/output-committer.ts';
import type { OutputFormat } from '../formats/format.ts';
import { textOutput } from '../formats/text-output.ts';
import { FILE_OUTPUT_GROUP } from '../job/counter-names.ts';
import { partName } from '../job/job-id.ts';
import { AttemptFiles } from './attempt-files.ts';
import { NamedOutputs, type OutputPlace } from './named-outputs.ts';
import { openOutput } from './open-output.ts';
import type { PairOutput } from './pair-output.ts';
import type { OutputRun } from './records-run.ts';

/** Writes files in the directory of the task's attempt; commit() makes this directory the task's output. */
export class TaskOutput {
  readonly #run: OutputRun;
  readonly #files: AttemptFiles;
  readonly #main: PairOutput;
  readonly #named: NamedOutputs;
  readonly #committer: OutputCommitter;
  #records = 0;

  private constructor(run: OutputRun, files: AttemptFiles, main: PairOutput, committer: OutputCommitter) {
    this.#run = run;
    this.#files = files;
    this.#main = main;
    this.#named = new NamedOutputs(run, files);
    this.#committer = committer;
  }

  /** @param hasMain false: the task has named outputs and files only, and no part file */
  static async create(run: OutputRun, hasMain = true): Promise<TaskOutput> {
    const { launch, fileSystems, job, jobConf, counters } = run;
    const { fs, path } = fileSystems.qualify(launch.job.output);
    const committer = new OutputCommitter(fs, path);
    await committer.setupTask(launch.attemptId);
    const files = new AttemptFiles(fs, committer.attemptPath(launch.attemptId), counters);
    const format: OutputFormat<unknown, unknown> = job.output ?? textOutput();
    const base = jobConf.get('mapreduce.output.basename', 'part');
    const phase = format.namesWithoutPhase ? undefined : launch.kind;
    const main = openOutput(run, files, format, partName(phase, launch.index, format.extension, base));
    const output = new TaskOutput(run, files, main, committer);
    try {
      if (hasMain && !format.lazy) await main.open();
    } catch (e) {
      await output.abort();
      throw e;
    }
    return output;
  }

  get records(): number {
    return this.#records;
  }

  /** Whether flush() is due. */
  get isFull(): boolean {
    return this.#main.isFull || this.#named.isFull;
  }

  write(key: unknown, value: unknown): void {
    this.#main.write(key, value);
    this.#records++;
  }

  /** Writes a pair to a named output, or below a path. */
  writeTo(to: OutputPlace, key: unknown, value: unknown): void {
    this.#named.write(to, key, value);
  }

  /** Creates a file in the attempt's directory. A file that is left open is closed with the output. */
  async createFile(name: string): Promise<FileOutput> {
    return await this.#files.create(name);
  }

  async flush(): Promise<void> {
    await this.#main.flush();
    await this.#named.flush();
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
    await Promise.allSettled([this.#main.abort(), this.#named.abort()]);
    await Promise.allSettled([this.#files.abort()]);
    await Promise.allSettled([this.#committer.abortTask(this.#run.launch.attemptId)]);
  }

  async #close(): Promise<void> {
    await this.#main.close();
    await this.#named.close();
    await this.#files.close();
  }
}

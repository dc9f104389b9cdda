/** The output file of a task. */
import type { FileOutput } from '../../client/filesystem/file-system.ts';
import { joinPath } from '../../protocol/path.ts';
import { OutputCommitter } from '../files/output-committer.ts';
import type { RecordWriter } from '../formats/format.ts';
import { withoutText } from '../formats/text.ts';
import { textOutput } from '../formats/text-output.ts';
import { FILE_OUTPUT_GROUP } from '../job/counter-names.ts';
import { partName } from '../job/job-id.ts';
import { OverflowFile } from '../sort/overflow-file.ts';
import type { TaskRun } from './task-run.ts';

const FLUSH_BYTES = 256 * 1024;
/** Bytes of output in memory above which output goes to a local file. */
const MEMORY_BYTES_MAX = 32 * 1024 * 1024;

/** Writes a file in the directory of the task's attempt; commit() makes this directory the task's output. */
export class TaskOutput {
  readonly #run: TaskRun;
  readonly #writer: RecordWriter<unknown, unknown>;
  readonly #file: FileOutput;
  readonly #committer: OutputCommitter;
  readonly #scheme: string;
  readonly #overflow: OverflowFile;
  readonly #takesText: boolean;
  #records = 0;

  private constructor(run: TaskRun, file: FileOutput, committer: OutputCommitter, scheme: string) {
    this.#run = run;
    this.#file = file;
    this.#committer = committer;
    this.#scheme = scheme;
    this.#overflow = new OverflowFile(run.directory);
    const format = run.job.output ?? textOutput();
    this.#writer = format.createWriter(run.jobConf);
    this.#takesText = format.takesText ?? false;
  }

  static async create(run: TaskRun): Promise<TaskOutput> {
    const { launch, fileSystems, job, counters } = run;
    const { fs, path } = fileSystems.qualify(launch.job.output);
    const committer = new OutputCommitter(fs, path);
    const name = partName(launch.kind, launch.index, job.output?.extension);
    await committer.setupTask(launch.attemptId);
    // Without parents: after the job's end, a late create() must not bring `_temporary` back.
    const file = await fs.create(joinPath(committer.attemptPath(launch.attemptId), name), { createParent: false });
    const scheme = fs.uri.slice(0, fs.uri.indexOf(':'));
    counters.addFileSystem(scheme, 'WRITE_OPS', 1);
    return new TaskOutput(run, file, committer, scheme);
  }

  get records(): number {
    return this.#records;
  }

  /** Whether flush() is due. */
  get isFull(): boolean {
    return this.#writer.pendingBytes >= FLUSH_BYTES;
  }

  write(key: unknown, value: unknown): void {
    if (this.#takesText) this.#writer.write(key, value);
    else this.#writer.write(withoutText(key), withoutText(value));
    this.#records++;
    if (this.#writer.pendingBytes >= MEMORY_BYTES_MAX) this.#overflow.append(this.#writer.take());
  }

  async flush(): Promise<void> {
    await this.#overflow.drain((chunk) => this.#file.write(chunk));
    const bytes = this.#writer.take();
    if (bytes.length > 0) await this.#file.write(bytes);
  }

  /** Closes the file, and makes it the task's output if this attempt may. @throws Error if the attempt was given up */
  async commit(): Promise<void> {
    const { launch, counters, umbilical } = this.#run;
    await this.flush();
    // The file is closed while the JobTracker is asked.
    const [mayCommit] = await Promise.all([umbilical.mayCommit(), this.#file.close()]);
    counters.addFileSystem(this.#scheme, 'BYTES_WRITTEN', this.#file.position);
    counters.addFileSystem(this.#scheme, 'WRITE_OPS', 1);
    counters.add(FILE_OUTPUT_GROUP, 'BYTES_WRITTEN', this.#file.position);
    if (!mayCommit) throw new Error(`${launch.attemptId} was given up and may not commit its output`);
    await this.#committer.commitTask(launch.attemptId);
  }

  /** Deletes the output. Never fails, because the failure that led here is the one to report. */
  async abort(): Promise<void> {
    await Promise.allSettled([this.#file.abort()]);
    await Promise.allSettled([this.#committer.abortTask(this.#run.launch.attemptId)]);
  }
}

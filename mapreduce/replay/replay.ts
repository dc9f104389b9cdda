/** Runs an attempt of a job again, in this process, on the input that it had. Its output goes nowhere. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Configuration } from '../../conf/configuration.ts';
import { Closers } from '../../runtime/closers.ts';
import { JobCaches } from '../cache/job-caches.ts';
import { FileSystems } from '../files/file-systems.ts';
import { OutputCommitter } from '../files/output-committer.ts';
import { toTaskError, UserCodeError } from '../job/job-errors.ts';
import type { TaskError, TaskLaunch } from '../job/messages.ts';
import { closeFileSystems, runTask } from '../task/run-task.ts';
import type { Umbilical } from '../task/task-run.ts';
import { RecordWatch, watchedJob } from './watched-job.ts';

export interface ReplayOptions {
  readonly launch: TaskLaunch;
  /** The properties of this machine; those of the job are stronger. */
  readonly conf: Configuration;
  /** The user who replays: the code runs with the rights of this user. */
  readonly user: string;
  /** The token by which outputs of maps are fetched. */
  readonly jobToken: string;
}

export type ReplayResult =
  | { readonly kind: 'succeeded'; readonly watch: RecordWatch }
  | {
      readonly kind: 'failed';
      readonly watch: RecordWatch;
      readonly error: TaskError;
      /** Whether map() or reduce() failed, or code that it called: the watch has the record. */
      readonly inCall: boolean;
    };

/** One attempt in a temporary directory, to be run once or several times. */
export class Replay implements AsyncDisposable {
  readonly #o: ReplayOptions;
  readonly #directory: string;
  readonly #caches: JobCaches;
  readonly #closers: Closers;
  #runs = 0;

  private constructor(options: ReplayOptions, directory: string, closers: Closers) {
    this.#o = options;
    this.#directory = directory;
    this.#closers = closers;
    this.#caches = new JobCaches((jobId) => path.join(directory, jobId));
  }

  static async open(options: ReplayOptions): Promise<Replay> {
    const closers = new Closers();
    const directory = await fs.promises.mkdtemp(path.join(os.tmpdir(), 'calf-replay-'));
    closers.add(() => fs.promises.rm(directory, { recursive: true, force: true }));
    closers.add(closeFileSystems);
    return new Replay(options, directory, closers);
  }

  /** Runs the attempt to its end, or to its first failure. */
  async run(watch = new RecordWatch()): Promise<ReplayResult> {
    const { launch, conf, jobToken } = this.#o;
    const values = { ...Object.fromEntries(conf.entries()), ...launch.job.conf };
    const output = `file:${path.join(this.#directory, `output-${++this.#runs}`)}`;
    const job = { ...launch.job, user: this.#o.user, output };
    const jobDirectory = path.join(this.#directory, job.jobId);
    try {
      await makeOutput(output, new Configuration(values));
      const cache = (await this.#caches.of(job, new Configuration(values))) ?? [];
      const order = { launch: { ...launch, job }, conf: values, jobDirectory, jobToken, cache, logBytes: 0 };
      await runTask(order, umbilicalOf(launch), undefined, (own) => watchedJob(own, watch));
      return { kind: 'succeeded', watch };
    } catch (e) {
      return { kind: 'failed', watch, error: toTaskError(e), inCall: e instanceof UserCodeError && watch.number > 0 };
    } finally {
      await fs.promises.rm(path.join(jobDirectory, launch.attemptId), { recursive: true, force: true });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closers.close();
  }
}

/** Makes the directory in which a task makes its own. */
async function makeOutput(output: string, conf: Configuration): Promise<void> {
  await using fileSystems = new FileSystems(conf);
  const { fs: local, path: directory } = fileSystems.qualify(output);
  await new OutputCommitter(local, directory).setupJob();
}

/** The task commits into the temporary directory, and nobody hears of its progress. */
function umbilicalOf({ mapOutputs = [] }: TaskLaunch): Umbilical {
  const silent = (): void => undefined;
  return {
    progress: silent,
    setStatus: silent,
    mapShares: silent,
    fetchFailed: silent,
    mayCommit: async () => true,
    onMapOutputs: (listener) => listener(mapOutputs, []),
  };
}

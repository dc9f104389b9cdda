/** Runs the jobs of one job file, and tells of their progress. */
import { splitPath } from '../../client/filesystem/path-text.ts';
import type { Configuration } from '../../conf/configuration.ts';
import { baseName } from '../../protocol/path.ts';
import { Alarm, awaitedLater } from '../../runtime/promises.ts';
import { systemClock } from '../../runtime/runtime.ts';
import type { AnyJob, JobArguments, JobResult, ProgramContext } from '../api/api.ts';
import { readAll, writeAll } from '../files/file-content.ts';
import { type FileSystems, type QualifiedPath, uriOf } from '../files/file-systems.ts';
import { exists } from '../files/output-committer.ts';
import { Counters } from '../job/counters.ts';
import { jobConfiguration } from '../job/job-configuration.ts';
import { JobReporter } from '../job/job-messages.ts';
import type { JobService } from '../job/job-service.ts';
import type { JobStatus } from '../job/messages.ts';
import { fetchProfiles } from './fetch-profiles.ts';
import { type CodeSource, submitJob } from './job-submitter.ts';
import { waitReason } from './wait-reason.ts';

/** Time without news of a job after which the client tells what the job waits for. */
const IDLE_MS = 5000;

/** Takes the lines of the job client. */
export interface JobConsole {
  /** Prints a line of results. */
  print(line: string): void;
  /** Prints a message of a logger, such as `mapreduce.Job`. */
  log(logger: string, message: string): void;
  onProgress?(status: JobStatus): void;
}

/** Thrown for a job that was submitted and did not succeed. Its messages have been logged. */
export class JobFailedError extends Error {
  override readonly name = 'JobFailedError';
}

export interface JobFile {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly code: CodeSource;
}

export class JobFileRunner {
  readonly #file: JobFile;
  readonly #conf: Configuration;
  readonly #service: JobService;
  readonly #console: JobConsole;
  /** The last reason that was told, so that a job that stands still does not repeat it. */
  #reason = '';
  /** The properties of the jobs that were submitted. */
  readonly #properties = new Map<string, Configuration>();

  constructor(file: JobFile, conf: Configuration, service: JobService, console: JobConsole) {
    this.#file = file;
    this.#conf = conf;
    this.#service = service;
    this.#console = console;
  }

  /** Submits the job and follows it to its end. Returns the last status, of a job that failed too. */
  async run(job: AnyJob, args: JobArguments): Promise<JobStatus> {
    return await this.follow(await this.submit(job, args));
  }

  /** Submits the job. Returns its id. */
  async submit(job: AnyJob, args: JobArguments): Promise<string> {
    const exportName = Object.entries(this.#file.exports).find(([, value]) => value === job)?.[0];
    if (exportName === undefined) throw new Error('A job that is run must be exported by its file');
    const { code } = this.#file;
    const submitted = await submitJob({ job, exportName, code, args, conf: this.#conf, service: this.#service });
    const { jobId, input } = submitted;
    this.#properties.set(jobId, submitted.conf);
    for (const line of submitted.deprecations) this.#console.log('Configuration.deprecation', line);
    for (const line of submitted.warnings) this.#console.log('conf', line);
    this.#console.log('input.FileInputFormat', `Total input files to process : ${input.fileCount}`);
    this.#console.log('mapreduce.JobSubmitter', `number of splits:${input.splits.length}`);
    // YarnClientImpl of Hadoop; programs such as mrjob read the id of the application there. A local job has none.
    const application = /^job_(\d+_\d+)$/.exec(jobId)?.[1];
    if (application) this.#console.log('impl.YarnClientImpl', `Submitted application application_${application}`);
    this.#console.log('mapreduce.Job', `The url to track the job: ${this.#service.trackingUrl(jobId)}`);
    this.#console.log('mapreduce.Job', `Running job: ${jobId}`);
    return jobId;
  }

  async follow(jobId: string): Promise<JobStatus> {
    const reporter = new JobReporter();
    let status = await this.#service.status(jobId);
    for (;;) {
      if (!status) throw new Error(`The job ${jobId} is not known any more: the JobTracker was started anew`);
      for (const message of reporter.update(status, systemClock.monotonicMs()))
        this.#console.log('mapreduce.Job', message);
      this.#console.onProgress?.(status);
      if (status.state !== 'PREP' && status.state !== 'RUNNING') break;
      status = await this.#nextStatus(jobId, status.version);
    }
    const properties = this.#properties.get(jobId);
    if (properties) {
      const tell = (message: string) => this.#console.log('mapreduce.Job', message);
      await fetchProfiles(this.#service, jobId, properties, tell);
    }
    return status;
  }

  /** Waits for the next status, and tells for what the job waits if it stands still. */
  async #nextStatus(jobId: string, version: number): Promise<JobStatus | undefined> {
    const change = awaitedLater(this.#service.waitForChange(jobId, version));
    if (await this.#isLate(change)) {
      const [trackers, attempts] = [await this.#service.trackers(), await this.#service.attempts(jobId)];
      const reason = waitReason(jobId, trackers.length, attempts, systemClock.now());
      if (reason !== this.#reason) this.#console.log('mapreduce.Job', reason);
      this.#reason = reason;
    }
    return await change;
  }

  async #isLate(change: Promise<unknown>): Promise<boolean> {
    const patience = new Alarm();
    try {
      return await Promise.race([change.then(() => false), patience.sleep(IDLE_MS).then(() => true)]);
    } finally {
      patience.ring();
    }
  }

  /** Returns the argument of a program's main(). The caller closes the file systems. */
  programContext(args: readonly string[], fileSystems: FileSystems): ProgramContext {
    const at = (text: string) => fileSystems.qualify(text);
    return {
      args,
      conf: jobConfiguration(this.#conf),
      run: async (job, how) => toResult(await this.run(job, how)),
      print: (line) => this.#console.print(line),
      readText: async (text) => await readText(at(text)),
      readBytes: async (text, start, length) => await readBytes(at(text), start, length),
      list: async (text) => await listFiles(at(text)),
      writeText: async (text, content) => await writeAll(at(text).fs, at(text).path, Buffer.from(content)),
      mkdirs: async (text) => await at(text).fs.mkdirs(at(text).path),
      exists: async (text) => await exists(at(text).fs, at(text).path),
      remove: async (text) => void (await at(text).fs.delete(at(text).path, true)),
      rename: async (from, to) => await at(from).fs.renameStrict(at(from).path, at(to).path),
    };
  }
}

function toResult(status: JobStatus): JobResult {
  if (status.state !== 'SUCCEEDED') throw new JobFailedError(status.failureInfo);
  const counters = Counters.fromJson(status.counters);
  return { jobId: status.jobId, succeeded: true, counter: (group, name) => counters.get(group, name) };
}

async function readBytes({ fs, path }: QualifiedPath, start: number, length: number): Promise<Uint8Array> {
  await using input = await fs.open(path);
  return await input.pread(start, length);
}

async function listFiles({ fs, path }: QualifiedPath): Promise<{ path: string; length: number }[]> {
  const files: { path: string; length: number }[] = [];
  for await (const file of fs.listStatus(path)) {
    const isHidden = /^[._]/.test(baseName(file.path));
    if (file.type === 'FILE' && !isHidden) files.push({ path: uriOf(fs, file.path), length: file.length });
  }
  return files;
}

async function readText(at: QualifiedPath): Promise<string> {
  const isDirectory = (await at.fs.getFileStatus(at.path)).type === 'DIRECTORY';
  const paths = isDirectory ? (await listFiles(at)).map((file) => splitPath(file.path).path) : [at.path];
  const parts: Buffer[] = [];
  for (const path of paths) parts.push(await readAll(at.fs, path));
  return Buffer.concat(parts).toString();
}

/** Runs one job for a test or a program, and gives its result. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Configuration } from '../../conf/configuration.ts';
import { joinPath } from '../../protocol/path.ts';
import { Closers } from '../../runtime/closers.ts';
import { logLine } from '../../runtime/format.ts';
import { silentLogger } from '../../runtime/log.ts';
import { systemClock, systemRandom } from '../../runtime/runtime.ts';
import { type AnyJob, isJob } from '../api/api.ts';
import { writeAll } from '../files/file-content.ts';
import { FileSystems } from '../files/file-systems.ts';
import type { JobStatus } from '../job/messages.ts';
import { bundleJob, JobFileError } from '../submit/bundle-job.ts';
import { JobFailedError, type JobFile, JobFileRunner } from '../submit/job-program.ts';
import { forgetJob, giveJob } from '../task/given-jobs.ts';
import { jobService } from './job-client.ts';
import { JobRun } from './job-run.ts';

/** A file of the input, written for the job: its text or its bytes. */
export interface InputContent {
  readonly content: string | Uint8Array;
  /** Default `input-0`, `input-1`, … */
  readonly name?: string;
}

export interface RunJobOptions {
  /** Paths, patterns, directories, and contents; of a job with several inputs, those of each input by its name. */
  readonly inputs?:
    | readonly (string | InputContent)[]
    | Readonly<Record<string, readonly (string | InputContent)[]>>
    | undefined;
  /** The output directory. Default: a temporary one, which close() deletes. */
  readonly output?: string;
  /** Properties of the job, stronger than its own. */
  readonly conf?: Readonly<Record<string, string | number | boolean>>;
  /** A MiniCluster, or the configuration of another cluster. Without it, the job runs on local files. */
  readonly cluster?: { readonly conf: Configuration };
  /** Of a job file: the name under which it exports the job. Default `default`. */
  readonly exportName?: string;
  /** Gets the lines that `hadoop jar` would print. */
  readonly log?: (line: string) => void;
}

/**
 * Runs a job to its end.
 *
 * A job that is given as an object runs in this process, on local files: breakpoints stop in its functions, and they share
 * the variables of the program. A job that is given as its file runs in processes of its own, or on the cluster.
 * @throws JobFailedError with the first failure of a task; UsageError and HadoopError for a job that can't be submitted
 */
export async function runJob(job: AnyJob | string | URL, options: RunJobOptions = {}): Promise<JobRun> {
  const closers = new Closers();
  try {
    return await run(job, options, closers);
  } catch (e) {
    return await closers.undo(e, silentLogger);
  }
}

async function run(given: AnyJob | string | URL, options: RunJobOptions, closers: Closers): Promise<JobRun> {
  const { cluster, exportName = 'default', log } = options;
  if (isJob(given) && cluster) {
    throw new TypeError(
      "runJob() on a cluster needs the file of the job, because tasks run in other processes: runJob(new URL('./job.ts', import.meta.url), { cluster })",
    );
  }
  const conf = cluster ? cluster.conf.clone() : localConf(isJob(given), closers);
  if (!conf.isSet('calf.job.type-check')) conf.set('calf.job.type-check', 'false');
  const { file, job } = isJob(given) ? givenFile(given, closers) : await loadFile(given, exportName, conf);
  const fileSystems = new FileSystems(conf);
  closers.add(() => fileSystems[Symbol.asyncDispose]());
  const workspace = new Workspace(fileSystems, cluster ? '/tmp' : os.tmpdir(), closers);
  const inputs = await workspace.inputs(options.inputs ?? []);
  const output = options.output ?? (job.output?.withoutFiles ? undefined : await workspace.path('output'));
  const print = log ?? ((): void => undefined);
  const status = await follow(job, file, conf, { inputs, output, conf: options.conf }, print);
  if (status.state !== 'SUCCEEDED') throw new JobFailedError(failureOf(status));
  return new JobRun(status, fileSystems, closers);
}

async function follow(
  job: AnyJob,
  file: JobFile,
  conf: Configuration,
  args: Parameters<JobFileRunner['run']>[1],
  print: (line: string) => void,
): Promise<JobStatus> {
  await using service = await jobService(conf);
  const runner = new JobFileRunner(file, conf, service, {
    print,
    log: (logger, message) => print(logLine(new Date(systemClock.now()), 'INFO', logger, message)),
  });
  return await runner.run(job, args);
}

/** Returns the configuration of a job on local files, whose own files are deleted at the end. */
function localConf(isInline: boolean, closers: Closers): Configuration {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-run-'));
  closers.add(() => fs.rmSync(directory, { recursive: true, force: true }));
  return new Configuration({
    'fs.defaultFS': 'file:///',
    'mapreduce.framework.name': 'local',
    'mapreduce.cluster.local.dir': path.join(directory, 'local'),
    'mapreduce.jobtracker.staging.root.dir': path.join(directory, 'staging'),
    ...(isInline ? { 'mapreduce.local.map.tasks.maximum': '1' } : {}),
  });
}

function givenFile(job: AnyJob, closers: Closers): { file: JobFile; job: AnyJob } {
  const example = giveJob(job);
  closers.add(() => forgetJob(example));
  return { file: { exports: { default: job }, code: { kind: 'builtin', example } }, job };
}

async function loadFile(
  from: string | URL,
  exportName: string,
  conf: Configuration,
): Promise<{ file: JobFile; job: AnyJob }> {
  const source = path.resolve(from instanceof URL ? fileURLToPath(from) : from);
  const { exports, ...bundle } = await bundleJob(source, conf.get('calf.job.type-check'));
  const job = exports[exportName];
  if (!isJob(job)) throw new JobFileError(`${source}: its export '${exportName}' is no job`);
  return { file: { exports, code: { kind: 'bundle', source, ...bundle } }, job };
}

/** Returns the failure of the first task with its stack, or the reason of a job that failed otherwise. */
function failureOf({ failures, failureInfo }: JobStatus): string {
  const [first] = failures;
  if (!first) return failureInfo;
  const { message, stack, record, key } = first.error;
  const place = record ? `\n  while mapping ${record.path} at offset ${record.offset}: ${record.text}` : '';
  const group = key === undefined ? '' : `\n  while reducing the key ${key}`;
  return `${failureInfo}\n${message}${place}${group}${stack ? `\n${stack}` : ''}`;
}

/** A temporary directory in the job's file system, made at its first use. */
class Workspace {
  readonly #fileSystems: FileSystems;
  readonly #directory: string;
  readonly #closers: Closers;
  #isMade = false;
  #files = 0;

  constructor(fileSystems: FileSystems, parent: string, closers: Closers) {
    this.#fileSystems = fileSystems;
    this.#directory = joinPath(parent, `calf-run-${systemRandom.nextInt(2 ** 31)}`);
    this.#closers = closers;
  }

  async path(name: string): Promise<string> {
    if (!this.#isMade) {
      this.#isMade = true;
      const { fs: fileSystem, path: directory } = this.#fileSystems.qualify(this.#directory);
      await fileSystem.mkdirs(directory);
      this.#closers.add(async () => void (await fileSystem.delete(directory, true)));
    }
    return joinPath(this.#directory, name);
  }

  async inputs(
    inputs: NonNullable<RunJobOptions['inputs']>,
  ): Promise<readonly string[] | Record<string, readonly string[]>> {
    if (isList(inputs)) return await this.#paths('input', inputs);
    const named: Record<string, readonly string[]> = {};
    for (const [name, of] of Object.entries(inputs)) named[name] = await this.#paths(name, of);
    return named;
  }

  async #paths(directory: string, inputs: readonly (string | InputContent)[]): Promise<string[]> {
    const paths: string[] = [];
    for (const input of inputs) paths.push(typeof input === 'string' ? input : await this.#write(directory, input));
    return paths;
  }

  async #write(directory: string, { content, name }: InputContent): Promise<string> {
    const file = await this.path(`${directory}/${name ?? `input-${this.#files++}`}`);
    const { fs: fileSystem, path: at } = this.#fileSystems.qualify(file);
    await writeAll(fileSystem, at, Buffer.from(content));
    return file;
  }
}

const isList = (inputs: NonNullable<RunJobOptions['inputs']>): inputs is readonly (string | InputContent)[] =>
  Array.isArray(inputs);

/** Submits a job, as Hadoop's JobSubmitter: checks output and input, stages the code, hands the job over. */
import path from 'node:path';
import { type Configuration, currentUser } from '../../conf/configuration.ts';
import { ConfigurationError } from '../../conf/errors.ts';
import { commandWarnings } from '../../conf/unsupported/check-command.ts';
import { refuseUnsupported } from '../../conf/unsupported/refuse.ts';
import { HadoopError, isHadoopError } from '../../runtime/errors.ts';
import type { AnyJob, JobArguments } from '../api/api.ts';
import { UsageError } from '../api/api.ts';
import { findCache, stageCache } from '../cache/stage-cache.ts';
import { ignoredJavaOptions, taskLimits } from '../containment/task-limits.ts';
import { FileSystems } from '../files/file-systems.ts';
import { checkJobCodecs } from '../files/job-codecs.ts';
import { OutputCommitter } from '../files/output-committer.ts';
import { makeStaging, noOutputIn, stageBundle } from '../files/staging.ts';
import { jobConfiguration } from '../job/job-configuration.ts';
import type { JobService } from '../job/job-service.ts';
import type { JobCode, JobSubmission } from '../job/messages.ts';
import type { InputSplits } from './input-splits.ts';
import { findJobSplits } from './job-inputs.ts';
import { reducesOf } from './reduces-of.ts';

/** Hadoop's buffer holds less than 2 GiB. */
const SORT_MB_MAX = 2047;

/** The code of a job on the submitter's side. */
export type CodeSource =
  | { readonly kind: 'builtin'; readonly example: string }
  | {
      readonly kind: 'bundle';
      readonly source: string;
      readonly code: Uint8Array;
      readonly packages?: Uint8Array | undefined;
    };

export interface SubmitOptions {
  readonly job: AnyJob;
  readonly exportName: string;
  readonly code: CodeSource;
  readonly args: JobArguments;
  readonly conf: Configuration;
  readonly service: JobService;
}

export interface SubmittedJob {
  readonly jobId: string;
  readonly input: InputSplits;
  /** The properties of the job. */
  readonly conf: Configuration;
  /** Hadoop's warnings of deprecated names that the job's own code set. */
  readonly deprecations: readonly string[];
  /** One line for each property without effect that the job's own code set. */
  readonly warnings: readonly string[];
}

/**
 * Takes the arguments of a job without configure(): input paths, then the output path. A job with several inputs gets one
 * path, or list of paths, for each of them.
 * @throws UsageError
 */
export function defaultArguments(args: readonly string[], job: Pick<AnyJob, 'inputs' | 'output'> = {}): JobArguments {
  const late = args.find((arg) => /^-./.test(arg));
  if (late !== undefined) {
    throw new UsageError(
      `${late} stands where a path is expected: options come before the first path, and the path of a file with such a ` +
        `name is written ./${late}`,
    );
  }
  const names = Object.keys(job.inputs ?? {});
  const hasOutput = !job.output?.withoutFiles;
  const paths = hasOutput ? args.slice(0, -1) : args;
  const output = hasOutput ? { output: args.at(-1) } : {};
  const then = hasOutput ? ', then the output path' : '';
  if (names.length > 0) {
    if (paths.length !== names.length) throw new UsageError(`expected a path for each of ${names.join(', ')}${then}`);
    return { inputs: Object.fromEntries(names.map((name, i) => [name, [paths[i] ?? '']])), ...output };
  }
  if (paths.length === 0) throw new UsageError(`expected at least one input path${then}`);
  return { inputs: paths, ...output };
}

/**
 * Returns once the service has the job.
 * @throws FileAlreadyExistsException when the output exists, InvalidInputException, UsageError
 */
export async function submitJob(options: SubmitOptions): Promise<SubmittedJob> {
  const { job, service, args } = options;
  const conf = effectiveConf(options);
  refuseUnsupported(conf, 'job');
  checkSortProperties(conf);
  checkJobCodecs(jobConfiguration(conf));
  const javaOptions = checkLimits(conf);
  await using fileSystems = new FileSystems(conf);
  if (!args.output && !job.output?.withoutFiles) throw new UsageError('no output path is given');
  const output = args.output ? fileSystems.qualify(args.output) : undefined;
  const jobConf = jobConfiguration(conf);
  const sizes = {
    minBytes: conf.get('mapreduce.input.fileinputformat.split.minsize'),
    maxBytes: conf.get('mapreduce.input.fileinputformat.split.maxsize'),
  };
  // The id comes last: asking for it has a TaskTracker start a process, which a wrong command line should not cost.
  if (output) await checkOutput(new OutputCommitter(output.fs, output.path));
  const cache = await findCache(conf, fileSystems);
  const finding = findJobSplits(job, args.inputs ?? [], fileSystems, jobConf, sizes, reducesOf(job, conf));
  const user = currentUser();
  const [{ jobId, stagingUri }, input] = await Promise.all([service.newJob(user), finding]);
  if (!output) await makeStaging(stagingUri, user, fileSystems);
  const code = await stage(options, stagingUri, user, fileSystems);
  if (cache.length > 0) {
    if (code.kind === 'builtin') await makeStaging(stagingUri, user, fileSystems);
    await stageCache(cache, stagingUri, fileSystems, conf);
  }
  const submission: JobSubmission = {
    jobId,
    name: conf.get('mapreduce.job.name') || job.name || sourceName(options),
    user,
    code,
    conf: Object.fromEntries(conf.entries()),
    maps: input.splits.length,
    reduces: reducesOf(job, conf),
    ...(job.outputs ? { mapsWriteOutput: true } : {}),
    output: output?.uri ?? noOutputIn(stagingUri),
    splits: input.splits,
  };
  await service.submit(submission);
  const own = Object.entries({ ...job.conf, ...args.conf }).map(([name, value]) => [name, String(value)] as const);
  return {
    jobId,
    input,
    conf,
    deprecations: conf.deprecations(),
    warnings: [...javaOptions, ...commandWarnings(Object.fromEntries(own))],
  };
}

/**
 * Checks the properties without which a sort never ends (Hadoop: MapTask.MapOutputBuffer.init).
 * @throws ConfigurationError
 */
function checkSortProperties(conf: Configuration): void {
  const check = (name: 'mapreduce.task.io.sort.mb' | 'mapreduce.task.io.sort.factor', min: number, max: number) => {
    const value = conf.get(name);
    if (value < min || value > max)
      throw new ConfigurationError(`${name} is ${value}: expected a number from ${min} to ${max}`);
  };
  check('mapreduce.task.io.sort.mb', 1, SORT_MB_MAX);
  check('mapreduce.task.io.sort.factor', 2, Number.MAX_SAFE_INTEGER);
  const share = conf.get('mapreduce.map.sort.spill.percent');
  if (!(share > 0 && share <= 1)) {
    throw new ConfigurationError(`mapreduce.map.sort.spill.percent is ${share}: expected a number above 0, up to 1`);
  }
}

/** Checks the limits of tasks. Returns a warning for each option of Java's without effect. @throws ConfigurationError */
function checkLimits(conf: Configuration): string[] {
  return (['MAP', 'REDUCE'] as const).flatMap((kind) => {
    taskLimits(conf, kind);
    return ignoredJavaOptions(conf, kind).map(
      (word) =>
        `mapreduce.${kind.toLowerCase()}.java.opts has '${word}', which has no effect: a task is a Node.js process`,
    );
  });
}

/** Returns the name of a job that has none: its file's. */
function sourceName({ code, exportName }: SubmitOptions): string {
  return code.kind === 'bundle' ? path.basename(code.source) : exportName;
}

/** -D and the site files win over the job's own defaults, and the result of configure() wins over both. */
function effectiveConf({ job, args, conf }: SubmitOptions): Configuration {
  const effective = conf.clone();
  for (const [name, value] of Object.entries(job.conf ?? {})) if (!conf.isSet(name)) effective.set(name, value);
  for (const [name, value] of Object.entries(args.conf ?? {})) effective.set(name, value);
  return effective;
}

async function checkOutput(committer: OutputCommitter): Promise<void> {
  try {
    await committer.checkOutput();
  } catch (e) {
    // MapReduce has another class for this failure than the file system.
    if (!isHadoopError(e, 'FileAlreadyExistsException')) throw e;
    throw new HadoopError('org.apache.hadoop.mapred.FileAlreadyExistsException', e.message, e);
  }
}

async function stage(
  { code, exportName }: SubmitOptions,
  stagingUri: string,
  user: string,
  fileSystems: FileSystems,
): Promise<JobCode> {
  if (code.kind === 'builtin') return { ...code, exportName };
  const uri = await stageBundle(code.code, stagingUri, user, fileSystems, code.packages);
  const packages = code.packages ? { packages: true as const } : {};
  return { kind: 'bundle', uri, source: code.source, exportName, ...packages };
}

/** The job client of the command line: runs a job file or an example, with Hadoop's output. */
import path from 'node:path';
import type { Configuration } from '../../conf/configuration.ts';
import { refuseUnsupported } from '../../conf/unsupported/refuse.ts';
import { logLine } from '../../runtime/format.ts';
import { systemClock } from '../../runtime/runtime.ts';
import { type AnyJob, isJob, isProgram, type Program } from '../api/api.ts';
import { exampleList, findExample } from '../examples/index.ts';
import { FileSystems } from '../files/file-systems.ts';
import { describe } from '../job/job-errors.ts';
import { type JobService, RemoteJobService } from '../job/job-service.ts';
import type { JobStatus } from '../job/messages.ts';
import { bundleJob, JobFileError } from '../submit/bundle-job.ts';
import { type JobConsole, JobFailedError, type JobFile, JobFileRunner } from '../submit/job-program.ts';
import { defaultArguments } from '../submit/job-submitter.ts';
import { PatientService } from './patient-service.ts';

export interface JobClientOptions {
  readonly conf: Configuration;
  readonly args: readonly string[];
  /** Prints a line of results; default: to standard output. */
  readonly out?: (line: string) => void;
  /** Prints a line of progress or a message; default: to standard error. */
  readonly err?: (line: string) => void;
  readonly onProgress?: (status: JobStatus) => void;
}

const EXIT_SUCCESS = 0;
const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;
/** The exit status of Hadoop's ExampleDriver when the program threw. */
const EXIT_EXAMPLE_THREW = 255;

/** `hadoop jar job.ts args…`: bundles the file and runs its default export. Returns the exit status. */
export async function runJobFile({ file, ...options }: JobClientOptions & { readonly file: string }): Promise<number> {
  const { err } = outputs(options);
  try {
    const { exports, code, packages } = await bundleJob(file, options.conf.get('calf.job.type-check'));
    const main = exports.default;
    if (!isJob(main) && !isProgram(main)) {
      throw new JobFileError(`${file}: its default export is no job: write \`export default job({ … })\``);
    }
    const source = path.resolve(file);
    const usage = `${path.basename(file)} ${usageOf(main)}`;
    return await runMain({ exports, code: { kind: 'bundle', source, code, packages } }, main, usage, options);
  } catch (e) {
    err(e instanceof JobFileError ? e.message : describe(e));
    hint(e, err);
    return EXIT_FAILURE;
  }
}

/** `hadoop jar hadoop-mapreduce-examples-3.4.2.jar name args…`: runs a built-in example, or lists all. Returns the exit status. */
export async function runExample(name: string | undefined, options: JobClientOptions): Promise<number> {
  const { err } = outputs(options);
  const example = name === undefined ? undefined : findExample(name);
  if (name === undefined || !example) {
    err(
      name === undefined
        ? 'An example program must be given as the first argument.'
        : `Unknown program '${name}' chosen.`,
    );
    err('Valid program names are:');
    for (const line of exampleList()) err(`  ${line}`);
    return EXIT_EXAMPLE_THREW;
  }
  try {
    const exports = await example.load();
    const main = exports.default;
    if (!isJob(main) && !isProgram(main)) throw new Error(`The example ${name} has no job`);
    return await runMain({ exports, code: { kind: 'builtin', example: name } }, main, name, options);
  } catch (e) {
    err(describe(e));
    hint(e, err);
    return EXIT_EXAMPLE_THREW;
  }
}

/**
 * Returns the service that mapreduce.framework.name names: the JobTracker, or this process.
 * @throws ConfigurationError for a value that Calf does not support
 */
export async function jobService(conf: Configuration): Promise<JobService> {
  refuseUnsupported(conf, 'jobclient');
  const framework = conf.get('mapreduce.framework.name');
  // A user who has configured nothing has no cluster.
  const unconfigured = !conf.isSet('mapreduce.framework.name') && conf.get('fs.defaultFS').startsWith('file:');
  if (framework === 'local' || unconfigured) {
    const { LocalJobRunner } = await import('./local-job-runner.ts');
    return new LocalJobRunner(conf);
  }
  // Tutorials set yarn, and mean the cluster: here, its JobTracker is in the place of YARN.
  if (['calf', 'classic', 'yarn'].includes(framework)) return new RemoteJobService(conf);
  throw new Error(`mapreduce.framework.name is '${framework}': expected calf, yarn or local`);
}

async function runMain(
  file: JobFile,
  main: AnyJob | Program,
  usage: string,
  options: JobClientOptions,
): Promise<number> {
  const { out, err } = outputs(options);
  const { conf, args, onProgress } = options;
  const log: JobConsole['log'] = (logger, message) =>
    err(logLine(new Date(systemClock.now()), 'INFO', logger, message));
  try {
    await using plain = await jobService(conf);
    const service = PatientService.of(plain, {
      waitMsMax: conf.get('yarn.resourcemanager.connect.max-wait.ms'),
      clock: systemClock,
      tell: (message) => log('mapreduce.Job', message),
    });
    const runner = new JobFileRunner(file, conf, service, { print: out, log, ...(onProgress ? { onProgress } : {}) });
    if (isProgram(main)) {
      await using fileSystems = new FileSystems(conf);
      return (await main.main(runner.programContext(args, fileSystems))) ?? EXIT_SUCCESS;
    }
    const status = await runner.run(main, main.configure ? main.configure(args) : defaultArguments(args, main));
    return status.state === 'SUCCEEDED' ? EXIT_SUCCESS : EXIT_FAILURE;
  } catch (e) {
    if (e instanceof JobFailedError) return EXIT_FAILURE;
    // Compared by name, because the job's bundle has its own copy of the class.
    if (!(e instanceof Error) || e.name !== 'UsageError') throw e;
    if (e.message) err(e.message);
    err(`Usage: ${main.usage ?? usage}`);
    return EXIT_USAGE;
  }
}

/** Returns the arguments of a job whose author has not described them. */
function usageOf(main: AnyJob | Program): string {
  const inputs = isJob(main) && main.inputs ? Object.keys(main.inputs).map((name) => `<${name}>`) : ['<in> [<in>...]'];
  return [...inputs, ...(isJob(main) && main.output?.withoutFiles ? [] : ['<out>'])].join(' ');
}

function outputs({ out, err }: JobClientOptions): { out: (line: string) => void; err: (line: string) => void } {
  return {
    out: out ?? ((line) => process.stdout.write(`${line}\n`)),
    err: err ?? ((line) => process.stderr.write(`${line}\n`)),
  };
}

/** Tells the remedy for the failure that every user meets. */
function hint(e: unknown, err: (line: string) => void): void {
  const exists = e instanceof Error && /^Output directory (\S+) already exists$/.exec(e.message);
  if (exists) err(`A job never overwrites output. Remove it first: hdfs dfs -rm -r ${exists[1]}`);
}

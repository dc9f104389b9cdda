import fs from 'node:fs';
import type { Configuration } from '../../conf/configuration.ts';
import type { JobClientOptions } from '../../mapreduce/engines/job-client.ts';
import { GenericOptionError, loadConfiguration, parseGenericOptions } from '../options/generic-options.ts';

const EXAMPLES_JAR = /(^|\/)hadoop-mapreduce-examples[^/]*\.jar$/;
const JOB_FILE = /\.[cm]?[jt]s$/;
const EXIT_FAILURE = 1;
const EXIT_USAGE = 255;

const jobClient = () => import('../../mapreduce/engines/job-client.ts');

/** `hadoop jar JOB ARGS…`: a job file, or an examples jar that doesn't exist, which means the built-in examples. */
export async function jarMain(args: readonly string[]): Promise<number> {
  const [file, ...rest] = args;
  if (file === undefined) return refuse('Usage: hadoop jar <job.ts|job.js|examples jar> [mainClass] args...');
  if (JOB_FILE.test(file)) return submitMain(args);
  if (fs.existsSync(file)) {
    return refuse(`${file} is a Java program, and Calf has no JVM: write the job in TypeScript, or run it on a Hadoop`);
  }
  if (!EXAMPLES_JAR.test(file)) return refuse(`JAR does not exist or is not a normal file: ${file}`);
  const [example, ...exampleArgs] = rest;
  return withConfiguration(exampleArgs, (conf, args) =>
    withProgress(async (console) => (await jobClient()).runExample(example, { conf, args, ...console })),
  );
}

/** `mapred submit JOB ARGS…`. */
export async function submitMain(args: readonly string[]): Promise<number> {
  const [file, ...rest] = args;
  if (file === undefined) return refuse('Usage: mapred submit <job.ts|job.js> [generic options] <input>... <output>');
  return withConfiguration(rest, (conf, args) =>
    withProgress(async (console) => (await jobClient()).runJobFile({ file, conf, args, ...console })),
  );
}

/** `mapred job -list | -status ID | …`. */
export async function jobMain(args: readonly string[]): Promise<number> {
  return withConfiguration(args, async (conf, rest) => (await import('./mapred-job.ts')).runJobCommand(rest, conf));
}

/** On a terminal a bar takes the place of the lines of progress. */
async function withProgress(run: (console: Partial<JobClientOptions>) => Promise<number>): Promise<number> {
  if (!process.stderr.isTTY || !process.stdout.isTTY) return run({});
  const { JobProgress } = await import('./job-progress.ts');
  const progress = await JobProgress.open(process.stderr);
  try {
    return await run(progress.outputs);
  } finally {
    progress.stop();
  }
}

function refuse(message: string): number {
  process.stderr.write(`${message}\n`);
  return EXIT_USAGE;
}

async function withConfiguration(
  args: readonly string[],
  action: (conf: Configuration, rest: readonly string[]) => Promise<number>,
): Promise<number> {
  try {
    const options = parseGenericOptions(args);
    return await action(loadConfiguration(options), options.rest);
  } catch (e) {
    process.stderr.write(`${e instanceof Error ? e.message : String(e)}\n`);
    return e instanceof GenericOptionError ? EXIT_USAGE : EXIT_FAILURE;
  }
}

/** `hadoop jar`, `mapred submit` and `mapred job`. */
import fs from 'node:fs';
import path from 'node:path';
import type { Configuration } from '../../conf/configuration.ts';
import type { JobClientOptions } from '../../mapreduce/engines/job-client.ts';
import { GENERIC_USAGE, parseGenericOptions } from '../options/generic-options.ts';
import { runTool } from '../options/tool.ts';
import { refuseUsage, USAGE_EXIT_CODE, UsageError } from '../options/usage-error.ts';
import { complain, print } from '../terminal/terminal.ts';

const EXAMPLES_JAR = /(^|\/)hadoop-mapreduce-examples[^/]*\.jar$/;
const JOB_FILE = /\.[cm]?[jt]s$/;
const HELP = new Set(['--help', '-help', '-h', 'help']);

const jobClient = () => import('../../mapreduce/engines/job-client.ts');

const JAR_USAGE = 'Usage: hadoop jar [generic options] <job.ts|job.js|examples jar> [mainClass] args...';
const SUBMIT_USAGE = 'Usage: mapred submit [generic options] <job.ts|job.js> <input>... <output>';

/** `hadoop jar JOB ARGS…`: runs a job file, or a built-in example if JOB is the name of the examples jar. @returns exit status */
export function jarMain(args: readonly string[]): Promise<number> {
  return onJobFile('jar', JAR_USAGE, args, async (file, conf, rest) => {
    if (JOB_FILE.test(file)) return runFile(file, conf, rest);
    const isFile = fs.statSync(file, { throwIfNoEntry: false })?.isFile();
    if (isFile) {
      complain(`${file} is a Java program, and Calf has no JVM: write the job in TypeScript, or run it on a Hadoop`);
      return USAGE_EXIT_CODE;
    }
    if (!EXAMPLES_JAR.test(file)) {
      complain(`JAR does not exist or is not a normal file: ${path.resolve(file)}`);
      return USAGE_EXIT_CODE;
    }
    const [example, ...exampleArgs] = rest;
    return withProgress(async (console) =>
      (await jobClient()).runExample(example, { conf, args: exampleArgs, ...console }),
    );
  });
}

/** `mapred submit JOB ARGS…`. @returns exit status */
export function submitMain(args: readonly string[]): Promise<number> {
  return onJobFile('submit', SUBMIT_USAGE, args, runFile);
}

function runFile(file: string, conf: Configuration, args: readonly string[]): Promise<number> {
  return withProgress(async (console) => (await jobClient()).runJobFile({ file, conf, args, ...console }));
}

/**
 * Runs a command whose first argument is the file of a job. Generic options may stand before the file and directly behind
 * it; behind the name of an example, too, where Hadoop's own programs take them.
 */
async function onJobFile(
  name: string,
  usage: string,
  args: readonly string[],
  run: (file: string, conf: Configuration, rest: readonly string[]) => Promise<number>,
): Promise<number> {
  if (HELP.has(args[0] ?? '')) {
    print(usage);
    for (const line of GENERIC_USAGE) print(line);
    return 0;
  }
  let behind: readonly string[];
  let file: string | undefined;
  try {
    [file, ...behind] = parseGenericOptions(args).rest;
  } catch (e) {
    if (e instanceof UsageError) return refuseUsage(e, { prefix: name, usage: [usage], err: complain });
    throw e;
  }
  if (file === undefined) {
    complain(usage);
    return USAGE_EXIT_CODE;
  }
  const before = args.slice(0, args.length - behind.length - 1);
  const hasExample = EXAMPLES_JAR.test(file) && !behind[0]?.startsWith('-');
  const words = behind.slice(0, hasExample ? 1 : 0);
  return await runTool({ name }, [...before, ...behind.slice(words.length)], (conf, rest) =>
    run(file, conf, [...words, ...rest]),
  );
}

/** `mapred job -list | -status ID | …`. @returns exit status */
export async function jobMain(args: readonly string[]): Promise<number> {
  const { JOB_USAGE, runJobCommand } = await import('./mapred-job.ts');
  return runTool({ name: 'mapred job', usage: JOB_USAGE }, args, (conf, rest) => runJobCommand(rest, conf));
}

/** Runs a job. On a terminal a bar takes the place of the progress lines. */
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

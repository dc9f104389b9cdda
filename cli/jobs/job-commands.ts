/** `hadoop jar`, `mapred submit` and `mapred job`. */
import fs from 'node:fs';
import type { JobClientOptions } from '../../mapreduce/engines/job-client.ts';
import { runTool } from '../options/tool.ts';
import { USAGE_EXIT_CODE } from '../options/usage-error.ts';
import { complain } from '../terminal/terminal.ts';

const EXAMPLES_JAR = /(^|\/)hadoop-mapreduce-examples[^/]*\.jar$/;
const JOB_FILE = /\.[cm]?[jt]s$/;

const jobClient = () => import('../../mapreduce/engines/job-client.ts');

/** `hadoop jar JOB ARGS…`: runs a job file, or a built-in example if JOB is the name of the examples jar. @returns exit status */
export async function jarMain(args: readonly string[]): Promise<number> {
  const [file, ...rest] = args;
  if (file === undefined) return refuse('Usage: hadoop jar <job.ts|job.js|examples jar> [mainClass] args...');
  if (JOB_FILE.test(file)) return submitMain(args);
  if (fs.existsSync(file)) {
    return refuse(`${file} is a Java program, and Calf has no JVM: write the job in TypeScript, or run it on a Hadoop`);
  }
  if (!EXAMPLES_JAR.test(file)) return refuse(`JAR does not exist or is not a normal file: ${file}`);
  const [example, ...exampleArgs] = rest;
  return runTool({ name: 'jar' }, exampleArgs, (conf, args) =>
    withProgress(async (console) => (await jobClient()).runExample(example, { conf, args, ...console })),
  );
}

/** `mapred submit JOB ARGS…`. @returns exit status */
export async function submitMain(args: readonly string[]): Promise<number> {
  const [file, ...rest] = args;
  if (file === undefined) return refuse('Usage: mapred submit <job.ts|job.js> [generic options] <input>... <output>');
  return runTool({ name: 'submit' }, rest, (conf, args) =>
    withProgress(async (console) => (await jobClient()).runJobFile({ file, conf, args, ...console })),
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

function refuse(message: string): number {
  complain(message);
  return USAGE_EXIT_CODE;
}

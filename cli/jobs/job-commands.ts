/** `mapred submit` and `mapred job`. */
import type { Configuration } from '../../conf/configuration.ts';
import { GENERIC_USAGE, parseGenericOptions } from '../options/generic-options.ts';
import { runTool } from '../options/tool.ts';
import { refuseUsage, USAGE_EXIT_CODE, UsageError } from '../options/usage-error.ts';
import { complain, print } from '../terminal/terminal.ts';
import { type EngineWords, takeEngine } from './engine.ts';
import { withJobProgress } from './with-job-progress.ts';

const HELP = new Set(['--help', '-help', '-h', 'help']);

const jobClient = () => import('../../mapreduce/engines/job-client.ts');

const SUBMIT_USAGE =
  'Usage: mapred submit [generic options] <job.ts|job.js> [--engine inline|local|cluster|yarn [--dry-run]] <input>... <output>';

/** `mapred submit JOB ARGS…`. @returns exit status */
export function submitMain(args: readonly string[]): Promise<number> {
  return onJobFile('submit', SUBMIT_USAGE, args, runFile);
}

export async function runFile(
  file: string,
  conf: Configuration,
  args: readonly string[],
  { engine, isDry }: EngineWords,
): Promise<number> {
  if (engine === 'yarn') {
    const { runOnYarn } = await import('../../mapreduce/engines/yarn-engine.ts');
    return await runOnYarn({ file, conf, args, isDry, out: print });
  }
  return withJobProgress(async (console) => (await jobClient()).runJobFile({ file, conf, args, ...console }));
}

/**
 * Runs a command whose first argument is the file of a job. Generic options may stand before the file and directly behind
 * it; behind the name of an example, too, where Hadoop's own programs take them: `hasName` tells of such a file.
 */
export async function onJobFile(
  name: string,
  usage: string,
  args: readonly string[],
  run: (file: string, conf: Configuration, rest: readonly string[], engine: EngineWords) => Promise<number>,
  hasName: (file: string) => Promise<boolean> = async () => false,
): Promise<number> {
  if (HELP.has(args[0] ?? '')) {
    print(usage);
    for (const line of GENERIC_USAGE) print(line);
    return 0;
  }
  let behind: readonly string[];
  let file: string | undefined;
  let engine: EngineWords;
  try {
    engine = takeEngine(args);
    [file, ...behind] = parseGenericOptions(engine.rest).rest;
  } catch (e) {
    if (e instanceof UsageError) return refuseUsage(e, { prefix: name, usage: [usage], err: complain });
    throw e;
  }
  if (file === undefined) {
    complain(usage);
    return USAGE_EXIT_CODE;
  }
  const before = engine.rest.slice(0, engine.rest.length - behind.length - 1);
  const words = behind.slice(0, !behind[0]?.startsWith('-') && (await hasName(file)) ? 1 : 0);
  return await runTool({ name }, [...before, ...behind.slice(words.length)], (conf, rest) =>
    run(file, conf, [...words, ...rest], engine),
  );
}

/** `mapred job -list | -status ID | …`. @returns exit status */
export async function jobMain(args: readonly string[]): Promise<number> {
  const { JOB_USAGE, runJobCommand } = await import('./mapred-job.ts');
  return runTool({ name: 'mapred job', usage: JOB_USAGE }, args, (conf, rest) => runJobCommand(rest, conf));
}

/** `mapred queue -list | -info QUEUE | …`. @returns exit status */
export async function queueMain(args: readonly string[]): Promise<number> {
  const { QUEUE_USAGE, runQueueCommand } = await import('./mapred-queue.ts');
  return runTool({ name: 'mapred queue', usage: QUEUE_USAGE }, args, (conf, rest) => runQueueCommand(rest, conf));
}

import { GenericOptionError, loadConfiguration, parseGenericOptions } from './generic-options.ts';

/** What the job client does; each returns an exit status. */
const client = () => import('../mapreduce/job-client.ts');

/** `hadoop jar JOB ARGS…`. */
export async function jarMain(args: readonly string[]): Promise<number> {
  const [job, ...rest] = args;
  if (job === undefined) return refuse('Usage: hadoop jar <job.ts|job.js|examples jar> [mainClass] args...');
  return withConfiguration(rest, async (conf, others) => (await client()).runJar(job, others, conf));
}

/** `mapred submit JOB ARGS…`. */
export async function submitMain(args: readonly string[]): Promise<number> {
  const [job, ...rest] = args;
  if (job === undefined) return refuse('Usage: mapred submit <job.ts|job.js> [generic options] <input>... <output>');
  return withConfiguration(rest, async (conf, others) => (await client()).submitJob(job, others, conf));
}

/** `mapred job -list | -status ID | …`. */
export async function jobMain(args: readonly string[]): Promise<number> {
  return withConfiguration(args, async (conf, rest) => (await client()).runJobCommand(rest, conf));
}

function refuse(usage: string): number {
  process.stderr.write(`${usage}\n`);
  return 255;
}

async function withConfiguration(
  args: readonly string[],
  action: (conf: ReturnType<typeof loadConfiguration>, rest: readonly string[]) => Promise<number>,
): Promise<number> {
  try {
    const options = parseGenericOptions(args);
    return await action(loadConfiguration(options), options.rest);
  } catch (e) {
    if (!(e instanceof GenericOptionError)) throw e;
    process.stderr.write(`${e.message}\n`);
    return 255;
  }
}

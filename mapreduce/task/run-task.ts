/** Runs one attempt of a task, map or reduce. */
import path from 'node:path';
import { Configuration } from '../../conf/configuration.ts';
import type { AnyJob } from '../api/api.ts';
import { CACHE_KINDS, CACHE_PROPERTIES } from '../cache/cache-entries.ts';
import { inWorkingDirectory, type LocalEntry, makeWorkingDirectory } from '../cache/working-directory.ts';
import { FileSystems } from '../files/file-systems.ts';
import { FILE_SYSTEM_GROUP } from '../job/counter-names.ts';
import { Counters, type CountersJson } from '../job/counters.ts';
import { jobConfiguration } from '../job/job-configuration.ts';
import type { TaskLaunch } from '../job/messages.ts';
import { TestPassedError, withoutCommit } from '../skipping/test-attempt.ts';
import { Attempt } from './attempt.ts';
import { provideJobTimers } from './job-timers.ts';
import { loadJob } from './load-job.ts';
import type { LogFiles } from './log-files.ts';
import { runMapTask } from './map-task.ts';
import { provideCodecs } from './provide-codecs.ts';
import { runReduceTask } from './reduce-task.ts';
import { TaskMetrics } from './task-metrics.ts';
import type { Umbilical } from './task-run.ts';

export interface TaskOrder {
  readonly launch: TaskLaunch;
  /** The tracker's properties, and the job's, which are stronger. */
  readonly conf: Readonly<Record<string, string>>;
  /** The tracker's directory for the job; it holds a directory for each attempt. */
  readonly jobDirectory: string;
  /** The token by which the job's tasks fetch map outputs; empty where they read them from the disk. */
  readonly jobToken: string;
  /** The local files of the job's cache. */
  readonly cache: readonly LocalEntry[];
  /** Bytes of each log of the attempt; 0: no limit. */
  readonly logBytes: number;
  /** The local file for a CPU profile of the attempt, if it is to have one. */
  readonly profile?: string;
}

/** Counters that each file system has even if they are 0, as in Hadoop. */
const FILE_SYSTEM_COUNTERS = ['BYTES_READ', 'BYTES_WRITTEN', 'READ_OPS', 'LARGE_READ_OPS', 'WRITE_OPS'] as const;
const MAP_COUNTERS = [
  'MAP_INPUT_RECORDS',
  'MAP_OUTPUT_RECORDS',
  'SPILLED_RECORDS',
  'FAILED_SHUFFLE',
  'MERGED_MAP_OUTPUTS',
] as const;

/** File systems that this process keeps open from task to task, by user and properties. */
const kept = new Map<string, FileSystems>();

/**
 * Runs one attempt to its end. Returns its counters. Its printed lines go to `logs` if they are given.
 * @param watched returns the job with functions that tell of their calls
 * @throws the failure of the attempt
 */
export async function runTask(
  order: TaskOrder,
  umbilical: Umbilical,
  logs?: LogFiles,
  watched: (job: AnyJob) => AnyJob = (job) => job,
): Promise<CountersJson> {
  provideJobTimers();
  provideCodecs();
  const attempt = new Attempt(order.launch.attemptId, logs);
  const { profile } = order;
  const run = () => attempt.run(() => runAttempt(attempt, order, umbilical, watched));
  if (profile === undefined) return await run();
  const { profiled } = await import('./task-profile.ts');
  return await profiled(profile, run);
}

async function runAttempt(
  attempt: Attempt,
  { launch, conf: values, jobDirectory, jobToken, cache }: TaskOrder,
  umbilical: Umbilical,
  watched: (job: AnyJob) => AnyJob,
): Promise<CountersJson> {
  const metrics = new TaskMetrics();
  const conf = withLocalFiles(new Configuration(values), cache);
  const fileSystems = fileSystemsOf(conf, launch.job.user, values);
  const counters = new Counters();
  const test = launch.skip?.test;
  addZeros(counters, conf, launch);
  try {
    const job = watched(await loadJob(launch.job.code, launch.attemptId, fileSystems, jobDirectory, conf));
    const directory = path.join(jobDirectory, launch.attemptId);
    const workingDirectory = await makeWorkingDirectory(directory, cache);
    const jobConf = jobConfiguration(conf);
    const cacheFiles = Object.fromEntries(cache.map(({ name }) => [name, path.join(workingDirectory, name)]));
    const run = {
      ...{ launch, attempt, job, conf, jobConf, counters, fileSystems, directory, jobToken },
      umbilical: test ? withoutCommit(umbilical, test) : umbilical,
      ...{ workingDirectory, cacheFiles },
    };
    await inWorkingDirectory(directory, () => (launch.kind === 'MAP' ? runMapTask(run) : runReduceTask(run)));
    if (test) throw new TestPassedError(test);
  } finally {
    metrics.finish(launch.kind, counters);
  }
  return counters.toJson();
}

/** Sets the properties by which a task finds its local files (Hadoop: MRJobConfig.CACHE_LOCALFILES). */
function withLocalFiles(conf: Configuration, cache: readonly LocalEntry[]): Configuration {
  for (const kind of CACHE_KINDS) {
    const own = cache.filter((entry) => entry.kind === kind);
    if (own.length > 0) conf.set(CACHE_PROPERTIES[kind].local, own.map((entry) => entry.path).join(','));
  }
  return conf;
}

/** Closes the file systems that runTask() has kept open. */
export async function closeFileSystems(): Promise<void> {
  const all = [...kept.values()];
  kept.clear();
  for (const fileSystems of all) await fileSystems[Symbol.asyncDispose]();
}

function fileSystemsOf(conf: Configuration, user: string, values: TaskOrder['conf']): FileSystems {
  const key = JSON.stringify([user, values]);
  let fileSystems = kept.get(key);
  if (!fileSystems) {
    fileSystems = new FileSystems(conf, user);
    kept.set(key, fileSystems);
  }
  return fileSystems;
}

function addZeros(counters: Counters, conf: Configuration, launch: TaskLaunch): void {
  const schemes = new Set(['file', conf.get('fs.defaultFS').split(':')[0] ?? 'file']);
  for (const scheme of schemes) for (const name of FILE_SYSTEM_COUNTERS) counters.addFileSystem(scheme, name, 0);
  if (schemes.has('hdfs')) counters.add(FILE_SYSTEM_GROUP, 'HDFS_BYTES_READ_EC', 0);
  if (launch.kind === 'MAP') for (const name of MAP_COUNTERS) counters.addTask(name, 0);
  else counters.addTask('SPILLED_RECORDS', 0);
}

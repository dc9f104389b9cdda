/** The objects that a running attempt works with. */
import type { Configuration } from '../../conf/configuration.ts';
import type { AnyJob, JobConfiguration, TaskContext } from '../api/api.ts';
import type { FileSystems } from '../files/file-systems.ts';
import type { Counters } from '../job/counters.ts';
import type { MapShares, TaskLaunch } from '../job/messages.ts';
import type { RecordRange } from '../job/record-ranges.ts';
import { formatContext } from '../records/records-run.ts';
import type { MapOutputsListener } from '../shuffle/shuffle.ts';
import type { Attempt } from './attempt.ts';

/** Connection of an attempt to its TaskTracker. */
export interface Umbilical {
  /** Reports progress, from 0 to 1, which also shows that the task is alive. */
  progress(progress: number): void;
  setStatus(status: string): void;
  /** Tells the shares of the reduces in the output of a map. */
  mapShares(shares: MapShares): void;
  /** Asks whether this attempt may commit its output, and waits while it is undecided; one attempt of a task may. */
  mayCommit(): Promise<boolean>;
  fetchFailed(mapAttemptId: string): void;
  /** In skipping mode: tells which records the attempt may be working on. Resolves when the message outlives this process. */
  working?(range: RecordRange): Promise<void>;
  /** Calls `listener` with the map outputs that are known, and later with each new one. */
  onMapOutputs(listener: MapOutputsListener): void;
}

/** The job, the configuration and the connections of one attempt. */
export interface TaskRun {
  readonly launch: TaskLaunch;
  readonly job: AnyJob;
  readonly conf: Configuration;
  readonly jobConf: JobConfiguration;
  readonly counters: Counters;
  readonly fileSystems: FileSystems;
  /** The attempt's own local directory, for its spills and its output. */
  readonly directory: string;
  /** The directory in which the job's code runs; it has links to the files of the cache. */
  readonly workingDirectory: string;
  /** Paths of the files of the cache, by the names of their links. */
  readonly cacheFiles: Readonly<Record<string, string>>;
  /** The token by which the job's tasks fetch map outputs. */
  readonly jobToken: string;
  readonly umbilical: Umbilical;
}

/** The same with the attempt whose code runs. */
export interface RunningTask extends TaskRun {
  readonly attempt: Attempt;
}

/** The part that each context has for itself. */
type Own = 'phase' | 'fileSystem' | 'emitTo' | 'createFile';

/** Returns the part that the contexts of maps and reduces share. */
export function taskContext(run: TaskRun): Omit<TaskContext, Own> {
  const { launch, umbilical, cacheFiles } = run;
  return {
    ...formatContext(run),
    jobId: launch.job.jobId,
    attemptId: launch.attemptId,
    taskIndex: launch.index,
    cacheFiles,
    setStatus: (status) => umbilical.setStatus(status),
  };
}

export const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

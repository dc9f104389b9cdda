import type { Configuration } from '../../conf/configuration.ts';
import type { AnyJob, Counter, JobConfiguration, TaskContext } from '../api/api.ts';
import type { FileSystems } from '../files/file-systems.ts';
import type { Counters } from '../job/counters.ts';
import type { MapOutputLocation, TaskLaunch } from '../job/messages.ts';

/** A task's line to those who started it. */
export interface Umbilical {
  /** From 0 to 1; also shows that the task is alive. */
  progress(progress: number): void;
  setStatus(status: string): void;
  /** Whether this attempt is the one that may move its output into place. */
  mayCommit(): Promise<boolean>;
  fetchFailed(mapAttemptId: string): void;
  /** Called for the map outputs that are known and for those that become known. */
  onMapOutputs(listener: (outputs: readonly MapOutputLocation[]) => void): void;
}

/** All that a running attempt works with. */
export interface TaskRun {
  readonly launch: TaskLaunch;
  readonly job: AnyJob;
  readonly conf: Configuration;
  readonly jobConf: JobConfiguration;
  readonly counters: Counters;
  readonly fileSystems: FileSystems;
  /** The attempt's own local directory. */
  readonly directory: string;
  readonly umbilical: Umbilical;
}

/** What map and reduce contexts share. */
export function taskContext(run: TaskRun): Omit<TaskContext, 'phase'> {
  const { launch, jobConf, counters, umbilical } = run;
  return {
    jobId: launch.job.jobId,
    attemptId: launch.attemptId,
    taskIndex: launch.index,
    conf: jobConf,
    counter: (group, name): Counter => ({
      get value() {
        return counters.get(group, name);
      },
      increment: (by = 1) => counters.add(group, name, by),
    }),
    setStatus: (status) => umbilical.setStatus(status),
  };
}

export const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

import type { CountersJson } from './counters.ts';
import type { InputSplit } from './input-split.ts';
import type { TaskKind } from './job-id.ts';

/** What travels as JSON between client, JobTracker, TaskTracker and task process. */

/** Where the job's code is. `exportName` picks one of the file's jobs. */
export type JobCode =
  | { readonly kind: 'builtin'; readonly example: string; readonly exportName: string }
  /** A bundle, staged in a file system; `source` is the file that the user wrote, for messages. */
  | { readonly kind: 'bundle'; readonly uri: string; readonly source: string; readonly exportName: string };

/** All that a task must know of its job. */
export interface JobDescription {
  readonly jobId: string;
  readonly name: string;
  readonly user: string;
  readonly code: JobCode;
  /** What was set, so not the defaults. */
  readonly conf: Readonly<Record<string, string>>;
  readonly maps: number;
  readonly reduces: number;
  /** The URI of the output directory. */
  readonly output: string;
}

export interface JobSubmission extends JobDescription {
  readonly splits: readonly InputSplit[];
  /** Deleted when the job has ended. */
  readonly stagingUri?: string;
}

/** Where a finished map's output can be had: `http://host:port`, or `file:` when tracker and reduce share a disk. */
export interface MapOutputLocation {
  readonly mapIndex: number;
  readonly attemptId: string;
  readonly url: string;
}

export interface TaskLaunch {
  readonly attemptId: string;
  readonly kind: TaskKind;
  readonly index: number;
  readonly job: JobDescription;
  /** Of a map. */
  readonly split?: InputSplit;
  /** Of a reduce: the outputs that are there already; the others follow as they come. */
  readonly mapOutputs?: readonly MapOutputLocation[];
}

/** Why a task failed, with what its author needs to find the cause. */
export interface TaskError {
  /** As `TypeError: x is undefined`. */
  readonly message: string;
  readonly stack?: string;
  /** The record that map() was given. */
  readonly record?: TaskErrorRecord;
  /** The key that reduce() was given. */
  readonly key?: string;
}

export interface TaskErrorRecord {
  readonly path: string;
  readonly offset: number;
  /** The first characters. */
  readonly text: string;
}

/** What a running attempt tells. */
export type TaskReport =
  | {
      readonly kind: 'progress';
      readonly attemptId: string;
      /** From 0 to 1. */
      readonly progress: number;
      readonly status?: string;
      readonly counters?: CountersJson;
    }
  | {
      readonly kind: 'succeeded';
      readonly attemptId: string;
      readonly counters: CountersJson;
    }
  | { readonly kind: 'failed'; readonly attemptId: string; readonly error: TaskError }
  | { readonly kind: 'killed'; readonly attemptId: string }
  /** A reduce could not get a map's output. */
  | { readonly kind: 'fetchFailed'; readonly attemptId: string; readonly mapAttemptId: string };

/** What a TaskTracker is told to do. */
export type TrackerAction =
  /** A job is about to come: have a task process ready. */
  | { readonly kind: 'prepare' }
  | { readonly kind: 'launch'; readonly launch: TaskLaunch }
  | { readonly kind: 'kill'; readonly attemptId: string }
  | { readonly kind: 'mapOutputs'; readonly jobId: string; readonly outputs: readonly MapOutputLocation[] }
  /** The job has ended: end its processes and delete its files. */
  | { readonly kind: 'endJob'; readonly jobId: string }
  /** The JobTracker does not know this tracker (any more): end all and register anew. */
  | { readonly kind: 'reset' };

export interface TrackerRegistration {
  /** `tracker_host:port`. */
  readonly trackerId: string;
  readonly host: string;
  /** `ip:port` of the DataNode beside it, when known; its replicas are local. */
  readonly dataNode?: string;
  /** Where its tasks' outputs are served. */
  readonly shuffleUrl: string;
  readonly httpUrl: string;
  readonly mapSlots: number;
  readonly reduceSlots: number;
}

export type JobState = 'PREP' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'KILLED';

/** A failed attempt, as the submitter is shown it. */
export interface TaskFailure {
  readonly attemptId: string;
  readonly trackerId: string;
  readonly error: TaskError;
}

export interface JobStatus {
  readonly jobId: string;
  readonly name: string;
  readonly user: string;
  readonly state: JobState;
  /** From 0 to 1. */
  readonly mapProgress: number;
  readonly reduceProgress: number;
  readonly maps: number;
  readonly reduces: number;
  readonly startTimeMs: number;
  /** 0 while it runs. */
  readonly finishTimeMs: number;
  /** Why it failed or was killed. */
  readonly failureInfo: string;
  readonly failures: readonly TaskFailure[];
  readonly counters: CountersJson;
  readonly output: string;
  /** Changes whenever the status does. */
  readonly version: number;
}

export interface AttemptStatus {
  readonly attemptId: string;
  readonly kind: TaskKind;
  readonly state: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'KILLED';
  readonly trackerId: string;
  readonly httpUrl: string;
  readonly progress: number;
  readonly status: string;
  readonly startTimeMs: number;
  readonly finishTimeMs: number;
}

/** The answers of the JobTracker about jobs and their attempts. They are types alone: no server takes them in. */
import type { CountersJson } from './counters.ts';
import type { TaskKind } from './job-id.ts';
import type { ShuffleStatus } from './shuffle-status.ts';
import type { JobPriority } from './submission.ts';
import type { TaskError } from './tracker-messages.ts';

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
  /** Milliseconds since the epoch. */
  readonly startTimeMs: number;
  /** Milliseconds since the epoch; 0 while the job runs. */
  readonly finishTimeMs: number;
  /** The reason why the job failed or was killed; empty for other jobs. */
  readonly failureInfo: string;
  readonly failures: readonly TaskFailure[];
  readonly counters: CountersJson;
  readonly output: string;
  /** Not known of jobs of older versions. */
  readonly priority?: JobPriority;
  readonly queue?: string;
  /** Number of attempts that run. */
  readonly running?: number;
  readonly shuffle?: ShuffleStatus;
  /** Another one whenever the status is another one. */
  readonly version: number;
}

export interface AttemptStatus {
  readonly attemptId: string;
  readonly kind: TaskKind;
  readonly state: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'KILLED';
  readonly trackerId: string;
  /** Empty if the tracker is gone. */
  readonly httpUrl: string;
  readonly progress: number;
  readonly status: string;
  readonly startTimeMs: number;
  /** 0 while the attempt runs. */
  readonly finishTimeMs: number;
}

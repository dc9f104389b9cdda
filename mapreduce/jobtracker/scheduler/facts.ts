/** The facts of a job from which it is built again when the JobTracker restarts. Nothing else changes a job's tasks. */
import type { JobCounterName } from '../../job/counter-names.ts';
import type { CountersJson } from '../../job/counters.ts';
import type { JobPriority, JobState, JobSubmission, TaskError } from '../../job/messages.ts';
import type { RecordRange } from '../../job/record-ranges.ts';
import type { EndState } from './task.ts';

/** Times are in milliseconds since the epoch. */
export type JobFact =
  /** The first fact of every job. */
  | { readonly kind: 'submitted'; readonly submission: JobSubmission; readonly timeMs: number }
  /** The JobTracker was started anew: attempts that start from here on have numbers of the next thousand. */
  | { readonly kind: 'recovered' }
  /** The output does not exist, and is about to be made: from here on it is the job's own. */
  | { readonly kind: 'settingUp' }
  | { readonly kind: 'setUp' }
  | {
      readonly kind: 'started';
      readonly attemptId: string;
      readonly trackerId: string;
      readonly timeMs: number;
      /** The counter of the distance between a map and its input. */
      readonly locality?: JobCounterName;
    }
  /** The attempt ran and has ended; or it had succeeded, and its output is lost. */
  | {
      readonly kind: 'ended';
      readonly attemptId: string;
      readonly state: EndState;
      readonly timeMs: number;
      /** Duration by a clock that is never set. */
      readonly tookMs: number;
      /** Of an attempt that has succeeded. */
      readonly counters?: CountersJson;
      /** Of an attempt that has failed. */
      readonly error?: TaskError;
      /** Of an attempt that has failed in skipping mode: one of these records is bad. */
      readonly range?: RecordRange;
      /** Of a test attempt of skipping mode that has met no bad record. */
      readonly isTestPassed?: true;
    }
  /** The attempt may commit its output, and no other one of its task. */
  | { readonly kind: 'allowed'; readonly attemptId: string }
  /** The output of the attempt, which was given up, is deleted: another one may be allowed. */
  | { readonly kind: 'revoked'; readonly attemptId: string }
  | { readonly kind: 'priority'; readonly priority: JobPriority }
  /** The output of the job is committed or deleted from here on. */
  | {
      readonly kind: 'ending';
      readonly how: 'COMMIT' | 'ABORT';
      readonly state: JobState;
      readonly failureInfo: string;
    }
  /** The commit of the job has moved all files into the output. */
  | { readonly kind: 'moved' }
  /** The output is deleted or complete: nothing of the job is to be done in it any more. */
  | { readonly kind: 'cleared' }
  | { readonly kind: 'over'; readonly state: JobState; readonly timeMs: number };

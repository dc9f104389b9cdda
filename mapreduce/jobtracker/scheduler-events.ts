import type { JobSubmission, TaskReport, TrackerAction, TrackerRegistration } from '../job/messages.ts';
import type { JobLimits, ScheduledJob } from './scheduled-job.ts';

/** What happens to the scheduler. */
export type SchedulerEvent =
  /** A job will be submitted soon. */
  | { readonly kind: 'announce' }
  | { readonly kind: 'submit'; readonly submission: JobSubmission; readonly limits: JobLimits }
  /** The output's `_temporary` is there. */
  | { readonly kind: 'jobSetUp'; readonly jobId: string }
  /** What was asked for with commitJob or abortJob is done. */
  | { readonly kind: 'jobEnded'; readonly jobId: string }
  | { readonly kind: 'jobError'; readonly jobId: string; readonly message: string }
  | { readonly kind: 'killJob'; readonly jobId: string; readonly reason: string }
  | { readonly kind: 'register'; readonly tracker: TrackerRegistration }
  | { readonly kind: 'seen'; readonly trackerId: string }
  | { readonly kind: 'trackerLost'; readonly trackerId: string }
  | { readonly kind: 'report'; readonly trackerId: string; readonly report: TaskReport }
  | { readonly kind: 'tick' };

/** What the scheduler wants done. */
export type SchedulerEffect =
  | { readonly kind: 'tell'; readonly trackerId: string; readonly action: TrackerAction }
  | { readonly kind: 'setupJob' | 'commitJob' | 'abortJob'; readonly job: ScheduledJob }
  /** The attempt is gone, and its output with it. */
  | { readonly kind: 'abortTask'; readonly job: ScheduledJob; readonly attemptId: string }
  | { readonly kind: 'changed'; readonly job: ScheduledJob };

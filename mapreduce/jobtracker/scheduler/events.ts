/** The events that the scheduler takes, and the effects that it asks its driver (job-master.ts) to carry out. */
import type { CommitAnswer } from '../../job/commit-answer.ts';
import type {
  JobPriority,
  JobSubmission,
  TaskReport,
  TrackerAction,
  TrackerInventory,
  TrackerRegistration,
} from '../../job/messages.ts';
import type { JobFact } from './facts.ts';
import type { JobLimits, JobView, RestoredJob } from './scheduled-job.ts';
import type { TrackerLoss } from './tracker-table.ts';

export type SchedulerEvent =
  /** A client asks for a job id: it is about to submit a job. */
  | { readonly kind: 'announce' }
  | { readonly kind: 'submit'; readonly submission: JobSubmission; readonly limits: JobLimits }
  /** The JobTracker was started anew, and has found these jobs. Comes before all other events. */
  | { readonly kind: 'recover'; readonly jobs: readonly RestoredJob[] }
  /** The job's output does not exist, and is about to be made. */
  | { readonly kind: 'jobSettingUp'; readonly jobId: string }
  /** The directory `_temporary` of the job's output exists. */
  | { readonly kind: 'jobSetUp'; readonly jobId: string }
  /** The commit of the job has moved all files into the output. */
  | { readonly kind: 'outputMoved'; readonly jobId: string }
  /** The commit or the abort of the job's output is finished. */
  | { readonly kind: 'jobEnded'; readonly jobId: string }
  | { readonly kind: 'jobError'; readonly jobId: string; readonly message: string }
  | { readonly kind: 'killJob'; readonly jobId: string; readonly reason: string }
  | { readonly kind: 'setPriority'; readonly jobId: string; readonly priority: JobPriority }
  /** A user ends an attempt: with `FAIL` it counts as a failure of its task. */
  | { readonly kind: 'endTask'; readonly attemptId: string; readonly how: 'KILL' | 'FAIL'; readonly user: string }
  /** The history has kept the ended job, or could not. */
  | { readonly kind: 'jobReported' | 'jobNotReported'; readonly jobId: string }
  /** `inventory` is given by a tracker that was registered before: the attempts that it can go on with. */
  | { readonly kind: 'register'; readonly tracker: TrackerRegistration; readonly inventory?: TrackerInventory }
  /** The tracker has sent a request. */
  | { readonly kind: 'seen'; readonly trackerId: string }
  | { readonly kind: 'trackerLost'; readonly trackerId: string; readonly loss: TrackerLoss }
  /** The tracker tells of a problem with its local directory, or that it has none any more. */
  | { readonly kind: 'trackerHealth'; readonly trackerId: string; readonly problem?: string }
  | { readonly kind: 'report'; readonly trackerId: string; readonly report: TaskReport }
  /** An attempt asks whether it may commit its output. */
  | { readonly kind: 'mayCommit'; readonly attemptId: string }
  /** The outcomes of `revokeTask`. */
  | { readonly kind: 'outputRevoked'; readonly attemptId: string }
  | { readonly kind: 'outputNotRevoked'; readonly attemptId: string; readonly message: string }
  /** Comes at the time that the effect `wakeAt` named. */
  | { readonly kind: 'wake' }
  /**
   * Comes every `tickMs` of SchedulerOptions. `disconnected` names the trackers that have no connection open: one that has
   * been silent for too long has died.
   */
  | { readonly kind: 'tick'; readonly disconnected?: readonly string[] };

export type SchedulerEffect =
  /** The answer to `announce`: the number of the job to come, from 1. */
  | { readonly kind: 'announced'; readonly sequence: number }
  /** The fact is to be kept. An effect that comes later waits until the disk has it, if the outside can see that effect. */
  | { readonly kind: 'record'; readonly jobId: string; readonly fact: JobFact }
  /** The facts of the job are not needed any more: the history has it. */
  | { readonly kind: 'dropFacts'; readonly jobId: string }
  | { readonly kind: 'tell'; readonly trackerId: string; readonly action: TrackerAction }
  | { readonly kind: 'setupJob' | 'commitJob' | 'abortJob'; readonly job: JobView }
  /** The attempt has committed: its files may go into the output directory. */
  | { readonly kind: 'mergeTask'; readonly job: JobView; readonly attemptId: string }
  /** The attempt has failed or was given up, and was never allowed to commit: its files are to be deleted. */
  | { readonly kind: 'abortTask'; readonly job: JobView; readonly attemptId: string }
  /** As `abortTask`, for an attempt that was allowed to commit: send `outputRevoked` or `outputNotRevoked`. */
  | { readonly kind: 'revokeTask'; readonly job: JobView; readonly attemptId: string }
  /** The answer to `mayCommit`; without it, the answer is no. */
  | { readonly kind: 'commitAnswer'; readonly attemptId: string; readonly answer: CommitAnswer }
  /** The answer to `endTask`; without it, the attempt does not run. */
  | { readonly kind: 'taskEnded'; readonly attemptId: string }
  /** Send `wake` at this time of the steady clock: a map then waits no longer for a slot near its input. */
  | { readonly kind: 'wakeAt'; readonly timeMs: number }
  /** The status of the job is another one. */
  | { readonly kind: 'changed'; readonly job: JobView }
  /** The job has ended: delete its staged files. Comes once for each job. */
  | { readonly kind: 'jobOver'; readonly job: JobView }
  /** Write the ended job into the history, then send `jobReported` or `jobNotReported`. Comes again after a failure. */
  | { readonly kind: 'keepJob'; readonly job: JobView }
  /** The job has left the memory, and the history has refused it until the last. */
  | { readonly kind: 'jobLost'; readonly jobId: string };

/** Handlers of the scheduler for what happens to whole jobs: they are submitted, end, fail, are killed, are retired. */
import type { JobSubmission } from '../job/messages.ts';
import { type JobLimits, liveAttempt, ScheduledJob } from './scheduled-job.ts';
import type { SchedulerState, SchedulerStep } from './scheduler-step.ts';

/** Ended jobs that stay in memory; the history has all of them. */
const ENDED_JOBS_KEPT = 100;

export function submitJob(step: SchedulerStep, submission: JobSubmission, limits: JobLimits): void {
  const job = new ScheduledJob(submission, limits, step.wallMs);
  step.state.jobs.set(job.jobId, job);
  step.effects.push({ kind: 'setupJob', job });
}

/** Commits the output of a job whose tasks have all succeeded. */
export function maybeEnd(step: SchedulerStep, job: ScheduledJob): void {
  if (!job.isRunnable || !job.allSucceeded) return;
  job.ending = 'COMMIT';
  step.effects.push({ kind: 'commitJob', job });
}

/** Also fails a job whose commit has begun: its output is not complete. */
export function failJob(step: SchedulerStep, job: ScheduledJob, message: string): void {
  if (job.ending === 'ABORT') return;
  job.failureInfo = message;
  abort(step, job);
}

/** A job whose output is being committed or given up can not be killed any more. */
export function killJob(step: SchedulerStep, job: ScheduledJob, reason: string): void {
  if (job.ending) return;
  job.state = 'KILLED';
  job.failureInfo = reason;
  abort(step, job);
  becomeOver(step, job);
}

/** Ends the job's running attempts, and has its output deleted. */
function abort(step: SchedulerStep, job: ScheduledJob): void {
  job.ending = 'ABORT';
  for (const task of [...job.tasks.MAP, ...job.tasks.REDUCE]) {
    const attempt = liveAttempt(task);
    if (attempt?.state !== 'RUNNING') continue;
    step.tell(attempt.trackerId, { kind: 'kill', attemptId: attempt.attemptId });
    step.endAttempt({ job, task, attempt }, 'KILLED');
  }
  step.effects.push({ kind: 'abortJob', job });
}

/** Every tracker may have files and processes of the job: all are told of its end. */
export function becomeOver(step: SchedulerStep, job: ScheduledJob): void {
  if (job.state !== 'KILLED') job.state = job.ending === 'COMMIT' ? 'SUCCEEDED' : 'FAILED';
  job.finishTimeMs = step.wallMs;
  for (const trackerId of step.trackers.ids) step.tell(trackerId, { kind: 'endJob', jobId: job.jobId });
}

/** Notes that the history has the job, and forgets the oldest of such jobs beyond the number that is kept. */
export function retireJobs({ jobs }: SchedulerState, jobId: string): void {
  const reported = jobs.get(jobId);
  if (reported?.isOver) reported.reported = true;
  const ended = [...jobs.values()].filter((job) => job.reported);
  for (const job of ended.slice(0, -ENDED_JOBS_KEPT)) jobs.delete(job.jobId);
}

/** Handlers of the scheduler for events of whole jobs: they are announced and submitted, end, fail, are killed. */
import type { JobSubmission } from '../../job/messages.ts';
import { type JobLimits, ScheduledJob } from './scheduled-job.ts';
import type { SchedulerStep } from './step.ts';
import { type EndState, runningAttempts, type Task } from './task.ts';

/** Gives the job to come a number, and has a tracker start a process for it. */
export function announceJob(step: SchedulerStep): void {
  step.state.jobsAnnounced++;
  step.effects.push({ kind: 'announced', sequence: step.state.jobsAnnounced });
  prepareTracker(step);
}

/** Has the tracker with the fewest tasks start a process, so that it is ready when the job comes. */
function prepareTracker(step: SchedulerStep): void {
  const best = step.trackers.idlest();
  if (!best) return;
  best.prepared = true;
  step.tell(best.registration.trackerId, { kind: 'prepare' });
}

/** A submission that comes again changes nothing: the client has missed the first answer. */
export function submitJob(step: SchedulerStep, submission: JobSubmission, limits: JobLimits): void {
  if (step.jobs.has(submission.jobId)) return;
  const fact = { kind: 'submitted', submission, timeMs: step.wallMs } as const;
  const job = new ScheduledJob(fact, limits);
  step.state.jobs.set(job.jobId, job);
  step.record(job, fact);
  step.effects.push({ kind: 'setupJob', job });
}

/** Commits the output of a job whose tasks have all succeeded. */
export function maybeEnd(step: SchedulerStep, job: ScheduledJob): void {
  if (!job.isRunnable || !job.allSucceeded) return;
  step.record(job, { kind: 'ending', how: 'COMMIT', state: 'SUCCEEDED', failureInfo: '' });
  step.effects.push({ kind: 'commitJob', job });
}

/** Also fails a job whose commit has begun: its output is not complete. */
export function failJob(step: SchedulerStep, job: ScheduledJob, message: string): void {
  if (job.ending === 'ABORT') return;
  abort(step, job, 'FAILED', message);
}

/** A job whose output is being committed or given up can not be killed any more. */
export function killJob(step: SchedulerStep, job: ScheduledJob, reason: string): void {
  if (job.ending) return;
  abort(step, job, 'KILLED', reason);
  becomeOver(step, job, 'KILLED');
}

/** Ends the job's running attempts, and has its output deleted. */
function abort(step: SchedulerStep, job: ScheduledJob, state: 'FAILED' | 'KILLED', failureInfo: string): void {
  step.record(job, { kind: 'ending', how: 'ABORT', state, failureInfo });
  endAttempts(step, job);
  step.effects.push({ kind: 'abortJob', job });
}

/** Ends all attempts of the job that run, or those of some tasks. */
export function endAttempts(step: SchedulerStep, job: ScheduledJob, tasks: readonly Task[] = job.allTasks): void {
  for (const task of tasks) {
    for (const attempt of runningAttempts(task)) {
      step.tell(attempt.trackerId, { kind: 'kill', attemptId: attempt.attemptId });
      step.endAttempt({ job, task, attempt }, 'KILLED');
    }
  }
}

/** Nothing is to be done in the job's output any more: the job has ended, if it has not been killed before. */
export function outputEnded(step: SchedulerStep, job: ScheduledJob): void {
  if (!job.isCleared) step.record(job, { kind: 'cleared' });
  if (!job.isOver) becomeOver(step, job, job.ending === 'COMMIT' ? 'SUCCEEDED' : 'FAILED');
  maybeForget(step, job);
}

/** Has the facts of a job deleted that the history has and whose output is as it shall be. */
export function maybeForget(step: SchedulerStep, job: ScheduledJob): void {
  if (job.isCleared && job.history.kind === 'WRITTEN') step.effects.push({ kind: 'dropFacts', jobId: job.jobId });
}

/** Every tracker may have files and processes of the job: all are told of its end. */
function becomeOver(step: SchedulerStep, job: ScheduledJob, state: EndState): void {
  if (state === 'SUCCEEDED') for (const trackerId of job.blacklist) step.trackers.faults.add(trackerId, step.now);
  step.record(job, { kind: 'over', state, timeMs: step.wallMs });
  for (const trackerId of step.trackers.ids) step.tell(trackerId, { kind: 'endJob', jobId: job.jobId });
  step.effects.push({ kind: 'keepJob', job }, { kind: 'jobOver', job });
}

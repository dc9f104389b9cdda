/** Handlers of the scheduler for events of whole jobs: they are announced and submitted, end, fail, are killed. */
import type { JobSubmission } from '../../job/messages.ts';
import { type JobLimits, liveAttempt, ScheduledJob } from './scheduled-job.ts';
import type { SchedulerStep } from './step.ts';

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
  if (job.state === 'RUNNING' && job.ending === 'COMMIT') {
    for (const trackerId of job.blacklist) step.trackers.faults.add(trackerId, step.now);
  }
  if (job.state !== 'KILLED') job.state = job.ending === 'COMMIT' ? 'SUCCEEDED' : 'FAILED';
  job.finishTimeMs = step.wallMs;
  for (const trackerId of step.trackers.ids) step.tell(trackerId, { kind: 'endJob', jobId: job.jobId });
}

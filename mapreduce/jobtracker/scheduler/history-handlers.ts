/** Handlers of the scheduler for ended jobs: the history takes them, or refuses them. */
import { maybeForget } from './job-handlers.ts';
import type { SchedulerStep } from './step.ts';

/** Number of ended jobs that stay in memory; the history has all jobs that it did not refuse. */
const ENDED_JOBS_KEPT = 100;
/** A job that the history refused is written again after this time. */
const HISTORY_RETRY_MS = 60_000;

/** Notes that the history has the job. */
export function jobReported(step: SchedulerStep, jobId: string): void {
  const job = step.jobs.get(jobId);
  if (job?.isOver) {
    job.history = { kind: 'WRITTEN' };
    maybeForget(step, job);
  }
  retireJobs(step);
}

/** Notes that the history could not be written: retryHistory() tries again. */
export function jobNotReported(step: SchedulerStep, jobId: string): void {
  const job = step.jobs.get(jobId);
  if (job?.isOver) job.history = { kind: 'REFUSED', sinceMs: step.now };
  retireJobs(step);
}

/** Has each job that the history refused a while ago written again. */
export function retryHistory(step: SchedulerStep): void {
  for (const job of step.jobs.values()) {
    if (job.history.kind !== 'REFUSED' || step.now - job.history.sinceMs < HISTORY_RETRY_MS) continue;
    job.history = { kind: 'PENDING' };
    step.effects.push({ kind: 'keepJob', job });
  }
}

/**
 * Forgets the oldest ended jobs beyond the number that is kept, also those that the history refused: a disk that stays
 * full must not fill the memory. A job stays whose write is under way, or whose output is still being deleted.
 */
function retireJobs({ state, effects }: SchedulerStep): void {
  const ended = [...state.jobs.values()].filter((job) => job.isCleared && job.history.kind !== 'PENDING');
  for (const job of ended.slice(0, -ENDED_JOBS_KEPT)) {
    state.jobs.delete(job.jobId);
    if (job.history.kind === 'REFUSED') effects.push({ kind: 'jobLost', jobId: job.jobId });
  }
}

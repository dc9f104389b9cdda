/** Handlers of the scheduler for the permission to commit: one attempt of a task has it, until it is taken back. */
import { taskId } from '../../job/job-id.ts';
import { failJob } from './job-handlers.ts';
import type { SchedulerStep } from './step.ts';

/** Tries to delete the output of an attempt that was given up, before the job fails. */
const REVOKE_TRIES_MAX = 6;
const REVOKE_FIRST_DELAY_MS = 1000;

/**
 * Allows the first attempt of a task that asks, as long as it runs. When it is given up, the next one waits until the
 * output of the first is gone: the first may hang within its commit and go on later.
 */
export function mayCommit(step: SchedulerStep, attemptId: string): void {
  const found = step.findAttempt(attemptId);
  if (!found?.job.isRunnable || found.attempt.state !== 'RUNNING') return;
  const { job, task } = found;
  if (!task.commit) step.record(job, { kind: 'allowed', attemptId });
  if (task.commit?.attemptId === attemptId) step.effects.push({ kind: 'commitAnswer', attemptId, answer: 'YES' });
  else step.effects.push({ kind: 'commitAnswer', attemptId, answer: 'WAIT' });
}

/** The output of the attempt is gone: another attempt of its task may commit. */
export function outputRevoked(step: SchedulerStep, attemptId: string): void {
  const found = step.findAttempt(attemptId);
  if (found?.task.commit?.attemptId === attemptId) step.record(found.job, { kind: 'revoked', attemptId });
}

/** The output of the attempt could not be deleted: a later tick tries again, and at last the job fails. */
export function outputNotRevoked(step: SchedulerStep, attemptId: string, message: string): void {
  const { job, task } = step.findAttempt(attemptId) ?? {};
  const revoking = task?.commit?.attemptId === attemptId ? task.commit.revoking : undefined;
  if (!job?.isRunnable || !task || !revoking) return;
  revoking.tries++;
  revoking.retryAtMs = step.now + REVOKE_FIRST_DELAY_MS * 2 ** (revoking.tries - 1);
  if (revoking.tries < REVOKE_TRIES_MAX) return;
  const id = taskId(job.jobId, task.kind, task.index);
  failJob(step, job, `The output of ${attemptId} can not be deleted, so ${id} can not be committed: ${message}`);
  step.changed(job);
}

/** Tries again to delete outputs for which it is time. */
export function retryRevokes(step: SchedulerStep): void {
  for (const job of step.jobs.values()) {
    if (!job.isRunnable) continue;
    for (const task of [...job.tasks.MAP, ...job.tasks.REDUCE]) {
      const revoking = task.commit?.revoking;
      if (!task.commit || revoking?.retryAtMs === undefined || revoking.retryAtMs > step.now) continue;
      delete revoking.retryAtMs;
      step.effects.push({ kind: 'revokeTask', job, attemptId: task.commit.attemptId });
    }
  }
}

/** Handlers of the scheduler for reports of running attempts. */
import { taskId } from '../../job/job-id.ts';
import type { TaskError, TaskReport } from '../../job/messages.ts';
import { failJob, maybeEnd } from './job-handlers.ts';
import { publishMapOutput } from './map-outputs.ts';
import type { ScheduledJob } from './scheduled-job.ts';
import type { FoundAttempt, SchedulerStep } from './step.ts';
import { trackerHealth } from './tracker-handlers.ts';

/** A map runs again when this many reduces could not fetch its output; when all could not, if the job has fewer. */
const FETCH_FAILURES_MAX = 3;

/** A report of an attempt that was given up, or whose job is over, changes nothing. */
export function handleReport(step: SchedulerStep, report: TaskReport): void {
  const found = step.findAttempt(report.attemptId);
  if (found?.attempt.state !== 'RUNNING' || found.job.isOver) return;
  const { job, task, attempt } = found;
  switch (report.kind) {
    case 'progress':
      attempt.progress = Math.max(attempt.progress, report.progress);
      attempt.status = report.status ?? attempt.status;
      attempt.counters = report.counters ?? attempt.counters;
      break;
    case 'succeeded':
      attempt.progress = 1;
      attempt.counters = report.counters;
      step.endAttempt(found, 'SUCCEEDED');
      if (task.kind === 'MAP') publishMapOutput(step, job, task);
      maybeEnd(step, job);
      break;
    case 'failed':
      if (report.trackerProblem !== undefined) trackerHealth(step, attempt.trackerId, report.trackerProblem);
      attemptFailed(step, found, report.error, report.fatal ?? false);
      break;
    case 'killed':
      step.endAttempt(found, 'KILLED');
      break;
    case 'fetchFailed':
      fetchFailed(step, job, report.mapAttemptId);
      break;
  }
  step.changed(job);
}

/** A task that has failed as often as it may fails its job, and one that would fail again does so at once. */
function attemptFailed(step: SchedulerStep, found: FoundAttempt, error: TaskError, fatal: boolean): void {
  const { job, task, attempt } = found;
  step.endAttempt(found, 'FAILED');
  job.failures.push({ attemptId: attempt.attemptId, trackerId: attempt.trackerId, error });
  task.failures++;
  if (task.failures < job.maxAttempts[task.kind] && !fatal) return;
  const failed = { MAP: task.kind === 'MAP' ? 1 : 0, REDUCE: task.kind === 'REDUCE' ? 1 : 0 };
  failJob(
    step,
    job,
    `Task failed ${taskId(job.jobId, task.kind, task.index)}\n` +
      `Job failed as tasks failed. failedMaps:${failed.MAP} failedReduces:${failed.REDUCE}`,
  );
}

/** Runs the map again once enough reduces say that its output is gone or damaged. */
function fetchFailed(step: SchedulerStep, job: ScheduledJob, mapAttemptId: string): void {
  const map = step.findAttempt(mapAttemptId);
  if (map?.job !== job || map.attempt.state !== 'SUCCEEDED') return;
  map.task.fetchFailures++;
  if (map.task.fetchFailures < Math.min(FETCH_FAILURES_MAX, job.tasks.REDUCE.length)) return;
  map.task.fetchFailures = 0;
  step.endAttempt(map, 'KILLED');
}

/** Handlers of the scheduler for reports of running attempts. */

import type { CountersJson } from '../../job/counters.ts';
import { taskId } from '../../job/job-id.ts';
import type { TaskError, TaskReport } from '../../job/messages.ts';
import { endAttempts, failJob, maybeEnd } from './job-handlers.ts';
import { publishMapOutput, withdrawMapOutput } from './map-outputs.ts';
import type { ScheduledJob } from './scheduled-job.ts';
import type { FoundAttempt, SchedulerStep } from './step.ts';
import { trackerHealth } from './tracker-handlers.ts';

/** A map runs again when this many reduces could not fetch its output; when all could not, if the job has fewer. */
const FETCH_FAILURES_MAX = 3;

/** A report of an attempt that was given up, or whose job is over, changes nothing. */
export function handleReport(step: SchedulerStep, report: TaskReport): void {
  const found = step.findAttempt(report.attemptId);
  if (found?.attempt.state !== 'RUNNING' || found.job.isOver) return;
  const { job, attempt } = found;
  switch (report.kind) {
    case 'progress':
      attempt.progress = Math.max(attempt.progress, report.progress);
      attempt.status = report.status ?? attempt.status;
      attempt.counters = report.counters ?? attempt.counters;
      if (report.range) attempt.range = report.range;
      break;
    case 'succeeded':
      attemptSucceeded(step, found, report.counters);
      break;
    case 'failed':
      if (report.trackerProblem !== undefined) trackerHealth(step, attempt.trackerId, report.trackerProblem);
      if (report.isTestPassed) step.endAttempt(found, 'KILLED', { isTestPassed: true });
      else attemptFailed(step, found, report.error, report.fatal ?? false);
      break;
    case 'killed':
      step.endAttempt(found, 'KILLED');
      break;
    case 'mapShares':
      job.shares.add(found.task.index, report.shares);
      break;
    case 'fetchFailed':
      fetchFailed(step, job, report.mapAttemptId);
      break;
  }
  step.changed(job);
}

/** The other attempts of the task end. */
function attemptSucceeded(step: SchedulerStep, found: FoundAttempt, counters: CountersJson): void {
  const { job, task, attempt } = found;
  // Another attempt may commit: this one has committed nothing, whatever it says.
  const isForeign = task.commit !== undefined && task.commit.attemptId !== attempt.attemptId;
  if (isForeign && job.writesOutput(task.kind)) {
    step.endAttempt(found, 'KILLED');
    return;
  }
  step.endAttempt(found, 'SUCCEEDED', { counters });
  endAttempts(step, job, [task]);
  if (task.kind === 'MAP') publishMapOutput(step, job, task);
  maybeEnd(step, job);
}

/** A task that has failed as often as it may fails its job, and one that would fail again does so at once. */
function attemptFailed(step: SchedulerStep, found: FoundAttempt, error: TaskError, fatal: boolean): void {
  const { job, task } = found;
  const { range } = found.attempt;
  step.endAttempt(found, 'FAILED', { error, ...(range ? { range } : {}) });
  if (task.failures < job.maxAttempts[task.kind] && !fatal) return;
  const failed = { MAP: task.kind === 'MAP' ? 1 : 0, REDUCE: task.kind === 'REDUCE' ? 1 : 0 };
  failJob(
    step,
    job,
    `Task failed ${taskId(job.jobId, task.kind, task.index)}\n` +
      `Job failed as tasks failed. failedMaps:${failed.MAP} failedReduces:${failed.REDUCE}`,
  );
}

/** Kills a running attempt for a user, or has it fail as if by itself. */
export function endTask(step: SchedulerStep, attemptId: string, how: 'KILL' | 'FAIL', user: string): void {
  const found = step.findAttempt(attemptId);
  if (!found || found.job.isOver || found.attempt.state !== 'RUNNING') return;
  step.tell(found.attempt.trackerId, { kind: 'kill', attemptId });
  if (how === 'KILL') step.endAttempt(found, 'KILLED');
  else attemptFailed(step, found, { message: `Task attempt ${attemptId} was failed by ${user}` }, false);
  step.changed(found.job);
  step.effects.push({ kind: 'taskEnded', attemptId });
}

/** Runs the map again once enough reduces say that its output is gone or damaged. */
function fetchFailed(step: SchedulerStep, job: ScheduledJob, mapAttemptId: string): void {
  const map = step.findAttempt(mapAttemptId);
  if (map?.job !== job || map.attempt.state !== 'SUCCEEDED') return;
  map.task.fetchFailures++;
  if (map.task.fetchFailures < Math.min(FETCH_FAILURES_MAX, job.tasks.REDUCE.length)) return;
  map.task.fetchFailures = 0;
  step.endAttempt(map, 'KILLED');
  withdrawMapOutput(step, job, mapAttemptId);
}

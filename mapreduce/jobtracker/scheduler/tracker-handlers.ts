/** Handlers of the scheduler for events of TaskTrackers: they register, tell of their health, send a request, are lost. */
import { taskId } from '../../job/job-id.ts';
import type { TrackerRegistration } from '../../job/messages.ts';
import { isSuspect } from './eligible-trackers.ts';
import { failJob } from './job-handlers.ts';
import { isNeededOutput, withdrawMapOutput } from './map-outputs.ts';
import type { ScheduledJob } from './scheduled-job.ts';
import type { SchedulerStep } from './step.ts';
import type { Task } from './task.ts';
import type { TrackerLoss } from './tracker-table.ts';

/**
 * A tracker that registers again has died and lost its tasks, unless it was the JobTracker that died. Returns whether the
 * tracker may have attempts from before: those are still to be adopted.
 */
export function registerTracker(step: SchedulerStep, registration: TrackerRegistration): boolean {
  const { trackerId } = registration;
  const isAwaited = step.trackers.stopAwaiting(trackerId);
  if (!isAwaited) loseTracker(step, trackerId, 'DIED');
  step.trackers.faults.forget(trackerId);
  step.trackers.add(registration, step.now);
  return isAwaited;
}

/** A tracker with a problem, such as a full disk, gets no tasks until it says that the problem is over. */
export function trackerHealth(step: SchedulerStep, trackerId: string, problem: string | undefined): void {
  const tracker = step.trackers.get(trackerId);
  if (!tracker) return;
  if (problem === undefined) delete tracker.problem;
  else tracker.problem = problem;
}

export function seeTracker(step: SchedulerStep, trackerId: string): void {
  const tracker = step.trackers.get(trackerId);
  if (tracker) tracker.lastSeenMs = step.now;
}

/** Drops the trackers that have been silent for longer than the expiry time. */
export function expireTrackers(
  step: SchedulerStep,
  { trackerExpiryMs, tickMs }: { readonly trackerExpiryMs: number; readonly tickMs: number },
  disconnected: readonly string[],
): void {
  const { lastTickMs = step.now } = step.state;
  step.state.lastTickMs = step.now;
  // A late tick shows that this process itself was held up. Requests of trackers wait unread: this tick drops nobody.
  if (step.now - lastTickMs > 2 * tickMs) return;
  const silent = step.trackers.silentSince(step.now - trackerExpiryMs);
  // With a short expiry time, a tracker that has died is found here, and not by its connection.
  for (const trackerId of silent) loseTracker(step, trackerId, disconnected.includes(trackerId) ? 'DIED' : 'SILENT');
  for (const trackerId of step.trackers.awaitedUntil(step.now)) loseTracker(step, trackerId, 'SILENT');
}

/** The running tasks of a lost tracker run again elsewhere, and so do its finished maps: their output was there. */
export function loseTracker(step: SchedulerStep, trackerId: string, loss: TrackerLoss): void {
  const tracker = step.trackers.get(trackerId);
  if (!tracker && !step.trackers.stopAwaiting(trackerId)) return;
  const wasAlone = tracker !== undefined && tracker.running.MAP.size + tracker.running.REDUCE.size === 1;
  step.trackers.delete(trackerId);
  for (const job of step.jobs.values()) {
    if (job.isOver) continue;
    const running = loseAttempts(step, job, trackerId);
    if (loss === 'DIED') for (const task of running) trackerDied(step, job, task, trackerId, wasAlone);
  }
}

/** Returns the tasks that ran there. */
function loseAttempts(step: SchedulerStep, job: ScheduledJob, trackerId: string): Task[] {
  const running: Task[] = [];
  for (const task of job.allTasks) {
    for (const attempt of task.attempts) {
      if (attempt.trackerId !== trackerId) continue;
      if (attempt.state === 'RUNNING') running.push(task);
      const isLost = isNeededOutput(job, task, attempt);
      if (attempt.state === 'RUNNING' || isLost) step.endAttempt({ job, task, attempt }, 'KILLED');
      if (isLost) withdrawMapOutput(step, job, attempt.attemptId);
    }
  }
  step.changed(job);
  return running;
}

/**
 * Counts the death of a tracker against a task that ran there. A task that has met two runs alone from then on, so that
 * the third death has no other cause: its job fails, before it ends every tracker of the cluster.
 */
function trackerDied(step: SchedulerStep, job: ScheduledJob, task: Task, trackerId: string, wasAlone: boolean): void {
  const isConvicted = isSuspect(task) && wasAlone;
  if (!isSuspect(task)) task.trackerDeaths++;
  if (!isConvicted) return;
  task.trackerDeaths++;
  const id = taskId(job.jobId, task.kind, task.index);
  failJob(
    step,
    job,
    `Task failed ${id}\n${task.trackerDeaths} TaskTrackers died while they ran it, the last one, ${trackerId}, while it ran ` +
      'nothing else: the task ends the process of its TaskTracker, or takes all memory of its machine',
  );
}

/** Handlers of the scheduler for events of TaskTrackers: they register, send a request, are lost. */
import type { TrackerRegistration } from '../job/messages.ts';
import { liveAttempt, type ScheduledJob } from './scheduled-job.ts';
import type { SchedulerStep } from './scheduler-step.ts';

/** A tracker that registers again has lost its tasks. */
export function registerTracker(step: SchedulerStep, registration: TrackerRegistration): void {
  loseTracker(step, registration.trackerId);
  step.trackers.add(registration, step.now);
}

/** Has the tracker with the fewest tasks start a process, so that it is ready when the job comes. */
export function prepareTracker(step: SchedulerStep): void {
  const best = step.trackers.idlest();
  if (!best) return;
  best.prepared = true;
  step.tell(best.registration.trackerId, { kind: 'prepare' });
}

export function seeTracker(step: SchedulerStep, trackerId: string): void {
  const tracker = step.trackers.get(trackerId);
  if (tracker) tracker.lastSeenMs = step.now;
}

/** Drops the trackers that have been silent for longer than the expiry time. */
export function expireTrackers(
  step: SchedulerStep,
  { trackerExpiryMs, tickMs }: { readonly trackerExpiryMs: number; readonly tickMs: number },
): void {
  const { lastTickMs = step.now } = step.state;
  step.state.lastTickMs = step.now;
  // A late tick shows that this process itself was held up. Requests of trackers wait unread: this tick drops nobody.
  if (step.now - lastTickMs > 2 * tickMs) return;
  for (const trackerId of step.trackers.silentSince(step.now - trackerExpiryMs)) loseTracker(step, trackerId);
}

/** The running tasks of a lost tracker run again elsewhere, and so do its finished maps: their output was there. */
export function loseTracker(step: SchedulerStep, trackerId: string): void {
  if (!step.trackers.delete(trackerId)) return;
  for (const job of step.jobs.values()) if (!job.isOver) loseAttempts(step, job, trackerId);
}

function loseAttempts(step: SchedulerStep, job: ScheduledJob, trackerId: string): void {
  const reducesDone = job.succeededCount('REDUCE') === job.tasks.REDUCE.length;
  for (const task of [...job.tasks.MAP, ...job.tasks.REDUCE]) {
    const attempt = liveAttempt(task);
    if (attempt?.trackerId !== trackerId) continue;
    const outputNeeded = task.kind === 'MAP' && !reducesDone;
    if (attempt.state === 'RUNNING' || outputNeeded) step.endAttempt({ job, task, attempt }, 'KILLED');
  }
  step.changed(job);
}

/** The trackers that may run a task: not those where it has failed, nor those that fail much, nor those with a bad disk. */
import type { BlacklistedTracker } from '../../job/cluster-status.ts';
import type { ScheduledJob } from './scheduled-job.ts';
import type { SchedulerStep } from './step.ts';
import { runningAttempts, type Task } from './task.ts';
import type { Tracker, TrackerTable } from './tracker-table.ts';

/** Times that a tracker has died under a task, from which on the task runs alone: the next death then shows the cause. */
const DEATHS_OF_A_SUSPECT = 2;

export const isSuspect = (task: Task): boolean => task.trackerDeaths >= DEATHS_OF_A_SUSPECT;

/**
 * Returns the trackers that the job may use: healthy ones that no list excludes. As Hadoop's RMContainerRequestor, the
 * job's own list is ignored when it holds too large a share of the trackers: the job itself is then the cause.
 */
export function trackersFor(step: SchedulerStep, job: ScheduledJob): Tracker[] {
  const { trackers, now } = step;
  const all = [...trackers.all];
  const own = all.filter((t) => job.isBlacklisted(t.registration.trackerId));
  const isIgnored = (own.length * 100) / all.length >= job.limits.blacklistIgnorePercent;
  const excluded = new Set([...trackers.faults.blacklisted(trackers.ids, now)]);
  if (!isIgnored) for (const t of own) excluded.add(t.registration.trackerId);
  return all.filter((t) => t.problem === undefined && !excluded.has(t.registration.trackerId));
}

/** Returns a test whether a tracker of those that the job may use may run the task. */
export function suitsTask(task: Task, usable: readonly Tracker[]): (tracker: Tracker) => boolean {
  const failedOn = new Set(task.attempts.flatMap((a) => (a.state === 'FAILED' ? [a.trackerId] : [])));
  const runsOn = new Set(runningAttempts(task).map((a) => a.trackerId));
  // A task that has failed on every tracker may run on each of them again: it has its number of tries.
  const avoids = usable.some((t) => !failedOn.has(t.registration.trackerId)) ? failedOn : new Set<string>();
  return (tracker) => {
    if (isSuspect(task) && tracker.running.MAP.size + tracker.running.REDUCE.size > 0) return false;
    const { trackerId } = tracker.registration;
    return !avoids.has(trackerId) && !runsOn.has(trackerId);
  };
}

/** Returns the trackers that take no tasks of any job, with the reason. */
export function blacklisted(trackers: TrackerTable, now: number): BlacklistedTracker[] {
  const faulty = new Set(trackers.faults.blacklisted(trackers.ids, now));
  return [...trackers.all].flatMap(({ registration: { trackerId }, problem }) => {
    const reason = problem ?? (faulty.has(trackerId) ? 'Jobs that succeeded had avoided it' : undefined);
    return reason === undefined ? [] : [{ trackerId, reason }];
  });
}

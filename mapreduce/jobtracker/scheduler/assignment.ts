/** Gives waiting tasks to free slots, at the end of every step of the scheduler. */
import { invariant } from '../../../runtime/bug.ts';
import type { TaskKind } from '../../job/job-id.ts';
import type { JobPriority } from '../../job/messages.ts';
import { isSuspect, suitsTask, trackersFor } from './eligible-trackers.ts';
import { isWithin, LOCALITIES, type Locality, localityCounter, localityOf } from './locality.ts';
import { LocalityDelay } from './locality-delay.ts';
import { mapOutputs } from './map-outputs.ts';
import { canUse, type QueuePolicy, type WaitingJob } from './queue-policy.ts';
import type { ScheduledJob } from './scheduled-job.ts';
import { isSkipping, skipOrder } from './skipping.ts';
import type { SchedulerStep } from './step.ts';
import type { Task } from './task.ts';
import { freeSlots, type Tracker } from './tracker-table.ts';

/** The number of slots that a job may still take in its turn. */
interface Room {
  left: number;
}

const RANK: Readonly<Record<JobPriority, number>> = { VERY_HIGH: 0, HIGH: 1, NORMAL: 2, LOW: 3, VERY_LOW: 4 };

/** The trackers whose slots each job was offered in this step. */
type Asked = Map<WaitingJob, ReadonlySet<string>>;

/** Launches tasks until no job that the policy names can use a free slot. */
export function assignTasks(step: SchedulerStep, policy: QueuePolicy): void {
  const { trackers } = step;
  const free = { MAP: trackers.hasFreeSlot('MAP'), REDUCE: trackers.hasFreeSlot('REDUCE') };
  if (!free.MAP && !free.REDUCE) return;
  const jobs = waitingJobs(step, free);
  const asked: Asked = new Map();
  while (jobs.length > 0) {
    const turn = nextTurn(step, jobs, policy, asked);
    if (!turn) return;
    const room = { left: policy.slotsAtOnce ?? Number.POSITIVE_INFINITY };
    takeSlots(step, turn.job, turn.trackerIds, room);
    // A job has its turn again only if it could use more of the slots that it was offered.
    if (room.left > 0) asked.set(turn.job, new Set([...(asked.get(turn.job) ?? []), ...turn.trackerIds]));
    if (!isWaiting(turn.job)) jobs.splice(jobs.indexOf(turn.job), 1);
  }
}

function waitingJobs(step: SchedulerStep, free: Readonly<Record<TaskKind, boolean>>): WaitingJob[] {
  const found: WaitingJob[] = [];
  for (const job of step.jobs.values()) {
    if (!job.isRunnable) continue;
    const waiting = { MAP: free.MAP ? job.pending('MAP') : [], REDUCE: free.REDUCE ? job.pending('REDUCE') : [] };
    if (isWaiting({ waiting })) found.push({ job, waiting });
  }
  return found.sort((a, b) => RANK[a.job.priority] - RANK[b.job.priority]);
}

const isWaiting = ({ waiting }: Pick<WaitingJob, 'waiting'>): boolean =>
  waiting.MAP.length > 0 || waiting.REDUCE.length > 0;

/** Returns the first job that the policy names for a tracker, with all trackers for which the policy names it. */
function nextTurn(
  step: SchedulerStep,
  jobs: readonly WaitingJob[],
  policy: QueuePolicy,
  asked: Asked,
): { readonly job: WaitingJob; readonly trackerIds: ReadonlySet<string> } | undefined {
  const named = new Map<WaitingJob, Set<string>>();
  for (const tracker of step.trackers.all) {
    const { trackerId } = tracker.registration;
    const open = asked.size === 0 ? jobs : jobs.filter((job) => !asked.get(job)?.has(trackerId));
    const job = policy.next(open, tracker);
    if (!job || !canUse(job, tracker)) continue;
    named.set(job, (named.get(job) ?? new Set()).add(trackerId));
  }
  for (const job of jobs) {
    const trackerIds = named.get(job);
    if (trackerIds) return { job, trackerIds };
  }
  return undefined;
}

/** First the maps beside whose input a slot is free, then those on whose rack, then the other maps, then the reduces. */
function takeSlots(step: SchedulerStep, job: WaitingJob, trackerIds: ReadonlySet<string>, room: Room): void {
  const usable = trackersFor(step, job.job);
  const offered = new Set(usable.filter(({ registration }) => trackerIds.has(registration.trackerId)));
  const isOffered = (tracker: Tracker): boolean => offered.has(tracker);
  const isNear = (task: Task, t: Tracker, limit: Locality): boolean =>
    isOffered(t) && isWithin(localityOf(task.split, t.registration), limit);
  const delay = new LocalityDelay(step, usable);
  for (const limit of LOCALITIES) {
    launchTasks(step, job, 'MAP', usable, room, (task, t) => isNear(task, t, limit) && delay.allows(task, limit));
  }
  launchTasks(step, job, 'REDUCE', usable, room, (_task, t) => isOffered(t));
}

/** Launches the tasks for which there is a slot, and leaves the others in `waiting`. */
function launchTasks(
  step: SchedulerStep,
  { job, waiting }: WaitingJob,
  kind: TaskKind,
  usable: readonly Tracker[],
  room: Room,
  suits: (task: Task, tracker: Tracker) => boolean,
): void {
  const { trackers } = step;
  const left: Task[] = [];
  let hasFreeSlot = waiting[kind].length > 0 && trackers.hasFreeSlot(kind);
  if (!hasFreeSlot) return;
  for (const task of waiting[kind]) {
    const mayRun = task.attempts.length === 0 ? undefined : suitsTask(task, usable);
    const tracker =
      hasFreeSlot && room.left > 0
        ? trackers.choose(kind, {
            suits: (t) => (mayRun?.(t) ?? true) && suits(task, t),
            isWarm: ({ registration: r }) => kind === 'REDUCE' && job.hasRunMapOn(r.trackerId),
          })
        : undefined;
    if (tracker) {
      launch(step, job, task, tracker);
      room.left--;
    } else {
      left.push(task);
      hasFreeSlot &&= trackers.hasFreeSlot(kind);
    }
  }
  waiting[kind] = left;
}

function launch(step: SchedulerStep, job: ScheduledJob, task: Task, tracker: Tracker): void {
  const { registration } = tracker;
  const { trackerId } = registration;
  invariant(freeSlots(tracker, task.kind) > 0, 'a tracker never runs more tasks than it has slots');
  const attemptId = job.nextAttemptId(task);
  const locality = task.kind === 'MAP' ? { locality: localityCounter(task.split, registration) } : {};
  step.record(job, {
    kind: 'started',
    attemptId,
    trackerId,
    timeMs: step.wallMs,
    ...locality,
  });
  tracker.running[task.kind].add(attemptId);
  if (isSuspect(task)) tracker.lone = attemptId;
  tracker.prepared = false;
  const { splits: _splits, ...description } = job.submission;
  const work = task.kind === 'MAP' ? { split: task.split } : { mapOutputs: mapOutputs(step, job) };
  const skip = isSkipping(task, job.limits.skip) ? { skip: skipOrder(task.skip) } : {};
  const launched = { attemptId, kind: task.kind, index: task.index, job: description, ...work, ...skip };
  step.tell(trackerId, { kind: 'launch', launch: launched });
}

/** Checks of the scheduler's whole state, too dear for every step of a daemon: tests run them after each step. */
import { invariant } from '../../../runtime/bug.ts';
import type { SchedulerState } from './step.ts';

/** @throws InvariantError if slots and attempts do not agree */
export function checkInvariants({ jobs, trackers }: SchedulerState): void {
  const running = new Set<string>();
  for (const job of jobs.values()) {
    for (const task of job.allTasks) {
      const live = task.attempts.filter((a) => a.state === 'RUNNING' || a.state === 'SUCCEEDED');
      const succeeded = live.filter((a) => a.state === 'SUCCEEDED');
      invariant(succeeded.length === 0 || live.length === 1, 'no attempt runs of a task of which one has succeeded');
      const { commit } = task;
      invariant(
        !job.isRunnable ||
          !commit ||
          commit.revoking !== undefined ||
          live.some((a) => a.attemptId === commit.attemptId),
        'the permission to commit is that of a live attempt, or is being taken back',
      );
      for (const attempt of live) {
        if (attempt.state !== 'RUNNING') continue;
        invariant(!job.isOver, 'no attempt of an ended job runs');
        running.add(attempt.attemptId);
        const slots = trackers.get(attempt.trackerId)?.running[task.kind];
        invariant(
          slots?.has(attempt.attemptId) === true || trackers.isAwaited(attempt.trackerId),
          'a running attempt holds a slot of a registered tracker, or its tracker is awaited',
        );
      }
    }
  }
  for (const tracker of trackers.all) {
    const { mapSlots, reduceSlots } = tracker.registration;
    const { MAP, REDUCE } = tracker.running;
    invariant(MAP.size <= mapSlots && REDUCE.size <= reduceSlots, 'a tracker never runs more tasks than it has slots');
    for (const id of [...MAP, ...REDUCE]) invariant(running.has(id), 'a slot is held by a running attempt only');
  }
}

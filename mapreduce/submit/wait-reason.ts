/** The reason why a job stands still, as its client is told after some seconds without news. */
import type { AttemptStatus } from '../job/messages.ts';

const MINUTE_MS = 60_000;

/** Names the missing TaskTracker, the queue, or the slowest task with its node. */
export function waitReason(jobId: string, trackers: number, attempts: readonly AttemptStatus[], nowMs: number): string {
  if (trackers === 0) return `${jobId} waits: no TaskTracker is alive. Start one: mapred tasktracker`;
  const running = attempts.filter((attempt) => attempt.state === 'RUNNING');
  const slowest = running.reduce<AttemptStatus | undefined>(
    (slow, attempt) => (slow && slow.startTimeMs <= attempt.startTimeMs ? slow : attempt),
    undefined,
  );
  if (!slowest) return `${jobId} waits for a free slot: other jobs have them all (mapred job -list)`;
  const { attemptId, trackerId, progress, startTimeMs } = slowest;
  const minutes = Math.floor((nowMs - startTimeMs) / MINUTE_MS);
  const since = minutes > 0 ? `for ${minutes} min` : 'for less than a minute';
  return `${jobId} waits for ${attemptId} on ${trackerId}, which has run ${since}: ${Math.floor(progress * 100)}% done`;
}

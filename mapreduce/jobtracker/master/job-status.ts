/** The view of a job and of its attempts that clients are given. */
import type { AttemptStatus, JobStatus, TrackerRegistration } from '../../job/messages.ts';
import type { JobView } from '../scheduler/scheduled-job.ts';

export function jobStatus(job: JobView): JobStatus {
  const { submission } = job;
  const shuffle = job.shares.status;
  return {
    jobId: job.jobId,
    name: submission.name,
    user: submission.user,
    state: job.state,
    mapProgress: job.progress('MAP'),
    reduceProgress: job.progress('REDUCE'),
    maps: job.tasks.MAP.length,
    reduces: job.tasks.REDUCE.length,
    startTimeMs: job.startTimeMs,
    finishTimeMs: job.finishTimeMs,
    failureInfo: job.failureInfo,
    failures: job.failures,
    counters: job.counters().toJson(),
    output: submission.output,
    priority: job.priority,
    queue: job.limits.queue,
    running: job.isOver ? 0 : job.runningCount,
    ...(shuffle ? { shuffle } : {}),
    version: job.version,
  };
}

export function attemptStatuses(job: JobView, trackers: readonly TrackerRegistration[]): AttemptStatus[] {
  const httpUrl = new Map(trackers.map((t) => [t.trackerId, t.httpUrl]));
  return (['MAP', 'REDUCE'] as const).flatMap((kind) =>
    job.tasks[kind].flatMap((task) =>
      task.attempts.map((attempt) => ({
        attemptId: attempt.attemptId,
        kind,
        state: attempt.state,
        trackerId: attempt.trackerId,
        httpUrl: httpUrl.get(attempt.trackerId) ?? '',
        progress: attempt.progress,
        status: attempt.status,
        startTimeMs: attempt.startTimeMs,
        finishTimeMs: attempt.state === 'RUNNING' ? 0 : attempt.finishTimeMs,
      })),
    ),
  );
}

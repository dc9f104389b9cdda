/** The order that an attempt of a job had, for a client that runs it again. */
import { parseAttemptId } from '../../job/job-id.ts';
import type { JobSubmission, MapOutputLocation, TaskLaunch, TrackerRegistration } from '../../job/messages.ts';
import type { JobView } from '../scheduler/scheduled-job.ts';
import { succeededAttempt } from '../scheduler/task.ts';

/** Returns undefined for an attempt of a task that the job does not have. */
export function attemptLaunch(
  submission: JobSubmission,
  attemptId: string,
  mapOutputs: readonly MapOutputLocation[],
): TaskLaunch | undefined {
  const parsed = parseAttemptId(attemptId);
  if (parsed?.jobId !== submission.jobId) return undefined;
  const { kind, index } = parsed;
  const { splits, ...job } = submission;
  const split = splits[index];
  if (kind === 'MAP') return split && { attemptId, kind, index, job, split };
  return index < submission.reduces ? { attemptId, kind, index, job, mapOutputs } : undefined;
}

/** Returns the outputs of maps that reduces of the job can fetch now: none when the job has ended. */
export function fetchableOutputs(job: JobView, trackers: readonly TrackerRegistration[]): MapOutputLocation[] {
  if (job.isOver) return [];
  const urls = new Map(trackers.map(({ trackerId, shuffleUrl }) => [trackerId, shuffleUrl]));
  return job.tasks.MAP.flatMap((task) => {
    const attempt = succeededAttempt(task);
    const url = attempt && urls.get(attempt.trackerId);
    return attempt && url !== undefined ? [{ mapIndex: task.index, attemptId: attempt.attemptId, url }] : [];
  });
}

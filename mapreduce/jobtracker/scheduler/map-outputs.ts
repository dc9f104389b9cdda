/** The places from which reduces fetch the outputs of finished maps. */
import type { MapOutputLocation } from '../../job/messages.ts';
import { liveAttempt, type ScheduledJob, type Task } from './scheduled-job.ts';
import type { SchedulerStep } from './step.ts';

/** Returns the outputs that the job's maps have by now. */
export function mapOutputs(step: SchedulerStep, job: ScheduledJob): MapOutputLocation[] {
  return job.tasks.MAP.flatMap((map) => mapOutputOf(step, map) ?? []);
}

/** Tells the trackers that run reduces of the job of one more output. */
export function publishMapOutput(step: SchedulerStep, job: ScheduledJob, map: Task): void {
  const output = mapOutputOf(step, map);
  if (!output) return;
  const attempts = job.tasks.REDUCE.map(liveAttempt).filter((a) => a?.state === 'RUNNING');
  for (const trackerId of new Set(attempts.flatMap((a) => (a ? [a.trackerId] : [])))) {
    step.tell(trackerId, { kind: 'mapOutputs', jobId: job.jobId, outputs: [output] });
  }
}

function mapOutputOf({ trackers }: SchedulerStep, map: Task): MapOutputLocation | undefined {
  const attempt = liveAttempt(map);
  const tracker = attempt?.state === 'SUCCEEDED' ? trackers.get(attempt.trackerId) : undefined;
  if (!attempt || !tracker) return undefined;
  return { mapIndex: map.index, attemptId: attempt.attemptId, url: tracker.registration.shuffleUrl };
}

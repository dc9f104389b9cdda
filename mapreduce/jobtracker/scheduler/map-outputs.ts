/** The places from which reduces fetch the outputs of finished maps. */
import type { MapOutputLocation } from '../../job/messages.ts';
import type { ScheduledJob } from './scheduled-job.ts';
import type { SchedulerStep } from './step.ts';
import { type Attempt, runningAttempts, succeededAttempt, type Task } from './task.ts';

/** Returns the outputs that the job's maps have by now. */
export function mapOutputs(step: SchedulerStep, job: ScheduledJob): MapOutputLocation[] {
  return job.tasks.MAP.flatMap((map) => mapOutputOf(step, map) ?? []);
}

/** Tells the trackers that run reduces of the job of one more output. */
export function publishMapOutput(step: SchedulerStep, job: ScheduledJob, map: Task): void {
  const output = mapOutputOf(step, map);
  if (!output) return;
  for (const trackerId of new Set(job.tasks.REDUCE.flatMap(runningAttempts).map((a) => a.trackerId))) {
    step.tell(trackerId, { kind: 'mapOutputs', jobId: job.jobId, outputs: [output] });
  }
}

/** Tells the trackers that run reduces of the job that an output is lost, so that they do not ask for it. */
export function withdrawMapOutput(step: SchedulerStep, job: ScheduledJob, attemptId: string): void {
  for (const trackerId of new Set(job.tasks.REDUCE.flatMap(runningAttempts).map((a) => a.trackerId))) {
    step.tell(trackerId, { kind: 'mapOutputs', jobId: job.jobId, outputs: [], obsolete: [attemptId] });
  }
}

function mapOutputOf({ trackers }: SchedulerStep, map: Task): MapOutputLocation | undefined {
  const attempt = succeededAttempt(map);
  const tracker = attempt && trackers.get(attempt.trackerId);
  if (!attempt || !tracker) return undefined;
  return { mapIndex: map.index, attemptId: attempt.attemptId, url: tracker.registration.shuffleUrl };
}

/** Whether reduces have still to fetch the output of an attempt that has succeeded. */
export function isNeededOutput(job: ScheduledJob, task: Task, attempt: Attempt): boolean {
  const reducesDone = job.succeededCount('REDUCE') === job.tasks.REDUCE.length;
  return attempt.state === 'SUCCEEDED' && task.kind === 'MAP' && !reducesDone;
}

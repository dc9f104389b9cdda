/** Takes over the attempts that a TaskTracker runs since the time of an earlier JobTracker. */
import type { TrackerInventory } from '../../job/messages.ts';
import { isNeededOutput, mapOutputs, publishMapOutput, withdrawMapOutput } from './map-outputs.ts';
import { handleReport } from './report-handlers.ts';
import type { ScheduledJob } from './scheduled-job.ts';
import type { SchedulerStep } from './step.ts';
import { freeSlots, type Tracker } from './tracker-table.ts';

/** Attempts that the tracker does not have any more are lost, as those of a tracker that has died. */
export function adoptAttempts(step: SchedulerStep, trackerId: string, { running, succeeded }: TrackerInventory): void {
  const tracker = step.trackers.get(trackerId);
  if (!tracker) return;
  const kept = new Set([...running, ...succeeded.map(({ attemptId }) => attemptId)]);
  const jobs = [...step.jobs.values()].filter((job) => job.isRunnable);
  for (const job of jobs) adopt(step, job, tracker, kept);
  for (const report of succeeded) handleReport(step, report);
  for (const job of jobs) {
    tellOutputs(step, job, tracker);
    step.changed(job);
  }
}

function adopt(step: SchedulerStep, job: ScheduledJob, tracker: Tracker, kept: ReadonlySet<string>): void {
  for (const task of job.allTasks) {
    for (const attempt of [...task.attempts]) {
      const { attemptId, state } = attempt;
      if (attempt.trackerId !== tracker.registration.trackerId) continue;
      if (state === 'RUNNING') {
        if (kept.has(attemptId) && freeSlots(tracker, task.kind) > 0) tracker.running[task.kind].add(attemptId);
        else step.endAttempt({ job, task, attempt }, 'KILLED');
      } else if (isNeededOutput(job, task, attempt)) {
        if (kept.has(attemptId)) publishMapOutput(step, job, task);
        else {
          step.endAttempt({ job, task, attempt }, 'KILLED');
          withdrawMapOutput(step, job, attemptId);
        }
      }
    }
  }
}

/** Tells the tracker all outputs of the job: its reduces may have missed some. */
function tellOutputs(step: SchedulerStep, job: ScheduledJob, { registration, running }: Tracker): void {
  if (!job.tasks.REDUCE.some(({ attempts }) => attempts.some((a) => running.REDUCE.has(a.attemptId)))) return;
  const outputs = mapOutputs(step, job);
  if (outputs.length === 0) return;
  step.tell(registration.trackerId, { kind: 'mapOutputs', jobId: job.jobId, outputs });
}

/** Returns the attempts of running jobs that the tracker goes on with: those that run, and those whose outputs are needed. */
export function attemptsOn(jobs: Iterable<Pick<ScheduledJob, 'isOver' | 'tasks'>>, trackerId: string): string[] {
  return [...jobs].flatMap((job) =>
    job.isOver
      ? []
      : [...job.tasks.MAP, ...job.tasks.REDUCE].flatMap(({ attempts }) =>
          attempts
            .filter((a) => a.trackerId === trackerId && (a.state === 'RUNNING' || a.state === 'SUCCEEDED'))
            .map(({ attemptId }) => attemptId),
        ),
  );
}

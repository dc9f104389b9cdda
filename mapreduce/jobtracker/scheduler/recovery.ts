/** Takes up the jobs of an earlier JobTracker: builds them from their facts, and goes on where it broke off. */
import { endAttempts, maybeEnd, outputEnded } from './job-handlers.ts';
import { isNeededOutput } from './map-outputs.ts';
import { type RestoredJob, ScheduledJob } from './scheduled-job.ts';
import type { SchedulerStep } from './step.ts';
import { bestAttempt, runningAttempts, succeededAttempt, type Task } from './task.ts';

/** @param patienceMs time in which the TaskTrackers of the earlier JobTracker come back */
export function recoverJobs(step: SchedulerStep, jobs: readonly RestoredJob[], patienceMs: number): void {
  const restored = jobs.flatMap((job) => restore(step, job) ?? []);
  // Of two jobs with one output, the one whose output it is has its turn first.
  const isOwner = (job: ScheduledJob): number => (job.isSettingUp || job.state !== 'PREP' ? 0 : 1);
  for (const job of restored.sort((a, b) => isOwner(a) - isOwner(b))) {
    for (const { trackerId } of keptAttempts(job)) step.trackers.expect(trackerId, step.now + patienceMs);
    resume(step, job);
  }
}

function restore(step: SchedulerStep, { facts, limits }: RestoredJob): ScheduledJob | undefined {
  const [first] = facts;
  if (first?.kind !== 'submitted') return undefined;
  const job = new ScheduledJob(first, limits);
  for (const fact of facts) job.apply(fact, step);
  step.state.jobs.set(job.jobId, job);
  step.record(job, { kind: 'recovered' });
  return job;
}

/** Returns the attempts that run, and those whose outputs are needed. */
const keptAttempts = (job: ScheduledJob) =>
  job.isRunnable
    ? job.allTasks.flatMap((task) => task.attempts.filter((a) => a.state === 'RUNNING' || isNeededOutput(job, task, a)))
    : [];

/** Has the work done that the earlier JobTracker had begun or not begun. All of it can be done twice. */
function resume(step: SchedulerStep, job: ScheduledJob): void {
  if (job.ending && job.isCleared && !job.isOver) outputEnded(step, job);
  else if (job.isOver) step.effects.push({ kind: 'keepJob', job }, { kind: 'jobOver', job });
  if (job.ending === 'ABORT') {
    endAttempts(step, job);
    if (!job.isCleared) step.effects.push({ kind: 'abortJob', job });
  } else if (job.ending === 'COMMIT') {
    if (!job.isCleared) step.effects.push({ kind: 'commitJob', job });
  } else if (job.state === 'PREP') step.effects.push({ kind: 'setupJob', job });
  else {
    for (const task of job.allTasks) resumeOutput(step, job, task);
    maybeEnd(step, job);
  }
}

/** Ends what is left of a task that has succeeded and moves its files, and deletes those of an attempt that was given up within its commit. */
function resumeOutput(step: SchedulerStep, job: ScheduledJob, task: Task): void {
  const succeeded = succeededAttempt(task);
  // The disk may have the success of an attempt, and not the ends of the others that followed from it.
  if (succeeded) endAttempts(step, job, [task]);
  if (succeeded && job.mergesEarly(task.kind))
    step.effects.push({ kind: 'mergeTask', job, attemptId: succeeded.attemptId });
  const { commit } = task;
  if (!commit || bestAttempt(task)?.attemptId === commit.attemptId) return;
  if (runningAttempts(task).some(({ attemptId }) => attemptId === commit.attemptId)) return;
  commit.revoking = { tries: 0 };
  step.effects.push({ kind: 'revokeTask', job, attemptId: commit.attemptId });
}

/** Picks tasks that run much longer than the others for a second attempt, elsewhere (Hadoop: DefaultSpeculator, LATE). */
import type { TaskKind } from '../../job/job-id.ts';
import type { ScheduledJob } from './scheduled-job.ts';
import { isSkipping } from './skipping.ts';
import type { SchedulerStep } from './step.ts';
import { runningAttempts, succeededAttempt, type Task } from './task.ts';

/** Share of the tasks that must have succeeded before their times say anything (Hadoop: StartEndTimesBase). */
const COMPLETE_SHARE_MIN = 0.05;
const PROGRESS_MIN = 0.0001;

export function speculate(step: SchedulerStep): void {
  for (const job of step.jobs.values()) {
    if (!job.isRunnable) continue;
    for (const kind of ['MAP', 'REDUCE'] as const) {
      if (!job.limits.speculation?.kinds[kind] || step.now < job.nextSpeculationMs[kind]) continue;
      const { retryAfterSpeculateMs, retryAfterNoSpeculateMs } = job.limits.speculation;
      const task = slowestTask(step, job, kind);
      if (task) task.isSpeculated = true;
      job.nextSpeculationMs[kind] = step.now + (task ? retryAfterSpeculateMs : retryAfterNoSpeculateMs);
    }
  }
}

/** Returns the task that a second attempt would end the most time earlier; undefined if none is slow. */
function slowestTask(step: SchedulerStep, job: ScheduledJob, kind: TaskKind): Task | undefined {
  const { speculation } = job.limits;
  const tasks = job.tasks[kind];
  const running = tasks.filter((task) => runningAttempts(task).length > 0);
  if (!speculation || running.length === 0) return undefined;
  const { allowedMin, runningShare, totalShare, slowTaskThreshold } = speculation;
  const allowed = Math.max(allowedMin, runningShare * running.length, totalShare * tasks.length);
  if (running.filter((task) => task.isSpeculated || runningAttempts(task).length > 1).length >= allowed)
    return undefined;
  const times = tasks.flatMap((task) => {
    const done = succeededAttempt(task);
    return done && done.state !== 'RUNNING' ? [done.finishTimeMs - done.startTimeMs] : [];
  });
  if (times.length === 0 || times.length / tasks.length < COMPLETE_SHARE_MIN) return undefined;
  const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
  const deviation = Math.sqrt(times.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / times.length);
  // A rule of our own: the tasks of a tiny job end before a second attempt could help.
  const limitMs = Math.max(mean + slowTaskThreshold * deviation, speculation.retryAfterNoSpeculateMs);
  let best: { readonly task: Task; readonly gainMs: number } | undefined;
  for (const task of running) {
    const isExcluded = task.isSpeculated || isSkipping(task, job.limits.skip);
    const gainMs = isExcluded ? 0 : gainOf(task, step.now, limitMs, mean);
    if (gainMs > (best?.gainMs ?? 0)) best = { task, gainMs };
  }
  return best?.task;
}

/** Returns the time by which a second attempt would end earlier; 0 for a task that is not slow or has two attempts. */
function gainOf(task: Task, now: number, limitMs: number, meanMs: number): number {
  const [attempt, second] = runningAttempts(task);
  if (!attempt || second) return 0;
  const runtimeMs = now - attempt.startedMs;
  if (runtimeMs <= limitMs) return 0;
  const endMs = attempt.startedMs + runtimeMs / Math.max(attempt.progress, PROGRESS_MIN);
  return Math.max(0, endMs - (now + meanMs));
}

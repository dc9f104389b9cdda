/** The orderly end of a TaskTracker: its attempts run to their ends before it goes, if that does not take long. */
import type { Logger } from '../../runtime/log.ts';
import { sleep } from '../../runtime/promises.ts';
import { type Clock, systemClock } from '../../runtime/runtime.ts';

const LOOK_MS = 50;
/** A process that has a signal to end gets SIGKILL after 10 s. The stop itself needs the rest of that time. */
const LIMIT_MS_MAX = 8000;

export interface DrainOptions {
  /** calf.tasktracker.drain.timeout */
  readonly limitMs: number;
  readonly log: Logger;
  readonly clock?: Clock;
  /** Tells the JobTracker that this tracker takes no more tasks. */
  stopTakingTasks(): void;
  /** Returns the number of attempts that run or wait for their files. */
  running(): number;
  /** Whether a report or the end of the taking is not told yet. */
  hasNews(): boolean;
}

/** Resolves when no attempt runs and the JobTracker knows their ends, at the latest after the limit. */
export async function drain(options: DrainOptions): Promise<void> {
  const { limitMs, log, clock = systemClock, running, hasNews } = options;
  if (limitMs <= 0 || running() === 0) return;
  const endMs = clock.monotonicMs() + Math.min(limitMs, LIMIT_MS_MAX);
  log.info({ attempts: running() }, 'The TaskTracker takes no more tasks, and waits for the ends of those that run');
  options.stopTakingTasks();
  while ((running() > 0 || hasNews()) && clock.monotonicMs() < endMs) await sleep(LOOK_MS);
  if (running() > 0) log.warn({ attempts: running() }, 'Attempts that still run are ended: they run again elsewhere');
}

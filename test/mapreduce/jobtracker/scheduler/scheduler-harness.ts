// A harness for tests of the scheduler: commits succeed at once, and the launches for trackers are recorded.

import type { CommitAnswer } from '../../../../mapreduce/job/commit-answer.ts';
import { JOB_GROUP } from '../../../../mapreduce/job/counter-names.ts';
import type { InputSplit } from '../../../../mapreduce/job/input-split.ts';
import type { JobSubmission, TaskLaunch, TaskReport, TrackerRegistration } from '../../../../mapreduce/job/messages.ts';
import type { SchedulerEffect, SchedulerEvent } from '../../../../mapreduce/jobtracker/scheduler/events.ts';
import type { LocalityDelays } from '../../../../mapreduce/jobtracker/scheduler/locality.ts';
import type { QueuePolicy } from '../../../../mapreduce/jobtracker/scheduler/queue-policy.ts';
import { Scheduler } from '../../../../mapreduce/jobtracker/scheduler/scheduler.ts';

export const JOB = 'job_1_0001';

/** Hadoop's defaults. */
export const LIMITS = {
  mapAttemptsMax: 4,
  reduceAttemptsMax: 4,
  slowstart: 0.05,
  trackerFailuresMax: 3,
  blacklistIgnorePercent: 33,
  priority: 'NORMAL',
  queue: 'default',
} as const;

export function tracker(n: number, slots = 2): TrackerRegistration {
  return {
    trackerId: `tracker_${n}`,
    host: 'localhost',
    dataNode: `127.0.0.1:${n}`,
    shuffleUrl: `http://127.0.0.1:1356${n}`,
    httpUrl: '',
    mapSlots: slots,
    reduceSlots: slots,
  };
}

export function split(index: number, dataNodes: readonly number[] = []): InputSplit {
  const names = dataNodes.map((n) => `127.0.0.1:${n}`);
  return {
    kind: 'file',
    fsUri: 'hdfs://nn',
    path: `/in/${index}`,
    start: 0,
    length: 1,
    hosts: names.map(() => 'localhost'),
    names,
  };
}

export function submission(splits: readonly InputSplit[], reduces: number, jobId = JOB): JobSubmission {
  return {
    jobId,
    name: 'test',
    user: 'me',
    code: { kind: 'builtin', example: 'wordcount', exportName: 'default' },
    conf: {},
    maps: splits.length,
    reduces,
    output: 'hdfs://nn/out',
    splits,
  };
}

/** A scheduler whose jobs are set up and committed at once. Records all that the scheduler tells its trackers. */
export class Harness {
  readonly scheduler: Scheduler;
  readonly launches: { trackerId: string; launch: TaskLaunch }[] = [];
  readonly effects: SchedulerEffect[] = [];
  /** The time of the steady clock in milliseconds. */
  now = 0;
  wallMs = 1_700_000_000_000;

  constructor(policy?: QueuePolicy, delays?: LocalityDelays) {
    const faults = { faultsMax: 4, windowMs: 180 * 60_000 };
    this.scheduler = new Scheduler({
      trackerExpiryMs: 30_000,
      tickMs: 1000,
      faults,
      ...(policy ? { policy } : {}),
      ...(delays ? { delays } : {}),
    });
  }

  step(event: SchedulerEvent): void {
    for (const effect of this.scheduler.step(event, this.now, this.wallMs)) {
      this.effects.push(effect);
      if (effect.kind === 'setupJob') this.step({ kind: 'jobSetUp', jobId: effect.job.jobId });
      if (effect.kind === 'commitJob' || effect.kind === 'abortJob')
        this.step({ kind: 'jobEnded', jobId: effect.job.jobId });
      if (effect.kind === 'tell' && effect.action.kind === 'launch') {
        this.launches.push({ trackerId: effect.trackerId, launch: effect.action.launch });
      }
    }
  }

  submit(splits: readonly InputSplit[], reduces: number, slowstart = 1, jobId = JOB): void {
    this.step({
      kind: 'submit',
      submission: submission(splits, reduces, jobId),
      limits: { ...LIMITS, slowstart },
    });
  }

  report(report: TaskReport): void {
    const launched = this.launches.find((l) => l.launch.attemptId === report.attemptId);
    this.step({ kind: 'report', trackerId: launched?.trackerId ?? '', report });
  }

  succeed(attemptId: string): void {
    this.report({ kind: 'succeeded', attemptId, counters: {} });
  }

  fail(attemptId: string): void {
    this.report({ kind: 'failed', attemptId, error: { message: 'Error: no' } });
  }

  /** The tracker's process has ended. */
  dies(n: number): void {
    this.step({ kind: 'trackerLost', trackerId: `tracker_${n}`, loss: 'DIED' });
  }

  /** Ticks once a second until the steady clock shows `untilMs`. */
  tickUntil(untilMs: number): void {
    while (this.now < untilMs) {
      this.now = Math.min(untilMs, this.now + 1000);
      this.step({ kind: 'tick' });
    }
  }

  /** The time that the scheduler asked to be woken at has come. */
  wake(atMs: number): void {
    this.now = atMs;
    this.step({ kind: 'wake' });
  }

  mayCommit(attemptId: string): CommitAnswer {
    const effects = this.scheduler.step({ kind: 'mayCommit', attemptId }, this.now, this.wallMs);
    return effects.find((effect) => effect.kind === 'commitAnswer')?.answer ?? 'NO';
  }

  get job() {
    const job = this.scheduler.jobs.get(JOB);
    if (!job) throw new Error('no job');
    return job;
  }

  counter(name: string): number {
    return this.job.counters().get(JOB_GROUP, name);
  }

  get running(): string[] {
    return [...this.job.tasks.MAP, ...this.job.tasks.REDUCE].flatMap((t) =>
      t.attempts.filter((a) => a.state === 'RUNNING').map((a) => a.attemptId),
    );
  }
}

export const attempt = (kind: 'm' | 'r', index: number, n = 0): string => `attempt_1_0001_${kind}_00000${index}_${n}`;

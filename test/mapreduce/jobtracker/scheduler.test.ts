import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JOB_GROUP } from '../../../mapreduce/job/counter-names.ts';
import type { InputSplit } from '../../../mapreduce/job/input-split.ts';
import type { JobSubmission, TaskLaunch, TaskReport, TrackerRegistration } from '../../../mapreduce/job/messages.ts';
import { Scheduler } from '../../../mapreduce/jobtracker/scheduler.ts';
import type { SchedulerEffect, SchedulerEvent } from '../../../mapreduce/jobtracker/scheduler-events.ts';

const JOB = 'job_1_0001';

function tracker(n: number, slots = 2): TrackerRegistration {
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

function split(index: number, dataNodes: readonly number[] = []): InputSplit {
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

function submission(splits: readonly InputSplit[], reduces: number): JobSubmission {
  return {
    jobId: JOB,
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

/** A scheduler with the set-up and commit of jobs done at once, and what it has told its trackers. */
class Harness {
  readonly scheduler = new Scheduler({ trackerExpiryMs: 30_000, tickMs: 1000 });
  readonly launches: { trackerId: string; launch: TaskLaunch }[] = [];
  readonly effects: SchedulerEffect[] = [];
  /** The steady clock. */
  now = 0;
  wallMs = 1_700_000_000_000;

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

  submit(splits: readonly InputSplit[], reduces: number, slowstart = 1): void {
    this.step({
      kind: 'submit',
      submission: submission(splits, reduces),
      limits: { mapAttemptsMax: 4, reduceAttemptsMax: 4, slowstart },
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

  /** Ticks once a second until the steady clock shows `untilMs`. */
  tickUntil(untilMs: number): void {
    while (this.now < untilMs) {
      this.now = Math.min(untilMs, this.now + 1000);
      this.step({ kind: 'tick' });
    }
  }

  mayCommit(attemptId: string): boolean {
    const effects = this.scheduler.step({ kind: 'mayCommit', attemptId }, this.now, this.wallMs);
    return effects.some((effect) => effect.kind === 'allowCommit' && effect.attemptId === attemptId);
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

const attempt = (kind: 'm' | 'r', index: number, n = 0): string => `attempt_1_0001_${kind}_00000${index}_${n}`;

describe('Scheduler', () => {
  it('runs each map where a replica is when a slot there is free', () => {
    const h = new Harness();
    for (const n of [1, 2, 3]) h.step({ kind: 'register', tracker: tracker(n, 1) });
    h.submit([split(0, [3]), split(1, [1]), split(2, [2])], 0);
    expect(h.launches.map(({ trackerId, launch }) => [launch.index, trackerId])).toEqual([
      [0, 'tracker_3'],
      [1, 'tracker_1'],
      [2, 'tracker_2'],
    ]);
    expect(h.counter('DATA_LOCAL_MAPS')).toBe(3);
  });

  it('uses a free slot elsewhere rather than none, and does not count it as local', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1, 1) });
    h.step({ kind: 'register', tracker: tracker(2, 1) });
    h.submit([split(0, [1]), split(1, [1])], 0);
    expect(h.launches.map((l) => l.trackerId).sort()).toEqual(['tracker_1', 'tracker_2']);
    expect(h.counter('DATA_LOCAL_MAPS')).toBe(1);
  });

  it('starts reduces when the slow-start share of the maps is done, and tells them of later outputs', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1) });
    h.submit([split(0), split(1)], 1, 0.5);
    expect(h.launches.map((l) => l.launch.kind)).toEqual(['MAP', 'MAP']);
    h.succeed(attempt('m', 0));
    expect(h.launches.at(-1)?.launch).toMatchObject({
      kind: 'REDUCE',
      mapOutputs: [{ mapIndex: 0, attemptId: attempt('m', 0), url: 'http://127.0.0.1:13561' }],
    });
    h.succeed(attempt('m', 1));
    expect(h.effects).toContainEqual({
      kind: 'tell',
      trackerId: 'tracker_1',
      action: {
        kind: 'mapOutputs',
        jobId: JOB,
        outputs: [{ mapIndex: 1, attemptId: attempt('m', 1), url: 'http://127.0.0.1:13561' }],
      },
    });
    h.succeed(attempt('r', 0));
    expect(h.job.state).toBe('SUCCEEDED');
  });

  it('fails a job when a task has failed four times, and ends what runs', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1) });
    h.submit([split(0), split(1)], 1);
    for (let n = 0; n < 4; n++) h.fail(attempt('m', 0, n));
    expect(h.job.state).toBe('FAILED');
    expect(h.job.failureInfo).toContain('Task failed task_1_0001_m_000000');
    expect(h.effects).toContainEqual({
      kind: 'tell',
      trackerId: 'tracker_1',
      action: { kind: 'kill', attemptId: attempt('m', 1) },
    });
    expect(h.counter('NUM_FAILED_MAPS')).toBe(4);
    expect(h.counter('NUM_KILLED_MAPS')).toBe(1);
  });

  it('tries a failed task on another tracker if there is one', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1) });
    h.step({ kind: 'register', tracker: tracker(2) });
    h.submit([split(0, [1])], 0);
    h.fail(attempt('m', 0));
    // The one with a replica still comes first: data is where it is.
    expect(h.launches.map((l) => l.trackerId)).toEqual(['tracker_1', 'tracker_1']);
    const g = new Harness();
    g.step({ kind: 'register', tracker: tracker(1) });
    g.step({ kind: 'register', tracker: tracker(2) });
    g.submit([split(0)], 0);
    g.fail(attempt('m', 0));
    expect(g.launches.map((l) => l.trackerId)).toEqual(['tracker_1', 'tracker_2']);
  });

  it('runs the finished maps of a lost tracker again, and never counts that as their failure', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1) });
    h.submit([split(0)], 1);
    h.succeed(attempt('m', 0));
    h.step({ kind: 'register', tracker: tracker(2) });
    h.step({ kind: 'trackerLost', trackerId: 'tracker_1' });
    expect(h.running).toEqual([attempt('m', 0, 1)]);
    h.succeed(attempt('m', 0, 1));
    expect(h.running).toEqual([attempt('r', 0, 1)]);
    h.succeed(attempt('r', 0, 1));
    expect(h.job.state).toBe('SUCCEEDED');
    expect(h.counter('NUM_FAILED_MAPS')).toBe(0);
  });

  it('gives up a tracker that is silent for too long', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1) });
    h.tickUntil(30_000);
    expect(h.scheduler.isRegistered('tracker_1')).toBe(true);
    h.tickUntil(30_001);
    expect(h.scheduler.isRegistered('tracker_1')).toBe(false);
  });

  it('lets one attempt of a task commit, and none that was given up', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1) });
    h.step({ kind: 'register', tracker: tracker(2) });
    h.submit([split(0)], 0);
    expect(h.mayCommit(attempt('m', 0))).toBe(true);
    h.step({ kind: 'trackerLost', trackerId: 'tracker_1' });
    expect(h.mayCommit(attempt('m', 0))).toBe(false);
    expect(h.mayCommit(attempt('m', 0, 1))).toBe(true);
    expect(h.mayCommit('attempt_9_0009_m_000000_0')).toBe(false);
  });

  it('runs a map again when the reduces can’t fetch its output', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1) });
    h.submit([split(0)], 2);
    h.succeed(attempt('m', 0));
    h.report({ kind: 'fetchFailed', attemptId: attempt('r', 0), mapAttemptId: attempt('m', 0) });
    expect(h.running).not.toContain(attempt('m', 0, 1));
    h.report({ kind: 'fetchFailed', attemptId: attempt('r', 1), mapAttemptId: attempt('m', 0) });
    expect(h.running).toContain(attempt('m', 0, 1));
  });

  it('has a process started where the coming job’s first map goes', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1) });
    h.step({ kind: 'register', tracker: tracker(2) });
    h.step({ kind: 'announce' });
    h.step({ kind: 'announce' });
    const prepared = h.effects.filter((e) => e.kind === 'tell' && e.action.kind === 'prepare');
    expect(prepared.map((e) => (e.kind === 'tell' ? e.trackerId : ''))).toEqual(['tracker_1', 'tracker_2']);
  });

  it('gives the trackers another turn when its own process was held up', () => {
    const h = new Harness();
    h.step({ kind: 'register', tracker: tracker(1) });
    h.tickUntil(1000);
    h.now = 60_000;
    h.step({ kind: 'tick' });
    expect(h.scheduler.isRegistered('tracker_1')).toBe(true);
    h.tickUntil(61_000);
    expect(h.scheduler.isRegistered('tracker_1')).toBe(false);
  });

  it.each([
    ['forward', 3_600_000],
    ['back', -3_600_000],
  ])(
    'a wall clock that is set %s by an hour loses no tracker and no task, and keeps none for longer',
    (_how, jumpMs) => {
      const h = new Harness();
      h.step({ kind: 'register', tracker: tracker(1) });
      h.submit([split(0)], 0);
      h.tickUntil(5000);
      h.wallMs += jumpMs;
      h.tickUntil(30_000);
      expect(h.scheduler.isRegistered('tracker_1')).toBe(true);
      expect(h.running).toEqual([attempt('m', 0)]);
      h.succeed(attempt('m', 0));
      expect(h.counter('MILLIS_MAPS')).toBe(30_000);
      expect(h.job).toMatchObject({ state: 'SUCCEEDED', startTimeMs: 1_700_000_000_000, finishTimeMs: h.wallMs });
      h.tickUntil(60_001);
      expect(h.scheduler.isRegistered('tracker_1')).toBe(false);
    },
  );

  it('tells of a job’s end once, and forgets the oldest ended jobs that the history has', () => {
    const h = new Harness();
    const submit = (n: number) => {
      const jobId = `job_1_${String(n).padStart(4, '0')}`;
      const limits = { mapAttemptsMax: 4, reduceAttemptsMax: 4, slowstart: 1 };
      h.step({ kind: 'submit', submission: { ...submission([], 0), jobId }, limits });
      return jobId;
    };
    const ids = Array.from({ length: 103 }, (_, i) => submit(i + 1));
    expect(h.effects.flatMap((e) => (e.kind === 'jobOver' ? [e.job.jobId] : []))).toEqual(ids);
    const [first = '', second = '', ...later] = ids;
    for (const jobId of later) h.step({ kind: 'jobReported', jobId });
    expect(h.scheduler.jobs.size).toBe(102);
    expect([h.scheduler.jobs.has(first), h.scheduler.jobs.has(second), h.scheduler.jobs.has(later[0] ?? '')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  // Whatever fails or is lost, as long as no task fails four times the job ends with every task done once.
  it('brings a job to its end through failures, lost trackers and late reports', () => {
    const shape = fc.record({ maps: fc.integer({ min: 0, max: 6 }), reduces: fc.integer({ min: 0, max: 3 }) });
    const choices = fc.infiniteStream(fc.nat(1000));
    fc.assert(
      fc.property(shape, choices, ({ maps, reduces }, stream) => {
        const choose = (n: number): number => (stream.next().value as number) % n;
        const h = new Harness();
        for (const n of [1, 2, 3]) h.step({ kind: 'register', tracker: tracker(n) });
        h.submit(
          Array.from({ length: maps }, (_, i) => split(i, [1 + choose(3)])),
          reduces,
          choose(3) / 2,
        );
        for (let steps = 0; !h.job.isOver; steps++) {
          expect(steps).toBeLessThan(500);
          const { running } = h;
          expect(new Set(running.map((id) => id.slice(0, id.lastIndexOf('_')))).size).toBe(running.length);
          for (const id of running) {
            const where = h.launches.find((l) => l.launch.attemptId === id)?.trackerId ?? '';
            expect(h.scheduler.isRegistered(where)).toBe(true);
          }
          const id = running[choose(Math.max(1, running.length))] ?? '';
          const n = 1 + choose(3);
          const task = [...h.job.tasks.MAP, ...h.job.tasks.REDUCE].find((t) =>
            t.attempts.some((a) => a.attemptId === id),
          );
          const action = steps < 200 ? choose(10) : 9;
          if (action === 0 && (task?.failures ?? 3) < 3) h.fail(id);
          else if (action === 1) h.step({ kind: 'trackerLost', trackerId: `tracker_${n}` });
          else if (action === 2) h.step({ kind: 'register', tracker: tracker(n) });
          else if (action === 3) h.report({ kind: 'progress', attemptId: id, progress: 0.5 });
          else if (action === 4) h.succeed(attempt('m', choose(6), choose(3)));
          else {
            if (!h.scheduler.isRegistered(`tracker_${n}`)) h.step({ kind: 'register', tracker: tracker(n) });
            h.succeed(id);
          }
        }
        expect(h.job.state).toBe('SUCCEEDED');
        expect(h.effects.filter((e) => e.kind === 'commitJob')).toHaveLength(1);
        for (const task of [...h.job.tasks.MAP, ...h.job.tasks.REDUCE]) {
          expect(task.attempts.filter((a) => a.state === 'SUCCEEDED')).toHaveLength(1);
        }
      }),
      { numRuns: 300 },
    );
  });
});

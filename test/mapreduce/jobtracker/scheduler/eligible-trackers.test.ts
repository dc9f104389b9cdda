// A task never runs again where it failed while other trackers live; trackers that fail much, or have a bad disk, get none.
import { describe, expect, it } from 'vitest';
import { attempt, Harness, JOB, LIMITS, split, submission, tracker } from './scheduler-harness.ts';

function harness(trackers: number, slots = 1): Harness {
  const h = new Harness();
  for (let n = 1; n <= trackers; n++) h.step({ kind: 'register', tracker: tracker(n, slots) });
  return h;
}

const placesOf = (h: Harness, index: number): string[] =>
  h.launches.filter(({ launch }) => launch.index === index).map(({ trackerId }) => trackerId);

const health = (h: Harness, n: number, problem?: string): void =>
  h.step({ kind: 'trackerHealth', trackerId: `tracker_${n}`, ...(problem === undefined ? {} : { problem }) });

describe('a task that has failed', () => {
  it('runs on each other tracker before it runs where it failed, near or far', () => {
    const h = harness(3);
    h.submit([split(0, [1])], 0);
    for (let n = 0; n < 3; n++) h.fail(attempt('m', 0, n));
    expect(placesOf(h, 0).slice(0, 3).sort()).toEqual(['tracker_1', 'tracker_2', 'tracker_3']);
    expect(placesOf(h, 0)).toHaveLength(4);
  });

  it('waits for a slot elsewhere rather than run where it failed', () => {
    const h = harness(2);
    h.submit([split(0, [1]), split(1, [2])], 0);
    h.fail(attempt('m', 0));
    expect(placesOf(h, 0)).toEqual(['tracker_1']);
    h.succeed(attempt('m', 1));
    expect(placesOf(h, 0)).toEqual(['tracker_1', 'tracker_2']);
  });

  it('runs again where it failed when no other tracker is left', () => {
    const h = harness(2);
    h.submit([split(0, [1])], 0);
    h.step({ kind: 'trackerLost', trackerId: 'tracker_2', loss: 'LEFT' });
    h.fail(attempt('m', 0));
    expect(placesOf(h, 0)).toEqual(['tracker_1', 'tracker_1']);
  });
});

// Hadoop: RMContainerRequestor.containerFailedOnHost and computeIgnoreBlacklisting.
describe("a job's own list of trackers that it avoids", () => {
  const manyOnOne = Array.from({ length: 8 }, (_, i) => split(i, [1]));

  it('has those on which three of its attempts failed', () => {
    const h = harness(4);
    h.submit(manyOnOne, 0);
    for (let n = 0; n < 3; n++) {
      const there = h.running.find((id) =>
        h.launches.some((l) => l.launch.attemptId === id && l.trackerId === 'tracker_1'),
      );
      h.fail(there ?? '');
    }
    expect(h.job.blacklist).toEqual(['tracker_1']);
    const before = h.launches.length;
    for (const id of h.running) h.succeed(id);
    while (h.running.length > 0) for (const id of h.running) h.succeed(id);
    expect(h.job.state).toBe('SUCCEEDED');
    expect(h.launches.slice(before).map((l) => l.trackerId)).not.toContain('tracker_1');
  });

  it('is ignored when it holds a third of the trackers', () => {
    const h = harness(3);
    h.submit(manyOnOne, 0);
    for (let n = 0; n < 3; n++) {
      const there = h.running.find((id) =>
        h.launches.some((l) => l.launch.attemptId === id && l.trackerId === 'tracker_1'),
      );
      h.fail(there ?? '');
    }
    expect(h.job.blacklist).toEqual(['tracker_1']);
    expect(h.launches.at(-1)?.trackerId).toBe('tracker_1');
  });
});

describe('a tracker that jobs which succeeded had to avoid', () => {
  /** Runs a job that fails on tracker 1 three times and then succeeds. */
  function runJob(h: Harness, jobId: string): void {
    const limits = { ...LIMITS, trackerFailuresMax: 1 };
    h.step({ kind: 'submit', submission: submission([split(0, [1])], 0, jobId), limits });
    const id = `attempt_${jobId.slice('job_'.length)}_m_000000_0`;
    const first = h.launches.at(-1);
    if (first?.trackerId !== 'tracker_1') {
      h.succeed(first?.launch.attemptId ?? '');
      return;
    }
    h.fail(id);
    h.succeed(h.launches.at(-1)?.launch.attemptId ?? '');
  }

  it('gets no tasks of any job after four of them, until it starts anew', () => {
    const h = harness(4);
    for (let n = 1; n <= 4; n++) runJob(h, `job_1_000${n}`);
    h.step({ kind: 'submit', submission: submission([split(0, [1])], 0, 'job_1_0005'), limits: LIMITS });
    expect(h.launches.at(-1)?.trackerId).not.toBe('tracker_1');
    h.succeed(h.launches.at(-1)?.launch.attemptId ?? '');
    h.step({ kind: 'register', tracker: tracker(1, 1) });
    h.step({ kind: 'submit', submission: submission([split(0, [1])], 0, 'job_1_0006'), limits: LIMITS });
    expect(h.launches.at(-1)?.trackerId).toBe('tracker_1');
  });
});

describe('a tracker that tells of a problem', () => {
  it('gets no tasks until the problem is over', () => {
    const h = harness(2);
    health(h, 1, 'disk full');
    h.submit([split(0, [1]), split(1, [1])], 0);
    expect(h.launches.map((l) => l.trackerId)).toEqual(['tracker_2']);
    health(h, 1);
    expect(h.launches.map((l) => l.trackerId)).toEqual(['tracker_2', 'tracker_1']);
  });
});

describe('a task under which trackers die', () => {
  /** Has the tracker that runs the task die and come back. */
  function die(h: Harness, index: number): string {
    const place = placesOf(h, index).at(-1) ?? '';
    const n = Number(place.replace('tracker_', ''));
    h.dies(n);
    h.step({ kind: 'register', tracker: tracker(n, 2) });
    return place;
  }

  it('fails its job with the third, after it has run alone, and fails no other job', () => {
    const h = harness(2, 2);
    h.submit([split(0), split(1), split(2)], 0);
    const others = submission([split(0), split(1)], 0, 'job_1_0002');
    die(h, 0);
    die(h, 0);
    // Its third attempt waits for a tracker that runs nothing else.
    for (let n = 0; n < 20 && h.job.tasks.MAP[0]?.attempts.at(-1)?.state !== 'RUNNING'; n++) {
      for (const id of h.running) if (!id.includes('_m_000000_')) h.succeed(id);
    }
    h.step({ kind: 'submit', submission: others, limits: LIMITS });
    const place = placesOf(h, 0).at(-1);
    expect(h.launches.filter((l) => l.launch.job.jobId === 'job_1_0002').map((l) => l.trackerId)).not.toContain(place);
    die(h, 0);
    expect(h.job.state).toBe('FAILED');
    expect(h.job.failureInfo).toContain(
      `3 TaskTrackers died while they ran it, the last one, ${place}, while it ran nothing`,
    );
    expect(h.scheduler.jobs.get('job_1_0002')?.state).toBe('RUNNING');
  });

  it('is not counted when its tracker says that it leaves, or falls silent', () => {
    const h = harness(1);
    h.submit([split(0)], 0);
    for (let n = 0; n < 4; n++) {
      h.step({ kind: 'trackerLost', trackerId: 'tracker_1', loss: n % 2 === 0 ? 'LEFT' : 'SILENT' });
      h.step({ kind: 'register', tracker: tracker(1, 1) });
    }
    expect(h.job.tasks.MAP[0]?.trackerDeaths).toBe(0);
    expect(h.running).toEqual([attempt('m', 0, 4)]);
    expect(h.scheduler.jobs.get(JOB)?.state).toBe('RUNNING');
  });
});

// Setting the wall clock does not disturb a running JobTracker: its time limits follow the steady clock.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runJobFile } from '../../../mapreduce/engines/job-client.ts';
import { JOB_GROUP } from '../../../mapreduce/job/counter-names.ts';
import { RemoteJobService } from '../../../mapreduce/job/job-service.ts';
import { type Clock, systemClock } from '../../../runtime/runtime.ts';
import { prepareTaskChild, readParts, recordConsole } from '../helpers.ts';
import { Trackers, trackerConf, waitingJob, writeFile } from '../trackers.ts';

const HOUR_MS = 3_600_000;

/** A clock whose wall time a test sets forward and back. */
class SteppedClock implements Clock {
  offsetMs = 0;
  /** The number of times that the wall clock was read: once in each step of the scheduler. */
  reads = 0;

  now(): number {
    this.reads++;
    return systemClock.now() + this.offsetMs;
  }

  monotonicMs(): number {
    return systemClock.monotonicMs();
  }
}

let directory: string;
let remove: () => void;

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
});
afterAll(() => remove());

it('a clock that is set forward and back by an hour loses no tracker and no task', async () => {
  const clock = new SteppedClock();
  // The tracker sends no heartbeat while the clock is set, so every read of the clock is a tick of the scheduler.
  const conf = trackerConf(directory).set('mapreduce.tasktracker.heartbeat.interval', 20_000);
  const trackers = await Trackers.start(conf, 1, clock);
  try {
    const { file, started, go } = waitingJob(directory);
    const input = path.dirname(writeFile(directory, 'in/a.txt', 'x\n'));
    const output = path.join(directory, 'out');
    const { io } = recordConsole();
    const running = runJobFile({ file, conf: trackers.conf, args: [input, output], ...io });
    await expect.poll(() => fs.existsSync(started)).toBe(true);
    const beganMs = systemClock.now();
    for (const offsetMs of [HOUR_MS, -HOUR_MS]) {
      clock.offsetMs = offsetMs;
      const reads = clock.reads;
      await expect.poll(() => clock.reads).toBeGreaterThan(reads + 2);
      expect(trackers.jobTracker.trackers).toHaveLength(1);
    }
    fs.writeFileSync(go, '');
    expect(await running).toBe(0);
    expect(readParts(output)).toEqual({ 'part-m-00000': ['x\t1'] });
    expect(fs.readFileSync(started, 'utf8').trim().split('\n')).toHaveLength(1);
    await using service = new RemoteJobService(trackers.conf);
    const [job] = await service.list();
    expect(job?.counters[JOB_GROUP]).not.toHaveProperty('NUM_KILLED_MAPS');
    const millis = job?.counters[JOB_GROUP]?.['MILLIS_MAPS'] ?? -1;
    expect(millis).toBeGreaterThan(0);
    expect(millis).toBeLessThan(systemClock.now() - beganMs + 60_000);
    // The times that users see follow the wall clock, which was set back by an hour.
    expect(job?.finishTimeMs).toBeLessThan(beganMs);
  } finally {
    await trackers.stop();
  }
});

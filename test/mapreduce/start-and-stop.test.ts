// A start or a stop that fails in any of its steps leaves no socket, timer or child process behind.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Configuration } from '../../conf/configuration.ts';
import { runJobFile } from '../../mapreduce/engines/job-client.ts';
import { RemoteJobService } from '../../mapreduce/job/job-service.ts';
import { JobTracker } from '../../mapreduce/jobtracker/job-tracker.ts';
import { TaskTracker } from '../../mapreduce/tasktracker/task-tracker.ts';
import { silentLogger } from '../../runtime/log.ts';
import { settled } from '../../runtime/promises.ts';
import { prepareTaskChild, recordConsole } from './helpers.ts';
import {
  expectFree,
  expectResources,
  failStart,
  failStop,
  freePort,
  openResources,
  TimerWatch,
} from './open-resources.ts';
import { trackerConf, waitingJob, writeFile } from './trackers.ts';

const log = silentLogger;
let directory: string;
let remove: () => void;
let conf: Configuration;
let jobTrackerPort: number;

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
});
afterAll(() => remove());
beforeEach(async () => {
  jobTrackerPort = await freePort();
  conf = trackerConf(directory).set('mapreduce.jobtracker.http.address', `127.0.0.1:${jobTrackerPort}`);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Starts with a failure after step 1, 2 and so on, until a start succeeds. Returns the number of failed starts. */
async function startWithFailures(start: () => Promise<{ stop(): Promise<void> }>, ports: number[]): Promise<number> {
  for (let n = 1; ; n++) {
    const before = await openResources();
    const timers = new TimerWatch();
    const undo = failStart(n);
    let started: { stop(): Promise<void> } | undefined;
    try {
      started = await start();
    } catch (e) {
      expect(e).toMatchObject({ message: `planted in step ${n}` });
    }
    undo();
    await started?.stop();
    await expectResources(before);
    for (const port of ports) await expectFree(port);
    expect(timers.left).toEqual([]);
    vi.restoreAllMocks();
    if (started) return n - 1;
  }
}

describe('JobTracker', () => {
  it('leaves nothing open when a step of its start fails', async () => {
    const failed = await startWithFailures(() => JobTracker.start({ conf, log }), [jobTrackerPort]);
    expect(failed).toBe(8);
  });

  it('leaves nothing open when its port is taken or its directory can not be made', async () => {
    const other = await JobTracker.start({ conf, log });
    const before = await openResources();
    await expect(JobTracker.start({ conf, log })).rejects.toMatchObject({
      code: 'BindException',
      message: expect.stringMatching(/ Set mapreduce\.jobtracker\.http\.address to another address$/),
    });
    await expectResources(before);
    await other.stop();
    const file = writeFile(directory, 'a-file', '');
    const bad = conf.clone().set('mapreduce.cluster.local.dir', file);
    await expect(JobTracker.start({ conf: bad, log })).rejects.toMatchObject({
      code: 'DiskErrorException',
      message: expect.stringMatching(/can not be made: (ENOTDIR|EEXIST).*Set mapreduce\.cluster\.local\.dir to a/),
    });
    await expectFree(jobTrackerPort);
  });

  it('closes all the rest when a step of its stop fails', async () => {
    for (let n = 1, steps = n; n <= steps; n++) {
      const before = await openResources();
      const timers = new TimerWatch();
      const planted = failStop(n);
      const jobTracker = await JobTracker.start({ conf, log });
      steps = planted.steps();
      // A tracker has registered and polls when the JobTracker stops.
      const tracker = await TaskTracker.start({ conf, log });
      planted.undo();
      await expect(jobTracker.stop()).rejects.toThrow(`planted in step ${n}`);
      await settled(tracker.stop());
      await expectResources(before);
      await expectFree(jobTrackerPort);
      expect(timers.left).toEqual([]);
      expect(await jobTracker.stopped).toBeUndefined();
      vi.restoreAllMocks();
    }
  });
});

describe('TaskTracker', () => {
  let jobTracker: JobTracker;
  beforeEach(async () => {
    jobTracker = await JobTracker.start({ conf, log });
  });
  afterEach(() => jobTracker.stop());

  it('leaves nothing open when a step of its start fails', async () => {
    const [http, shuffle] = [await freePort(), await freePort()];
    const own = conf.clone().set('mapreduce.tasktracker.http.address', `127.0.0.1:${http}`);
    own.set('mapreduce.shuffle.port', shuffle);
    expect(await startWithFailures(() => TaskTracker.start({ conf: own, log }), [http, shuffle])).toBe(6);
    expect(jobTracker.trackers).toEqual([]);
  });

  it('leaves nothing open when a port is taken or its directory can not be made', async () => {
    const before = await openResources();
    const taken = conf.clone().set('mapreduce.shuffle.port', jobTrackerPort);
    await expect(TaskTracker.start({ conf: taken, log })).rejects.toMatchObject({
      code: 'BindException',
      message: expect.stringMatching(
        new RegExp(`\\[127\\.0\\.0\\.1:${jobTrackerPort}\\] .* Set mapreduce\\.shuffle\\.port to another address$`),
      ),
    });
    const bad = conf.clone().set('mapreduce.cluster.local.dir', writeFile(directory, 'a-file', ''));
    await expect(TaskTracker.start({ conf: bad, log })).rejects.toMatchObject({
      code: 'DiskErrorException',
      message: expect.stringMatching(/ENOTDIR.*Set mapreduce\.cluster\.local\.dir to a directory/),
    });
    await expectResources(before);
  });

  it('closes all the rest, and ends its tasks, when a step of its stop fails', async () => {
    for (let n = 1, steps = n; n <= steps; n++) {
      const own = path.join(directory, `stop-${n}`);
      const { file, started } = waitingJob(own);
      const input = path.dirname(writeFile(own, 'in/a.txt', 'x\n'));
      const { io } = recordConsole();
      const running = runJobFile({ file, conf, args: [input, path.join(own, 'out')], ...io });
      // The job waits, because no tracker runs yet.
      const [job] = await waitForJobs();
      const before = await openResources();
      const timers = new TimerWatch();
      const planted = failStop(n);
      const tracker = await TaskTracker.start({ conf, log });
      planted.undo();
      steps = planted.steps();
      await expect.poll(() => fs.existsSync(started)).toBe(true);
      expect(await openResources()).toHaveProperty('ProcessWrap');
      await expect(tracker.stop()).rejects.toThrow(`planted in step ${n}`);
      await expectResources(before);
      await expectFree(tracker.httpAddress.port);
      await expectFree(tracker.shufflePort);
      // The JobTracker goes on, and so does the client that waits for the job: their timers do not count.
      expect(timers.left.filter((where) => !/\/(jobtracker|submit)\//.test(where))).toEqual([]);
      vi.restoreAllMocks();
      await using service = new RemoteJobService(conf);
      await service.kill(job?.jobId ?? '', 'tester');
      expect(await running).toBe(1);
    }
  }, 120_000);

  /** Waits until one job is in the state RUNNING, and returns it. */
  async function waitForJobs(): Promise<{ jobId: string; state: string }[]> {
    const running = async () => {
      const answer = await fetch(`${jobTracker.url}/jobs`);
      const jobs = (await answer.json()) as { jobId: string; state: string }[];
      return jobs.filter((job) => job.state === 'RUNNING');
    };
    await expect.poll(running).toHaveLength(1);
    return await running();
  }
});

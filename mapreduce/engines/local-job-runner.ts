/** Runs jobs without a cluster. */
import fs from 'node:fs';
import inspector from 'node:inspector';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Configuration } from '../../conf/configuration.ts';
import { silentLogger } from '../../runtime/log.ts';
import { nothing, sleep } from '../../runtime/promises.ts';
import { systemClock, systemRandom } from '../../runtime/runtime.ts';
import type { BlacklistedTracker, QueueStatus } from '../job/cluster-status.ts';
import { COMMIT_WAIT_MS } from '../job/commit-answer.ts';
import type { JobService } from '../job/job-service.ts';
import type {
  AttemptStatus,
  JobPriority,
  JobStatus,
  JobSubmission,
  NewJob,
  TaskLaunch,
  TaskReport,
  TrackerRegistration,
} from '../job/messages.ts';
import { PROFILE_NAME } from '../job/profile-choice.ts';
import { JobMaster } from '../jobtracker/master/job-master.ts';
import { TaskRunner } from '../task/task-runner.ts';
import { InlineRunner } from './inline-runner.ts';

const TRACKER_ID = 'tracker_local';
const WAIT_MS = 20_000;
const SLOWSTART = 'mapreduce.job.reduce.slowstart.completedmaps';

/**
 * Uses the JobTracker's own JobMaster, and runs the same tasks in processes on all cores. Under a debugger, and if the
 * configuration allows one map at a time, the tasks run in this process.
 */
export class LocalJobRunner implements JobService {
  readonly #master: JobMaster;
  readonly #runner: TaskRunner | InlineRunner;
  readonly #isInline: boolean;

  constructor(conf: Configuration) {
    const unique = systemRandom.nextInt(2 ** 31);
    const directory = path.join(conf.get('mapreduce.cluster.local.dir'), `local-${unique}`);
    const mapSlots = conf.get('mapreduce.local.map.tasks.maximum') || os.availableParallelism();
    const reduceSlots = conf.get('mapreduce.local.reduce.tasks.maximum') || os.availableParallelism();
    const inline = mapSlots === 1 || inspector.url() !== undefined;
    this.#isInline = inline;
    this.#master = new JobMaster({
      conf,
      clock: systemClock,
      log: silentLogger,
      trackersExpire: false,
      identifier: `local${unique}`,
      // waitForChange() throws the bug to the caller that waits for a job.
      onBug: nothing,
      // After the step of the scheduler that sent the action: a report of the runner is a step of its own.
      tell: (_trackerId, action) => queueMicrotask(() => this.#runner.handle(action)),
    });
    const events = {
      report: (report: TaskReport) => this.#master.happened({ kind: 'report', trackerId: TRACKER_ID, report }),
      mayCommit: (attemptId: string) => this.#mayCommit(attemptId),
    };
    this.#runner = inline
      ? new InlineRunner({ conf, directory, ...events })
      : new TaskRunner({ conf, directory, clock: systemClock, log: silentLogger, jobToken: () => '', ...events });
    this.#master.step({
      kind: 'register',
      tracker: {
        trackerId: TRACKER_ID,
        host: 'localhost',
        shuffleUrl: pathToFileURL(directory).href,
        httpUrl: '',
        mapSlots: inline ? 1 : mapSlots,
        reduceSlots: inline ? 1 : reduceSlots,
      },
    });
  }

  async #mayCommit(attemptId: string): Promise<boolean> {
    for (;;) {
      const answer = await this.#master.mayCommit(attemptId);
      if (answer !== 'WAIT') return answer === 'YES';
      await sleep(COMMIT_WAIT_MS);
    }
  }

  trackingUrl(): string {
    return 'http://localhost:8080/';
  }

  async newJob(user: string): Promise<NewJob> {
    return this.#master.newJob(user);
  }

  async submit(submission: JobSubmission): Promise<void> {
    // Attempts run one after the other: a reduce that waited for maps would wait for ever.
    const inline = { [SLOWSTART]: '1' };
    await this.#master.submit(this.#isInline ? { ...submission, conf: { ...submission.conf, ...inline } } : submission);
  }

  async status(jobId: string): Promise<JobStatus | undefined> {
    return this.#master.status(jobId);
  }

  async waitForChange(jobId: string, version: number): Promise<JobStatus | undefined> {
    return await this.#master.waitForChange(jobId, version, WAIT_MS);
  }

  async attempts(jobId: string): Promise<readonly AttemptStatus[]> {
    return this.#master.attempts(jobId);
  }

  async list(which: 'all' | 'running' = 'all'): Promise<readonly JobStatus[]> {
    const jobs = this.#master.jobs();
    return which === 'all' ? jobs : jobs.filter((job) => job.finishTimeMs === 0);
  }

  async trackers(): Promise<readonly TrackerRegistration[]> {
    return this.#master.trackers;
  }

  async kill(jobId: string): Promise<void> {
    await this.#master.kill(jobId, 'Job killed');
  }

  async setPriority(jobId: string, priority: JobPriority): Promise<void> {
    await this.#master.setPriority(jobId, priority);
  }

  async endTask(attemptId: string, how: 'KILL' | 'FAIL', user: string): Promise<boolean> {
    return this.#master.endTask(attemptId, how, user);
  }

  async conf(jobId: string): Promise<Readonly<Record<string, string>> | undefined> {
    return this.#master.confOf(jobId);
  }

  async launchOf(attemptId: string): Promise<TaskLaunch | undefined> {
    return this.#master.launchOf(attemptId);
  }

  async profile({ attemptId }: AttemptStatus): Promise<Uint8Array | undefined> {
    const file = path.join(this.#runner.logDirectory(attemptId), PROFILE_NAME);
    return fs.existsSync(file) ? await fs.promises.readFile(file) : undefined;
  }

  async blacklisted(): Promise<readonly BlacklistedTracker[]> {
    return this.#master.blacklisted();
  }

  async queues(): Promise<readonly QueueStatus[]> {
    return this.#master.queues();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#master.stop();
    await this.#runner.stop();
  }
}

/** Runs the attempts of a TaskTracker. */
import fs from 'node:fs';
import path from 'node:path';
import { Configuration } from '../../conf/configuration.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Clock } from '../../runtime/runtime.ts';
import { JobCaches } from '../cache/job-caches.ts';
import { type LocalEntry, removeWorkingDirectory } from '../cache/working-directory.ts';
import { taskLimits } from '../containment/task-limits.ts';
import { splitName } from '../job/input-split.ts';
import { toTaskError } from '../job/job-errors.ts';
import { parseAttemptId } from '../job/job-id.ts';
import type { SucceededReport, TaskLaunch, TaskReport, TrackerAction, TrackerInventory } from '../job/messages.ts';
import { isProfiled, PROFILE_NAME } from '../job/profile-choice.ts';
import type { LogOwner } from '../logs/gathered-logs.ts';
import { AttemptWatch, type RunningAttempt } from './attempt-watch.ts';
import type { TaskOrder } from './run-task.ts';
import { SignsOfLife } from './signs-of-life.ts';
import { TaskPool } from './task-pool.ts';

export interface TaskRunnerOptions {
  readonly conf: Configuration;
  /** Directory for the jobs' files; it is emptied at the start. */
  readonly directory: string;
  /** Directory for the logs, which outlives the runner; default: one within `directory`. */
  readonly logs?: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Returns the token by which the job's tasks fetch map outputs. */
  jobToken(jobId: string): string;
  report(report: TaskReport): void;
  /** Returns the reason why no task can use the directory; undefined if tasks can. */
  problem?(): string | undefined;
  mayCommit(attemptId: string): Promise<boolean>;
  /** Keeps the logs of a job that has ended, which are in a directory with one directory for each attempt. */
  keepLogs?(owner: LogOwner, directory: string): Promise<void>;
}

/** Carries out the JobTracker's actions: runs attempts in processes, kills those that hang, deletes the files of ended jobs. */
export class TaskRunner {
  readonly #o: TaskRunnerOptions;
  readonly #pool: TaskPool;
  readonly #running: AttemptWatch;
  /** Attempts that wait for the files of their job's cache, with the id of the job. */
  readonly #waiting = new Map<string, string>();
  readonly #caches: JobCaches;
  /** By job whose end was not told yet: the last reports of attempts that have succeeded. */
  readonly #succeeded = new Map<string, Map<string, SucceededReport>>();
  /** The users of the jobs that have run here and have not ended, by job. */
  readonly #users = new Map<string, string>();
  readonly #ending = new Set<Promise<void>>();

  constructor(options: TaskRunnerOptions) {
    this.#o = options;
    this.#pool = new TaskPool(taskLimits(options.conf, 'MAP').heapMib);
    this.#caches = new JobCaches((jobId) => this.jobDirectory(jobId));
    this.#running = new AttemptWatch({
      ...{ clock: options.clock, log: options.log },
      jobDirectory: (jobId) => this.jobDirectory(jobId),
      fail: ({ attemptId, process, split }, message, fatal) => {
        const error = { message, ...(split ? { split } : {}) };
        this.#o.report({ kind: 'failed', attemptId, error, ...(fatal ? { fatal } : {}) });
        // The attempt has its end already: the JobTracker ignores the report of the kill.
        void process.kill();
      },
    });
    fs.rmSync(options.directory, { recursive: true, force: true });
    // Map outputs and logs are for no other user of the machine.
    fs.mkdirSync(options.directory, { recursive: true, mode: 0o700 });
    if (options.logs) fs.mkdirSync(options.logs, { recursive: true, mode: 0o700 });
  }

  /** Returns the directory of a job; it holds a directory for each attempt. */
  jobDirectory(jobId: string): string {
    return path.join(this.#o.directory, jobId);
  }

  /** Returns the directory for an attempt's output, `<logs>/<job>/<attempt>`. It outlives the job. */
  logDirectory(attemptId: string): string {
    return path.join(this.#jobLogs(parseAttemptId(attemptId)?.jobId ?? 'unknown'), attemptId);
  }

  handle(action: TrackerAction): void {
    switch (action.kind) {
      case 'prepare':
        this.#pool.prepare();
        break;
      case 'launch':
        try {
          this.#launch(action.launch);
        } catch (e) {
          // The attempt must end even if the job's configuration is wrong: nothing else would tell the JobTracker.
          this.#report({ kind: 'failed', attemptId: action.launch.attemptId, error: toTaskError(e) });
        }
        break;
      case 'kill':
        if (this.#waiting.delete(action.attemptId)) this.#report({ kind: 'killed', attemptId: action.attemptId });
        void this.#running.get(action.attemptId)?.process.kill();
        break;
      case 'mapOutputs':
        for (const process of this.#pool.processesOf(action.jobId)) {
          process.addMapOutputs(action.outputs, action.obsolete ?? []);
        }
        break;
      case 'endJob':
        this.#endLater(action.jobId);
        break;
      case 'reset':
        this.#keepOnly(new Set(action.attempts), new Set(action.jobs));
        break;
    }
  }

  /** Returns the attempts that run, and the reports of those that have succeeded: a JobTracker that is new is told of them. */
  inventory(): TrackerInventory {
    const succeeded = [...this.#succeeded.values()].flatMap((reports) => [...reports.values()]);
    return { running: [...this.#running.ids, ...this.#waiting.keys()], succeeded };
  }

  #keepOnly(attempts: ReadonlySet<string>, jobs: ReadonlySet<string>): void {
    for (const attemptId of [...this.#running.ids, ...this.#waiting.keys()]) {
      if (!attempts.has(attemptId)) this.handle({ kind: 'kill', attemptId });
    }
    for (const jobId of this.#succeeded.keys()) if (!jobs.has(jobId)) this.#endLater(jobId);
  }

  async stop(): Promise<void> {
    this.#running.stop();
    const jobs = new Set(this.#waiting.values());
    this.#waiting.clear();
    await this.#pool.stop();
    await Promise.all([...jobs].map((jobId) => this.#caches.forget(jobId)));
    await Promise.all(this.#ending);
    await fs.promises.rm(this.#o.directory, { recursive: true, force: true });
  }

  #launch(launch: TaskLaunch): void {
    if (!this.#succeeded.has(launch.job.jobId)) this.#succeeded.set(launch.job.jobId, new Map());
    const conf = { ...Object.fromEntries(this.#o.conf.entries()), ...launch.job.conf };
    const settings = new Configuration(conf);
    const bringing = this.#caches.of(launch.job, settings);
    if (bringing) void this.#startWith(bringing, launch, conf, settings);
    else this.#start(launch, conf, settings, []);
  }

  /** Starts an attempt when the files of its job's cache are here, unless it was killed meanwhile. */
  async #startWith(
    bringing: Promise<readonly LocalEntry[]>,
    launch: TaskLaunch,
    conf: TaskOrder['conf'],
    settings: Configuration,
  ): Promise<void> {
    const { attemptId, job } = launch;
    this.#waiting.set(attemptId, job.jobId);
    try {
      const cache = await bringing;
      if (this.#waiting.delete(attemptId)) this.#start(launch, conf, settings, cache);
    } catch (e) {
      if (this.#waiting.delete(attemptId)) this.#report({ kind: 'failed', attemptId, error: toTaskError(e) });
    }
  }

  #start(launch: TaskLaunch, conf: TaskOrder['conf'], settings: Configuration, cache: readonly LocalEntry[]): void {
    const { attemptId, job } = launch;
    const { clock, log } = this.#o;
    this.#users.set(job.jobId, job.user);
    const limits = taskLimits(settings, launch.kind);
    const patience = {
      timeoutMs: settings.get('mapreduce.task.timeout'),
      busyTimeoutMs: settings.get('calf.task.busy.timeout'),
    };
    const process = this.#pool.take(job.jobId, limits.heapMib);
    const life = new SignsOfLife(patience, clock.monotonicMs());
    const split = launch.split && splitName(launch.split);
    const running = { attemptId, jobId: job.jobId, process, split, life, limits, isAsking: false };
    this.#running.add(running);
    log.debug({ attemptId }, 'Task starts');
    const order = {
      launch,
      conf,
      jobDirectory: this.jobDirectory(job.jobId),
      jobToken: this.#o.jobToken(job.jobId),
      cache,
      logBytes: limits.logBytes,
      ...(isProfiled(settings, launch.kind, launch.index)
        ? { profile: path.join(this.logDirectory(attemptId), PROFILE_NAME) }
        : {}),
    };
    process.run(order, this.logDirectory(attemptId), {
      report: (report) => {
        running.life.reported(clock.monotonicMs());
        if (report.kind === 'succeeded') this.#succeeded.get(job.jobId)?.set(attemptId, report);
        if (report.kind === 'succeeded' || report.kind === 'failed' || report.kind === 'killed') {
          this.#running.delete(attemptId);
          void this.#release(running, report.kind === 'succeeded');
        }
        this.#report(report.kind === 'failed' && split ? withSplit(report, split) : report);
      },
      mayCommit: (id) => this.#mayCommit(id, running),
    });
  }

  /** Adds to a failure the problem of this tracker's disk, if it has one: its message alone names neither place nor cure. */
  #report(report: TaskReport): void {
    const problem = report.kind === 'failed' ? this.#o.problem?.() : undefined;
    if (report.kind !== 'failed' || problem === undefined) {
      this.#o.report(report);
      return;
    }
    const error = { ...report.error, message: `${report.error.message}\n${problem}` };
    this.#o.report({ ...report, error, trackerProblem: problem });
  }

  async #mayCommit(attemptId: string, running: RunningAttempt): Promise<boolean> {
    running.isAsking = true;
    try {
      return await this.#o.mayCommit(attemptId);
    } finally {
      running.isAsking = false;
      running.life.reported(this.#o.clock.monotonicMs());
    }
  }

  /** Ends what an attempt has left: its processes, and its working directory. */
  async #release({ attemptId, jobId, process, limits }: RunningAttempt, hasSucceeded: boolean): Promise<void> {
    if (hasSucceeded) await process.endChildren();
    this.#pool.release(jobId, process, hasSucceeded && process.residentBytes() < limits.memoryBytes / 2);
    try {
      await removeWorkingDirectory(path.join(this.jobDirectory(jobId), attemptId));
    } catch (err) {
      this.#o.log.debug({ err, attemptId }, 'A working directory stays until the job ends');
    }
  }

  #endLater(jobId: string): void {
    const ending = this.#endJob(jobId).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  async #endJob(jobId: string): Promise<void> {
    this.#succeeded.delete(jobId);
    for (const [attemptId, waitsFor] of this.#waiting) if (waitsFor === jobId) this.#waiting.delete(attemptId);
    this.#running.endJob(jobId);
    await Promise.all([this.#pool.endJob(jobId), this.#caches.forget(jobId)]);
    const keeping = this.#keepLogs(jobId);
    try {
      await fs.promises.rm(this.jobDirectory(jobId), { recursive: true, force: true });
    } catch (err) {
      this.#o.log.warn({ err, jobId }, 'The files of a job stay behind');
    }
    await keeping;
  }

  /** Has the logs of an ended job kept. They stay here for a while, whether that works or not. */
  async #keepLogs(jobId: string): Promise<void> {
    const user = this.#users.get(jobId);
    this.#users.delete(jobId);
    if (user === undefined || !this.#o.keepLogs) return;
    try {
      await this.#o.keepLogs({ jobId, user }, this.#jobLogs(jobId));
    } catch (err) {
      this.#o.log.warn({ err, jobId }, 'The logs of a job can not be gathered');
    }
  }

  #jobLogs(jobId: string): string {
    return path.join(this.#o.logs ?? path.join(this.#o.directory, 'userlogs'), jobId);
  }
}

/** Names the split in a failure that names no record. */
function withSplit(report: Extract<TaskReport, { kind: 'failed' }>, split: string): TaskReport {
  return report.error.record ? report : { ...report, error: { ...report.error, split } };
}

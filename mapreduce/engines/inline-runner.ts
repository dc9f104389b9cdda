/** Runs tasks in this process, so that a debugger stops in the job's functions. */
import fs from 'node:fs';
import path from 'node:path';
import { Configuration } from '../../conf/configuration.ts';
import { JobCaches } from '../cache/job-caches.ts';
import { removeWorkingDirectory } from '../cache/working-directory.ts';
import { toTaskError } from '../job/job-errors.ts';
import type { TaskLaunch, TaskReport, TrackerAction } from '../job/messages.ts';
import { isProfiled, PROFILE_NAME } from '../job/profile-choice.ts';
import type { MapOutputsListener } from '../shuffle/shuffle.ts';
import { passedTest } from '../skipping/test-attempt.ts';
import { closeFileSystems, runTask } from '../task/run-task.ts';
import type { Umbilical } from '../task/task-run.ts';
import { withoutExit } from './exit-guard.ts';

export interface InlineRunnerOptions {
  readonly conf: Configuration;
  readonly directory: string;
  report(report: TaskReport): void;
  mayCommit(attemptId: string): Promise<boolean>;
}

/** Kills are not carried out: a function that runs in this process can not be ended. */
export class InlineRunner {
  readonly #o: InlineRunnerOptions;
  readonly #listeners = new Map<string, MapOutputsListener>();
  readonly #running = new Set<Promise<void>>();
  readonly #caches: JobCaches;
  /** The attempts so far. Each runs after the one before it, because a process has one working directory. */
  #last: Promise<void> = Promise.resolve();

  constructor(options: InlineRunnerOptions) {
    this.#o = options;
    this.#caches = new JobCaches((jobId) => path.join(options.directory, jobId));
  }

  handle(action: TrackerAction): void {
    if (action.kind === 'mapOutputs') {
      for (const listener of this.#listeners.values()) listener(action.outputs, action.obsolete ?? []);
    }
    if (action.kind !== 'launch') return;
    const { launch } = action;
    const running = this.#last.then(() => this.#run(launch)).finally(() => this.#running.delete(running));
    this.#last = running;
    this.#running.add(running);
  }

  /** Returns the directory for the profile of an attempt. What the attempt prints goes to the output of this process. */
  logDirectory(attemptId: string): string {
    return path.join(this.#o.directory, 'userlogs', attemptId);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#running);
    await closeFileSystems();
    await fs.promises.rm(this.#o.directory, { recursive: true, force: true });
  }

  async #run(launch: TaskLaunch): Promise<void> {
    const { attemptId, job, mapOutputs = [] } = launch;
    const conf = { ...Object.fromEntries(this.#o.conf.entries()), ...job.conf };
    const umbilical: Umbilical = {
      progress: (progress) => this.#o.report({ kind: 'progress', attemptId, progress }),
      setStatus: (status) => this.#o.report({ kind: 'progress', attemptId, progress: 0, status }),
      mapShares: (shares) => this.#o.report({ kind: 'mapShares', attemptId, shares }),
      mayCommit: () => this.#o.mayCommit(attemptId),
      working: async (range) => this.#o.report({ kind: 'progress', attemptId, progress: 0, range }),
      fetchFailed: (mapAttemptId) => this.#o.report({ kind: 'fetchFailed', attemptId, mapAttemptId }),
      onMapOutputs: (listener) => {
        this.#listeners.set(attemptId, listener);
        listener(mapOutputs, []);
      },
    };
    const jobDirectory = path.join(this.#o.directory, job.jobId);
    try {
      const settings = new Configuration(conf);
      const cache = (await this.#caches.of(job, settings)) ?? [];
      const profile = isProfiled(settings, launch.kind, launch.index)
        ? { profile: path.join(this.logDirectory(attemptId), PROFILE_NAME) }
        : {};
      const order = { launch, conf, jobDirectory, jobToken: '', cache, logBytes: 0, ...profile };
      const counters = await withoutExit(attemptId, () => runTask(order, umbilical));
      this.#o.report({ kind: 'succeeded', attemptId, counters });
    } catch (e) {
      this.#o.report({ kind: 'failed', attemptId, error: toTaskError(e), ...passedTest(e) });
    } finally {
      this.#listeners.delete(attemptId);
      await removeWorkingDirectory(path.join(jobDirectory, attemptId));
    }
  }
}

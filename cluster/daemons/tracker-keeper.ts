/** Starts the TaskTrackers of a cluster again when they die: a job's task may end its tracker or fill its memory. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { distProgram } from '../../runtime/dist.ts';
import { isNoSuchFile, messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { Alarm } from '../../runtime/promises.ts';
import { systemClock } from '../../runtime/runtime.ts';
import { daemonState } from './daemon-process.ts';
import { ClusterLayout } from './layout.ts';
import { ProcessControl } from './process-control.ts';
import { RestartPolicy } from './restart-policy.ts';
import { readRunningCluster, writeRunningCluster } from './running-cluster.ts';

const LOOK_MS = 500;
const TRACKER = /^tasktracker(\d+)$/;

/** Starts the process that keeps a cluster's trackers. It ends with the cluster. @returns its process id */
export function spawnKeeper(layout: ClusterLayout): number {
  const log = fs.openSync(layout.logFile('keeper'), 'a');
  try {
    const child = spawn(process.execPath, [distProgram('calf'), 'keep', '--dir', layout.dir], {
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.unref();
    return child.pid ?? 0;
  } finally {
    fs.closeSync(log);
  }
}

/** Keeps the trackers of the cluster in a directory. */
export class TrackerKeeper {
  readonly #layout: ClusterLayout;
  readonly #log: Logger;
  readonly #alarm = new Alarm();
  /** By tracker: its policy, and the process whose death is being dealt with. */
  readonly #policies = new Map<string, RestartPolicy>();
  readonly #dealtWith = new Map<string, number>();
  readonly #due = new Map<string, number>();
  #isStopped = false;

  constructor(dir: string, log: Logger) {
    this.#layout = new ClusterLayout(dir);
    this.#log = log;
  }

  /** Resolves when the cluster has ended, or after stop(). */
  async run(): Promise<void> {
    while (!this.#isStopped) {
      const cluster = readRunningCluster(this.#layout.dir);
      if (!cluster) return;
      for (const [daemon, pid] of Object.entries(cluster.processIds)) {
        if (!TRACKER.test(daemon) || daemonState(daemon, pid) !== 'ended') continue;
        if (!cluster.endedOnPurpose?.includes(daemon) && !this.#hasLeft(daemon)) await this.#deal(daemon, pid);
      }
      await this.#alarm.sleep(LOOK_MS);
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#alarm.ring();
  }

  /** A tracker that stops in order deletes its directory: its end was wanted. */
  #hasLeft(daemon: string): boolean {
    const local = this.#layout.localDir(Number(TRACKER.exec(daemon)?.[1]) - 1);
    try {
      return !fs.readdirSync(local).some((name) => name.startsWith('tracker-'));
    } catch (e) {
      if (isNoSuchFile(e)) return true;
      this.#log.warn({ err: e, directory: path.resolve(local) }, `The end of ${daemon} counts as its death`);
      return false;
    }
  }

  async #deal(daemon: string, pid: number): Promise<void> {
    const now = systemClock.monotonicMs();
    if (this.#dealtWith.get(daemon) !== pid) {
      this.#dealtWith.set(daemon, pid);
      const policy = this.#policies.get(daemon) ?? new RestartPolicy();
      this.#policies.set(daemon, policy);
      this.#decide(daemon, policy, now, `process ${pid} has died`);
    }
    const dueMs = this.#due.get(daemon);
    if (dueMs === undefined || now < dueMs) return;
    this.#due.delete(daemon);
    try {
      await new ProcessControl(this.#layout.dir).start(daemon);
      this.#log.warn({ daemon }, `${daemon} runs again`);
      this.#tell(daemon, (before) => (typeof before === 'number' ? before + 1 : 1));
    } catch (e) {
      const policy = this.#policies.get(daemon) ?? new RestartPolicy();
      this.#decide(daemon, policy, systemClock.monotonicMs(), messageOf(e));
    }
  }

  /** Notes in running.json what `calf status` tells. */
  #tell(daemon: string, next: (before: number | string | undefined) => number | string): void {
    const cluster = readRunningCluster(this.#layout.dir);
    if (!cluster) return;
    const restarts = { ...cluster.restarts, [daemon]: next(cluster.restarts?.[daemon]) };
    writeRunningCluster(this.#layout, { ...cluster, restarts });
  }

  #decide(daemon: string, policy: RestartPolicy, now: number, what: string): void {
    const decision = policy.died(now);
    if (decision.kind === 'start') {
      this.#due.set(daemon, decision.atMs);
      this.#log.warn({ daemon, inMs: decision.atMs - now }, `${daemon} is started again: ${what}`);
    } else {
      this.#log.error({ daemon }, `${daemon} dies again and again and is not started any more: ${what}`);
      this.#tell(daemon, () => `dies again and again and is not started any more: ${what}`);
    }
  }
}

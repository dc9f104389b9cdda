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
import { type RestartLimits, RestartPolicy } from './restart-policy.ts';
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

interface Death {
  readonly policy: RestartPolicy;
  /** The process whose death is being dealt with. */
  pid: number | undefined;
  /** The time of the next start; undefined if none is due. */
  dueMs: number | undefined;
}

/** Keeps the trackers of the cluster in a directory. */
export class TrackerKeeper {
  readonly #layout: ClusterLayout;
  readonly #log: Logger;
  readonly #limits: RestartLimits | undefined;
  readonly #alarm = new Alarm();
  /** The trackers that have died, by their names. */
  readonly #dead = new Map<string, Death>();
  #isStopped = false;

  constructor(dir: string, log: Logger, limits?: RestartLimits) {
    this.#limits = limits;
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
    const death = this.#dead.get(daemon) ?? {
      policy: new RestartPolicy(this.#limits),
      pid: undefined,
      dueMs: undefined,
    };
    this.#dead.set(daemon, death);
    if (death.pid !== pid) {
      death.pid = pid;
      this.#decide(daemon, death, now, `process ${pid} has died`);
    }
    if (death.dueMs === undefined || now < death.dueMs) return;
    death.dueMs = undefined;
    try {
      await new ProcessControl(this.#layout.dir).start(daemon);
      this.#log.warn({ daemon }, `${daemon} runs again`);
      this.#tell(daemon, (before) => (typeof before === 'number' ? before + 1 : 1));
    } catch (e) {
      this.#decide(daemon, death, systemClock.monotonicMs(), messageOf(e));
    }
  }

  /** Notes in running.json what `calf status` tells. */
  #tell(daemon: string, next: (before: number | string | undefined) => number | string): void {
    const cluster = readRunningCluster(this.#layout.dir);
    if (!cluster) return;
    const restarts = { ...cluster.restarts, [daemon]: next(cluster.restarts?.[daemon]) };
    writeRunningCluster(this.#layout, { ...cluster, restarts });
  }

  #decide(daemon: string, death: Death, now: number, what: string): void {
    const decision = death.policy.died(now);
    if (decision.kind === 'start') {
      death.dueMs = decision.atMs;
      this.#log.warn({ daemon, inMs: decision.atMs - now }, `${daemon} is started again: ${what}`);
    } else {
      this.#log.error({ daemon }, `${daemon} dies again and again and is not started any more: ${what}`);
      this.#tell(daemon, () => `dies again and again and is not started any more: ${what}`);
    }
  }
}

// The JobTracker and the TaskTrackers of a seed.

import type { SharedSecret } from '../../runtime/http/shared-secret.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Machine } from '../sim/world/process.ts';
import type { Bundle } from './bundle.ts';
import type { JobProcess, JobWorld } from './world.ts';

/** Short times, so that a seed meets many expiries. */
const PROPERTIES = {
  'fs.defaultFS': 'hdfs://nn',
  'mapreduce.jobtracker.expire.trackers.interval': '10000',
  'mapreduce.task.timeout': '60000',
} as const;

export interface SimTracker {
  readonly name: string;
  readonly machine: Machine;
  process: JobProcess | undefined;
}

export class JobCluster {
  readonly world: JobWorld;
  readonly trackers: SimTracker[];
  readonly jobTracker: JobProcess;
  readonly #bundle: Bundle;
  /** Set by the first event of the JobTracker's process. */
  master!: InstanceType<Bundle['JobMaster']>;

  constructor(world: JobWorld, bundle: Bundle, trackers: number) {
    this.world = world;
    this.#bundle = bundle;
    this.jobTracker = world.startProcess(world.machine('jt'));
    this.jobTracker.after(0, () => this.#startJobTracker());
    this.trackers = Array.from({ length: trackers }, (_, i) => {
      const name = `t${i + 1}`;
      return { name, machine: world.machine(name), process: undefined };
    });
  }

  conf(properties: Readonly<Record<string, string>> = {}) {
    return new this.#bundle.Configuration({ ...PROPERTIES, ...properties });
  }

  #startJobTracker(): void {
    const { jobTracker, world } = this;
    const links = new this.#bundle.TrackerLinks();
    this.master = new this.#bundle.JobMaster({
      conf: this.conf(),
      clock: clockOf(jobTracker),
      log: loggerOf(jobTracker),
      identifier: 1,
      tell: (trackerId, action) => links.tell(trackerId, action),
      keep: async () => undefined,
      onBug: (bug) => world.fail('scheduler-is-sound', bug.message.slice(0, 600)),
    });
    links.addRoutes(world.http.serve(jobTracker) as Parameters<typeof links.addRoutes>[0], this.master);
  }

  /** Starts a tracker that does not run, with an empty directory. */
  startTracker(tracker: SimTracker): void {
    if (tracker.process?.isAlive) return;
    const { world } = this;
    const process = world.startProcess(world.machine(`${tracker.name}/${++this.#runs}`));
    process.machine.clockOffsetMs = tracker.machine.clockOffsetMs;
    tracker.process = process;
    world.mapOutputs.set(process.name, new Set());
    process.after(0, () => this.#runTracker(tracker.name, process));
  }

  #runs = 0;

  #runTracker(name: string, process: JobProcess): void {
    const log = loggerOf(process);
    // Tells of changes as LocalDirectory does, which looks at a real disk.
    let known: string | undefined;
    const problem = (): string | undefined => {
      const before = known;
      known = this.world.behaviour.fullDisks.has(process.name) ? `${name}: the disk is full` : undefined;
      if (known !== before) link.tellHealth(known);
      return known;
    };
    const link = new this.#bundle.JobTrackerLink({
      url: 'http://jt',
      secret: {} as SharedSecret,
      registration: {
        trackerId: `tracker_${name}:8042`,
        host: name,
        shuffleUrl: process.name,
        httpUrl: '',
        mapSlots: 2,
        reduceSlots: 2,
      },
      heartbeatMs: 1000,
      log,
      handle: (action) => runner.handle(action),
    });
    const runner = new this.#bundle.TaskRunner({
      conf: this.conf(),
      directory: '/local',
      clock: clockOf(process),
      log,
      jobToken: () => '',
      report: (report) => link.report(report),
      problem,
      mayCommit: (attemptId) => link.mayCommit(attemptId),
    });
    process.setInterval(problem, 1000);
    link.start().catch((e: unknown) => this.world.breakDown(e));
  }

  killTracker(tracker: SimTracker): void {
    const { process } = tracker;
    if (!process?.isAlive) return;
    this.world.mapOutputs.delete(process.name);
    process.end();
  }

  /** Pauses a whole machine: the tracker and its tasks. */
  pauseTracker({ process }: SimTracker, forMs: number): void {
    process?.pause(forMs);
    for (const child of this.world.children) if (child.tracker === process) child.process.pause(forMs);
  }
}

const clockOf = (process: JobProcess) => ({ now: () => process.now(), monotonicMs: () => process.monotonicMs() });

function loggerOf(process: JobProcess): Logger {
  const at = (level: string) => (facts: { readonly err?: unknown } | string, message?: string) => {
    const { world } = process;
    const err = typeof facts === 'string' ? undefined : facts.err;
    if (err instanceof Error && /not simulated/.test(err.message)) world.breakDown(err);
    else if (err instanceof TypeError || err instanceof RangeError) {
      world.fail('scheduler-is-sound', `${process.name}: ${message}: ${err.stack}`);
    }
    if (world.trace.isOn)
      process.log(level, `${message ?? String(facts)}${err === undefined ? '' : `: ${String(err)}`}`);
  };
  const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'].map((level) => [level, at(level)]);
  return Object.fromEntries(levels) as Logger;
}

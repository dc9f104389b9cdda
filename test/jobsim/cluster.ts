// The JobTracker and the TaskTrackers of a seed.

import type { AttemptStatus, JobStatus, TaskLaunch } from '../../mapreduce/job/messages.ts';
import type { LocalityDelays } from '../../mapreduce/jobtracker/scheduler/locality.ts';
import type { SharedSecret } from '../../runtime/http/shared-secret.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Machine } from '../sim/world/process.ts';
import type { Bundle } from './bundle.ts';
import type { JobProcess, JobWorld } from './world.ts';

const CLIENT_RETRY_MS = 500;
const LOOK_MS = 500;
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
  /** The current run of the JobTracker, or the last one if it is down. */
  jobTracker!: JobProcess;
  readonly delays: LocalityDelays;
  /** Is told of every launch, after the step of the scheduler that decided it. */
  onLaunch: (trackerId: string, launch: TaskLaunch) => void = () => undefined;
  /** Is called twice a second while the JobTracker runs. */
  onLook: () => void = () => undefined;
  readonly #bundle: Bundle;
  #master: InstanceType<Bundle['JobMaster']> | undefined;
  #starts = 0;
  readonly #racks: readonly string[];
  /** The time at which the JobTracker that runs was ready. */
  startedMs = 0;

  constructor(world: JobWorld, bundle: Bundle, trackers: number) {
    this.world = world;
    this.#bundle = bundle;
    const { random } = world;
    this.delays = { nodeMs: random.pick([0, 500, 4000]), rackMs: random.pick([0, 500, 4000]) };
    this.#racks = Array.from({ length: trackers }, () => random.pick(['/r1', '/r2']));
    this.startJobTracker();
    this.trackers = Array.from({ length: trackers }, (_, i) => {
      const name = `t${i + 1}`;
      return { name, machine: world.machine(name), process: undefined };
    });
  }

  /** Returns the rack of a tracker, `/r1` or `/r2`. */
  rackOf(name: string): string {
    return this.#racks[Number(name.slice(1)) - 1] ?? '/default-rack';
  }

  conf(properties: Readonly<Record<string, string>> = {}) {
    const delays = {
      'yarn.scheduler.fair.locality-delay-node-ms': String(this.delays.nodeMs),
      'yarn.scheduler.fair.locality-delay-rack-ms': String(this.delays.rackMs),
    };
    return new this.#bundle.Configuration({ ...PROPERTIES, ...delays, ...properties });
  }

  get isUp(): boolean {
    return this.#master !== undefined;
  }

  /** The JobTracker's master. @throws Error while the JobTracker is down */
  get master(): InstanceType<Bundle['JobMaster']> {
    if (!this.#master) throw new Error('the JobTracker is down');
    return this.#master;
  }

  /** Returns what the JobTracker or its history says of a job. */
  status(jobId: string): JobStatus | undefined {
    return this.#master?.status(jobId) ?? this.world.disk.ended.get(jobId)?.status;
  }

  attempts(jobId: string): readonly AttemptStatus[] {
    const live = this.#master?.attempts(jobId) ?? [];
    return live.length > 0 ? live : (this.world.disk.ended.get(jobId)?.attempts ?? []);
  }

  /** Starts a JobTracker that does not run. It goes on with the jobs that the last one has left. */
  startJobTracker(): void {
    const { world } = this;
    if (this.#starts > 0 && this.jobTracker.isAlive) return;
    const start = ++this.#starts;
    const process = world.startProcess(world.machine(`jt${start === 1 ? '' : start}`));
    if (start > 1) process.machine.clockOffsetMs = this.jobTracker.machine.clockOffsetMs;
    this.jobTracker = process;
    world.jobTracker = process;
    process.after(0, () => {
      this.#runJobTracker(process, start).catch((e: unknown) => world.breakDown(e));
    });
  }

  /** Ends the JobTracker's process, and loses what its disk has not got. */
  killJobTracker(): void {
    this.jobTracker.end();
    this.#master = undefined;
    this.world.disk.crash();
  }

  /** Runs the action of a client at the JobTracker, when it is up. */
  atJobTracker(delayMs: number, run: (master: InstanceType<Bundle['JobMaster']>) => void): void {
    this.world.scheduler.after(delayMs, () => {
      let isDone = false;
      this.jobTracker.after(0, () => {
        if (!this.#master) return;
        isDone = true;
        run(this.#master);
      });
      this.world.scheduler.after(CLIENT_RETRY_MS, () => {
        if (!isDone && !this.world.isBroken) this.atJobTracker(0, run);
      });
    });
  }

  async #runJobTracker(process: JobProcess, start: number): Promise<void> {
    const { world } = this;
    const links = new this.#bundle.TrackerLinks();
    const master = new this.#bundle.JobMaster({
      conf: this.conf(),
      clock: clockOf(process),
      log: loggerOf(process),
      identifier: start,
      tell: (trackerId, action) => {
        links.tell(trackerId, action);
        if (action.kind === 'launch') this.onLaunch(trackerId, action.launch);
      },
      disconnected: () => links.disconnected(),
      racks: { of: ({ host }) => this.rackOf(host) },
      facts: world.disk.storeOf(process),
      keep: ({ status, attempts }) => world.disk.keep(process, status, attempts),
      onBug: (bug) => world.fail('scheduler-is-sound', bug.message.slice(0, 600)),
    });
    const left = world.disk.left();
    if (left.length > 0) world.coverage.hit('jobs recovered');
    await master.recover(left);
    this.#master = master;
    this.startedMs = world.nowMs;
    process.setInterval(() => this.onLook(), LOOK_MS);
    links.addRoutes(world.http.serve(process) as Parameters<typeof links.addRoutes>[0], master);
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
      inventory: () => runner.inventory(),
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

// Runs one seed: builds its cluster, its jobs and its faults, and checks the result.
import type { Bundle } from './bundle.ts';
import { JobChecker } from './checker.ts';
import { JobCluster } from './cluster.ts';
import { SimJobDisk } from './facts.ts';
import { JobFaults } from './faults.ts';
import { SimHttp } from './http.ts';
import { SimJobs } from './jobs.ts';
import { watchLocality } from './locality.ts';
import { JobFileSystem } from './model-file-system.ts';
import type { Violation } from './promises.ts';
import { JobWorld } from './world.ts';

export interface SeedResult {
  readonly seed: number;
  /** First violation of the run; undefined if every promise held. */
  readonly violation: Violation | undefined;
  readonly trace: readonly string[];
  readonly digest: string;
  readonly coverage: readonly (readonly [string, number])[];
  readonly events: number;
  readonly simulatedMs: number;
  readonly faults: number;
  readonly jobs: number;
}

const EVENTS_MAX = 300_000;
/** Time that jobs have to end when the faults are over. */
const LIMIT_MS = 15 * 60_000;
/** Time in which late attempts, calls on their way and copies of messages arrive. */
const SETTLE_MS = 90_000;

/** Runs one seed to its final check. @throws an error of the simulator itself */
export async function runSeed(seed: number, bundle: Bundle, traceLinesMax = 0): Promise<SeedResult> {
  const world = new JobWorld(bundle.slot, seed, traceLinesMax);
  const { random, scheduler } = world;
  world.files = new JobFileSystem(world, bundle);
  world.http = new SimHttp(world, bundle);
  world.disk = new SimJobDisk(world);
  const cluster = new JobCluster(world, bundle, random.between(2, 4));
  const faults = new JobFaults(cluster);
  const jobs = new SimJobs(cluster, random.between(1, 4));
  const checker = new JobChecker(cluster, jobs, faults);
  watchLocality(cluster, jobs, faults);
  const isBroken = (): boolean => {
    if (scheduler.eventsRun > EVENTS_MAX) world.fail('jobs-end', `more than ${EVENTS_MAX} events`);
    return world.isBroken;
  };
  const workMs = 5000 + random.next() * 40_000;
  for (const tracker of cluster.trackers) scheduler.after(random.next() * 500, () => cluster.startTracker(tracker));
  scheduler.after(100, () => {
    jobs.start(workMs / 2);
    faults.start();
  });
  await scheduler.runUntil(workMs, isBroken);
  faults.stop();
  await scheduler.runUntil(workMs + LIMIT_MS, () => isBroken() || jobs.areOver);
  await scheduler.runUntil(scheduler.nowMs + SETTLE_MS, isBroken);
  if (!world.isBroken) checker.atEnd();
  if (world.harnessError) throw world.harnessError;
  return {
    seed,
    violation: world.violation,
    trace: world.trace.lines,
    digest: world.trace.digest(),
    coverage: [...world.coverage.counts],
    events: scheduler.eventsRun,
    simulatedMs: scheduler.nowMs,
    faults: world.faults,
    jobs: jobs.all.length,
  };
}

// Runs one seed: builds its cluster, its clients and its faults, and checks the result.
import { Actor, type OperationWeights } from './actors/actor.ts';
import { startBalancer } from './actors/balancer-actor.ts';
import { FileOperations } from './actors/file-operations.ts';
import type { Bundle } from './bundle/bundle.ts';
import { checkAtEnd } from './checks/checker.ts';
import { Invariants } from './checks/invariants.ts';
import { Model } from './checks/model.ts';
import { checkRotIsFound } from './checks/rot.ts';
import { Faults } from './faults/faults.ts';
import { Mistake } from './faults/mistakes.ts';
import { OldCopy } from './faults/old-copy.ts';
import { isHistorySeed, runHistory } from './histories/history-run.ts';
import { Cluster, NO_MORE_REPORTS, SCANNED } from './world/cluster.ts';
import type { Coverage } from './world/coverage.ts';
import { Knobs, OF_LEASES } from './world/knobs.ts';
import type { Machine } from './world/process.ts';
import type { Violation } from './world/promises.ts';
import { SimRandom } from './world/random.ts';
import { World } from './world/world.ts';

export interface SeedResult {
  readonly seed: number;
  /** First violation of the run; undefined if every promise held. */
  readonly violation: Violation | undefined;
  /** Last lines of the trace. */
  readonly trace: readonly string[];
  readonly digest: string;
  readonly coverage: Coverage;
  readonly events: number;
  readonly simulatedMs: number;
  readonly faults: number;
  readonly bytesVerified: number;
  /** Calls of a history that was checked. */
  readonly callsChecked: number;
  /** Calls and steps that were measured while no fault was active. */
  readonly callsTimed: number;
}

export interface SeedOptions {
  readonly traceLinesMax?: number;
  /** Whether the trace includes debug messages. This changes no outcome. */
  readonly logsAll?: boolean;
}

/** Returns the limits of a seed: half of the seeds have the usual ones. */
export function knobsOf(seed: number): Knobs {
  const random = new SimRandom(seed + KNOB_STREAM);
  return new Knobs(random.chance(0.5) ? random : undefined, isHistorySeed(seed) ? OF_LEASES : []);
}

const START_MS = 1000;
/** Added to a seed, it begins a second stream of random numbers: draws from it leave those of `random` as they were. */
const OWN_STREAM = 2 ** 40;
/** The same for the limits inside the programs. */
const KNOB_STREAM = 2 ** 41;
/** The same for the mistakes of administrators. */
const MISTAKE_STREAM = 2 ** 42;
const EVENTS_MAX = 100_000;
/** The coverage counts the times that clusters take to heal in steps of this many seconds. */
const HEAL_BUCKET_S = 20;

/** Runs one seed from a new cluster to the final check. @throws an error of the simulator itself */
export async function runSeed(seed: number, bundle: Bundle, options: SeedOptions = {}): Promise<SeedResult> {
  if (isHistorySeed(seed)) return runHistory(seed, bundle, knobsOf(seed), options);
  const world = new World(bundle.slot, options.traceLinesMax ?? 0, new SimRandom(seed));
  world.logsAll = options.logsAll ?? false;
  const { random, scheduler } = world;
  const own = new SimRandom(seed + OWN_STREAM);
  world.knobs = knobsOf(seed);
  const mistake = Mistake.draw(new SimRandom(seed + MISTAKE_STREAM));
  const cluster = new Cluster(world, bundle, {
    datanodes: random.chance(0.3) ? 3 : 4,
    clients: random.between(1, 3),
    racks: random.chance(0.4) ? 2 : 1,
    hasLoneRack: own.chance(0.5),
    volumes: random.chance(0.5) ? 2 : 1,
    failedVolumesTolerated: random.chance(0.6) ? undefined : 0,
    properties: { ...(own.chance(0.3) ? NO_MORE_REPORTS : {}), ...world.knobs.properties() },
    nameDirectories: own.chance(0.3) || mistake?.needsTwoDirectories ? 2 : 1,
  });
  const restartsLast = own.chance(0.4);
  const checkerMachine = world.addMachine('checker', '10.0.0.200');
  const model = new Model(world);
  const actors = new Map<Machine, Actor>();
  const meanPauseMs = 50 + random.next() * 400;
  const blockSizeBytes = 1024 * random.between(1, 8);
  const startClient = (machine: Machine): void => {
    const index = cluster.clients.indexOf(machine);
    cluster.startClient(machine, (fs, process) => {
      const operations = new FileOperations(fs, process, model, blockSizeBytes);
      const actor = new Actor({ model, operations, index, weights, meanPauseMs });
      actors.set(machine, actor);
      actor.run().catch((e: unknown) => world.breakDown(e));
    });
  };
  const faults = new Faults(cluster, model, startClient, { mistake });
  const invariants = new Invariants(cluster, model, faults.mayDestroy);
  const hasScanner = faults.mayRot && own.chance(0.5);
  if (hasScanner) cluster.configure(SCANNED);
  const oldCopy = new OldCopy(cluster, model);
  if (own.chance(0.15)) scheduler.after(START_MS + own.next() * 8000, () => oldCopy.take());
  const weights = chooseWeights(world, faults);
  const balances = random.chance(0.3);
  cluster.start(cluster.namenode);
  for (const machine of cluster.datanodes) cluster.start(machine);
  scheduler.after(START_MS, () => {
    for (const machine of cluster.clients) startClient(machine);
    if (balances) startBalancer(cluster, bundle);
    faults.start();
  });
  const workMs = START_MS + 3000 + random.next() * 9000;
  const isBroken = (): boolean => {
    if (scheduler.eventsRun > EVENTS_MAX) world.fail('loops-wait', `more than ${EVENTS_MAX} events`);
    return world.isBroken;
  };
  await scheduler.runUntil(workMs, isBroken);
  faults.stop();
  for (const actor of actors.values()) actor.isStopping = true;
  const allIdle = (): boolean => [...actors.values()].every((a) => a.isIdle || !a.process.isAlive);
  await scheduler.runUntil(workMs + 20_000, () => isBroken() || allIdle());
  // Ends clients whose writers still wait: the final check expects their files to be recovered.
  for (const machine of cluster.clients) machine.process?.end();
  if (restartsLast) faults.restartNamenode();
  if (balances) world.machines.find((m) => m.name === 'balancer')?.process?.end();
  await mistake?.check(isBroken);
  await oldCopy.restore(checkerMachine, invariants, isBroken);
  const overMs = scheduler.nowMs;
  await checkAtEnd(cluster, model, checkerMachine, isBroken);
  // Nobody reads the replicas of files that the old copy does not have.
  const rotten = cluster.hasOldCopy ? [] : faults.rottenFiles;
  await checkRotIsFound(cluster, model, rotten, hasScanner, isBroken);
  invariants.checkDisks((replica) => faults.isDamaged(replica.file));
  world.coverage.hit(`heal within ${HEAL_BUCKET_S * Math.ceil((scheduler.nowMs - overMs) / 1000 / HEAL_BUCKET_S)} s`);
  const result = {
    seed,
    violation: world.outcome(),
    trace: world.trace.lines,
    digest: world.trace.digest(),
    coverage: world.coverage,
    events: scheduler.eventsRun,
    simulatedMs: scheduler.nowMs,
    faults: faults.injected,
    bytesVerified: model.bytesVerified,
    callsChecked: 0,
    callsTimed: world.latency.measured,
  };
  cluster.end();
  return result;
}

/**
 * Draws how often each operation is chosen. With rotten bytes, closed files are not changed: a replica is not verified
 * before an append, and when the other DataNodes then leave the pipeline, only the rotten replica has the new
 * generation, as in Hadoop. With a loss of power of all DataNodes, no file is truncated: a truncate rewrites the last
 * checksum of every replica at the same time, as in Hadoop.
 */
function chooseWeights(world: World, { mayRot, mayLoseAll }: Faults): OperationWeights {
  const { random } = world;
  const some = (most: number): number => (random.chance(0.7) ? random.next() * most : 0);
  return {
    write: 3,
    append: mayRot ? 0 : some(3),
    truncate: mayRot || mayLoseAll ? 0 : some(1.5),
    read: 1 + some(4),
    rename: some(1),
    delete: some(0.7),
    setReplication: some(0.7),
    setAttribute: some(1.5),
    look: some(0.7),
    list: some(0.5),
    recoverLease: some(1),
  };
}

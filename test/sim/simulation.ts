import { Actor, type OperationWeights } from './actor.ts';
import type { Bundle } from './bundle.ts';
import { FinalCheck, SETTLE_MS_MAX } from './checker.ts';
import { Cluster } from './cluster.ts';
import type { Coverage } from './coverage.ts';
import { Faults } from './faults.ts';
import { Invariants } from './invariants.ts';
import { Model } from './model.ts';
import type { Machine } from './process.ts';
import { World } from './world.ts';

export interface SeedResult {
  readonly seed: number;
  /** What was found broken. */
  readonly failure: string | undefined;
  /** The last lines of what happened. */
  readonly trace: readonly string[];
  readonly digest: string;
  readonly coverage: Coverage;
  readonly events: number;
  readonly simulatedMs: number;
  readonly faults: number;
  readonly bytesVerified: number;
}

export interface SeedOptions {
  readonly traceLinesMax?: number;
  /** Log what is for debugging too; it changes no outcome. */
  readonly logsAll?: boolean;
}

const START_MS = 1000;
const EVENTS_MAX = 100_000;

/** Runs one seed from a fresh cluster to its final check. */
export async function runSeed(seed: number, bundle: Bundle, options: SeedOptions = {}): Promise<SeedResult> {
  const world = new World(seed, bundle.slot, options.traceLinesMax ?? 0);
  world.logsAll = options.logsAll ?? false;
  const { random, scheduler } = world;
  const cluster = new Cluster(world, bundle, {
    datanodes: random.chance(0.3) ? 3 : 4,
    clients: random.between(1, 3),
    racks: random.chance(0.4) ? 2 : 1,
  });
  const checkerMachine = world.addMachine('checker', '10.0.0.200');
  const model = new Model(world);
  const invariants = new Invariants(cluster);
  const actors = new Map<Machine, Actor>();
  const meanPauseMs = 50 + random.next() * 400;
  const blockSizeBytes = 1024 * random.between(1, 8);
  const startClient = (machine: Machine): void => {
    const index = cluster.clients.indexOf(machine);
    cluster.startClient(machine, (fs, process) => {
      const actor = new Actor({ cluster, model, fs, process, index, weights, meanPauseMs, blockSizeBytes });
      actors.set(machine, actor);
      void actor.run();
    });
  };
  const faults = new Faults(cluster, model, startClient);
  const weights = chooseWeights(world, faults);
  cluster.start(cluster.namenode);
  for (const machine of cluster.datanodes) cluster.start(machine);
  scheduler.after(START_MS, () => {
    for (const machine of cluster.clients) startClient(machine);
    faults.start();
  });
  const workMs = START_MS + 3000 + random.next() * 9000;
  const isBroken = (): boolean => {
    if (scheduler.eventsRun > EVENTS_MAX) world.fail(`more than ${EVENTS_MAX} events`);
    return world.failure !== undefined;
  };
  await scheduler.runUntil(workMs, isBroken);
  faults.stop();
  for (const actor of actors.values()) actor.isStopping = true;
  const allIdle = (): boolean => [...actors.values()].every((a) => a.isIdle || !a.process.isAlive);
  await scheduler.runUntil(workMs + 20_000, () => isBroken() || allIdle());
  // Writers that still wait are gone for good: their files are recovered.
  for (const machine of cluster.clients) machine.process?.end();
  const check = await checkAtEnd(cluster, model, checkerMachine, isBroken);
  if (!check.isDone) {
    world.fail(`after ${SETTLE_MS_MAX / 1000} s without faults the cluster still waits for ${check.waitsFor}`);
  }
  invariants.checkDisks((replica) => faults.isDamaged(replica.file));
  const result = {
    seed,
    failure: world.failure?.message,
    trace: world.trace.lines,
    digest: world.trace.digest(),
    coverage: world.coverage,
    events: scheduler.eventsRun,
    simulatedMs: scheduler.nowMs,
    faults: faults.injected,
    bytesVerified: model.bytesVerified,
  };
  cluster.end();
  return result;
}

async function checkAtEnd(
  cluster: Cluster,
  model: Model,
  machine: Machine,
  isBroken: () => boolean,
): Promise<{ readonly isDone: boolean; readonly waitsFor: string }> {
  const { scheduler } = cluster.world;
  let check: FinalCheck | undefined;
  cluster.startClient(machine, (fs, process) => {
    check = new FinalCheck(cluster, model, fs, process);
    void check.run();
  });
  await scheduler.runUntil(scheduler.nowMs + SETTLE_MS_MAX, () => isBroken() || (check?.isDone ?? false));
  return check ?? { isDone: false, waitsFor: 'the checker' };
}

/**
 * Where bytes rot, no file is changed once it is closed: nothing verifies a replica that is written on, and when the
 * others then leave the pipeline, only the rotten one is of the new generation (as in Hadoop). Where the power of all may
 * fail, no file is cut: a truncate writes over the last checksum of every replica at once (as in Hadoop).
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
    list: some(0.5),
    recoverLease: some(1),
  };
}

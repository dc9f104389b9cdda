/** Runs one seed of histories: clients that work at the same time on the same names, checked for linearizability. */
import type { Bundle } from '../bundle/bundle.ts';
import { Invariants } from '../checks/invariants.ts';
import { Model } from '../checks/model.ts';
import { type FaultName, Faults } from '../faults/faults.ts';
import type { SeedOptions, SeedResult } from '../simulation.ts';
import { Cluster } from '../world/cluster.ts';
import type { Knobs } from '../world/knobs.ts';
import type { Machine } from '../world/process.ts';
import { SimRandom } from '../world/random.ts';
import { World } from '../world/world.ts';
import { History } from './history.ts';
import { HistoryClient } from './history-client.ts';
import { checkHistory } from './linearizability.ts';
import { formattedBy } from './namespace.ts';
import type { Request, User } from './operation.ts';
import { BLOCK_BYTES, OperationDraw, PATHS, TOP } from './operation-draw.ts';
import { SentCalls } from './sent-calls.ts';

/** Every seed that this number divides runs a history; the others write and read files. */
export const SEEDS_APART = 4;
export const isHistorySeed = (seed: number): boolean => seed % SEEDS_APART === 0;

/** Faults that lose, repeat and delay calls, and those that end the NameNode and the clients. */
const HISTORY_FAULTS: readonly FaultName[] = [
  ...(['killNamenode', 'losePowerNamenode', 'killClient', 'pause', 'cutConnection', 'repeatRpc'] as const),
  ...(['partition', 'isolate', 'slowLink', 'slowDisk', 'clockJump'] as const),
];
const SUPERUSER: User = { name: 'sim', groups: ['sim'], isSuperuser: true };
const USERS: readonly User[] = [
  SUPERUSER,
  { name: 'ann', groups: ['sim'], isSuperuser: false },
  { name: 'bob', groups: ['sim'], isSuperuser: false },
];
/** Properties of the clusters of histories: safe mode ends with the last block report, so that clients go on soon. */
const PROPERTIES = { 'dfs.namenode.safemode.extension': '0' };
const START_MS = 1000;
const EVENTS_MAX = 200_000;
/** Times within which the set-up, the last calls under way and the last look at the names must be over. */
const SETUP_MS_MAX = 30_000;
const DRAIN_MS_MAX = 90_000;
const LOOK_MS_MAX = 60_000;

/** Runs one seed, and checks its history. @throws an error of the simulator itself */
export async function runHistory(
  seed: number,
  bundle: Bundle,
  knobs: Knobs,
  options: SeedOptions,
): Promise<SeedResult> {
  const world = new World(bundle.slot, options.traceLinesMax ?? 0, new SimRandom(seed));
  world.logsAll = options.logsAll ?? false;
  world.knobs = knobs;
  const run = new HistoryRun(world, bundle);
  await run.run();
  const { scheduler, coverage, trace } = world;
  const result = {
    seed,
    violation: world.outcome(),
    trace: trace.lines,
    digest: trace.digest(),
    coverage,
    events: scheduler.eventsRun,
    simulatedMs: scheduler.nowMs,
    faults: run.faults.injected,
    bytesVerified: 0,
    callsChecked: run.callsChecked,
    callsTimed: world.latency.measured,
  };
  run.end();
  return result;
}

class HistoryRun {
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #history: History;
  readonly #sent: SentCalls;
  readonly #draw: OperationDraw;
  readonly #clients = new Map<Machine, HistoryClient>();
  readonly #roundMs: number;
  readonly #spreadMs: number;
  readonly faults: Faults;
  callsChecked = 0;

  constructor(world: World, bundle: Bundle) {
    this.#world = world;
    const { random } = world;
    const clients = random.between(3, 5);
    this.#cluster = new Cluster(world, bundle, {
      datanodes: 3,
      clients,
      racks: 1,
      volumes: 1,
      properties: { ...PROPERTIES, ...world.knobs.properties() },
    });
    this.#history = new History(world);
    this.#draw = new OperationDraw(random);
    this.#roundMs = 50 + random.next() ** 2 * 300;
    this.#spreadMs = random.next() * 12;
    const model = new Model(world);
    this.faults = new Faults(this.#cluster, model, (machine) => this.#start(machine), {
      possible: HISTORY_FAULTS,
    });
    this.#sent = new SentCalls(this.#cluster, this.faults);
    new Invariants(this.#cluster, model, true);
  }

  readonly #isBroken = (): boolean => {
    const { scheduler } = this.#world;
    if (scheduler.eventsRun > EVENTS_MAX) this.#world.fail('loops-wait', `more than ${EVENTS_MAX} events`);
    return this.#world.isBroken;
  };

  #until(forMs: number, isDone: () => boolean): Promise<void> {
    const { scheduler } = this.#world;
    return scheduler.runUntil(scheduler.nowMs + forMs, () => this.#isBroken() || isDone());
  }

  async run(): Promise<void> {
    const { random } = this.#world;
    const { namenode, datanodes, clients } = this.#cluster;
    for (const machine of [namenode, ...datanodes]) this.#cluster.start(machine);
    await this.#until(START_MS, () => false);
    await this.#alone('setup', SETUP_MS_MAX, (client) => this.#setUp(client));
    for (const machine of clients) this.#start(machine);
    this.faults.start();
    await this.#until(this.#roundMs * random.between(24, 72), () => false);
    this.faults.stop();
    for (const client of this.#clients.values()) client.isStopping = true;
    const areIdle = (): boolean => [...this.#clients.values()].every((c) => c.isIdle || !c.process.isAlive);
    await this.#until(DRAIN_MS_MAX, areIdle);
    for (const machine of clients) machine.process?.end();
    if (random.chance(0.6)) this.faults.restartNamenode();
    await this.#alone('checker', LOOK_MS_MAX, (client) => this.#look(client));
    if (!this.#world.isBroken) this.#check();
  }

  end(): void {
    this.#cluster.end();
  }

  #start(machine: Machine): void {
    const user = USERS[this.#cluster.clients.indexOf(machine) % USERS.length] ?? SUPERUSER;
    this.#startClient(machine, user, (client) => {
      this.#clients.set(machine, client);
      client.run(this.#roundMs, this.#spreadMs).catch((e: unknown) => this.#world.breakDown(e));
    });
  }

  #startClient(machine: Machine, user: User, main: (client: HistoryClient) => void): void {
    const [history, draw, copies] = [this.#history, this.#draw, this.#sent];
    const program: Parameters<Cluster['startClient']>[1] = (fs, process) =>
      main(new HistoryClient({ fs, process, user, history, draw, copies }));
    this.#cluster.startClient(machine, program, user.name);
  }

  /** Runs a program of the superuser on a machine of its own, and waits for its end. */
  async #alone(name: string, forMs: number, main: (client: HistoryClient) => Promise<void>): Promise<void> {
    const machine = this.#world.addMachine(name, name === 'setup' ? '10.0.0.199' : '10.0.0.200');
    let isDone = false;
    this.#startClient(machine, SUPERUSER, (client) => {
      const finish = (): void => {
        isDone = true;
      };
      main(client).then(finish, (e: unknown) => this.#world.breakDown(e));
    });
    await this.#until(forMs, () => isDone);
    if (!isDone) this.#world.fail('namenode-answers', `${name} waits after ${forMs / 1000} s without faults`);
    machine.process?.end();
  }

  /** Makes the directory of the shared names, and some files with bytes in it. */
  async #setUp(client: HistoryClient): Promise<void> {
    await this.#insist(client, { op: 'mkdirs', path: TOP, permission: 0o755, createParent: true });
    await this.#insist(client, { op: 'setPermission', path: TOP, permission: 0o777 });
    const { random } = this.#world;
    for (const path of PATHS) {
      if (path.split('/').length > 3 || !random.chance(0.3)) continue;
      await this.#insist(client, this.#draw.create(path, random.nextInt(3) * BLOCK_BYTES));
    }
  }

  /** Looks at all names, which shows whether all that was acknowledged has stayed. */
  async #look(client: HistoryClient): Promise<void> {
    for (const path of PATHS) await this.#insist(client, { op: 'stat', path });
    await this.#insist(client, { op: 'list', path: TOP });
  }

  /** Repeats a call until it is answered. */
  async #insist(client: HistoryClient, operation: Request): Promise<void> {
    const pause = (): Promise<void> => new Promise((resolve) => void client.process.after(500, resolve));
    while (!(await client.perform(operation)) && !this.#world.isBroken) await pause();
  }

  #check(): void {
    const { calls } = this.#history;
    const verdict = checkHistory(calls, formattedBy(SUPERUSER.name));
    this.#world.coverage.hit(`histories ${verdict.kind}`);
    if (verdict.kind === 'linearizable') this.callsChecked = calls.length;
    if (verdict.kind === 'not linearizable') this.#world.fail('histories-are-linearizable', verdict.message);
  }
}

// Plays a script on a simulated cluster.
import type { Bundle } from '../bundle/bundle.ts';
import { checkAtEnd } from '../checks/checker.ts';
import { Invariants } from '../checks/invariants.ts';
import { Model } from '../checks/model.ts';
import { type Damage, zeroFile } from '../disk/damage.ts';
import type { TreeNode } from '../disk/disk.ts';
import type { SimSocket } from '../network/socket.ts';
import { Cluster, NO_MORE_REPORTS } from '../world/cluster.ts';
import type { Machine } from '../world/process.ts';
import type { PromiseName, Violation } from '../world/promises.ts';
import { NoRandom, SimRandom } from '../world/random.ts';
import { World } from '../world/world.ts';
import type { Script, Step } from './script.ts';
import { ScriptClients } from './script-clients.ts';
import { ScriptWaits } from './script-waits.ts';

/** A script whose steps are not all done at this simulated time is stuck. */
const SCRIPT_MS_MAX = 300_000;
const CLIENTS = 2;
const BLOCK_SIZE_BYTES = 8192;
const PROGRAMS_SEED = 1;
const NAME_DIRECTORY = '/name';
/** Verbs of the NameNode's disk, whose arguments are no machines. */
const OF_THE_NAMENODE: readonly string[] = ['stall', 'fail', 'zero', 'mend'];

/** Promise that is broken if a client's operation fails or never ends, by operation. */
const OPERATION_PROMISES: Readonly<Record<string, PromiseName>> = {
  put: 'writes-go-on',
  write: 'writes-go-on',
  hflush: 'writes-go-on',
  hsync: 'writes-go-on',
  close: 'writes-go-on',
  rename: 'calls-run-once',
  delete: 'calls-run-once',
  read: 'closed-files-are-readable',
};
/** Promise that is broken if a condition never comes true, by condition. */
const WAIT_PROMISES: Readonly<Record<string, PromiseName>> = {
  up: 'daemons-start',
  exists: 'calls-run-once',
  closed: 'files-get-closed',
  replicas: 'replication-is-restored',
  decommissioned: 'decommissions-end',
};

/**
 * Plays a script, then runs the final check. Returns the first violation, if there is one, and the trace.
 * @throws an error of the simulator or of the script itself
 */
export async function playScript(
  script: Script,
  bundle: Bundle,
  traceLinesMax = 200,
): Promise<{ readonly violation: Violation | undefined; readonly trace: readonly string[] }> {
  const world = new World(bundle.slot, traceLinesMax, new NoRandom(0), new SimRandom(PROGRAMS_SEED));
  world.latency.isOn = false;
  const cluster = new Cluster(world, bundle, {
    ...script.sizes,
    clients: CLIENTS,
    racks: 1,
    properties: NO_MORE_REPORTS,
  });
  const model = new Model(world);
  const invariants = new Invariants(cluster, model, true);
  const checker = world.addMachine('checker', '10.0.0.200');
  const player = new ScriptPlayer(cluster, model, checker);
  const isBroken = (): boolean => world.isBroken;
  let isOver = false;
  player.play(script.steps).then(
    () => {
      isOver = true;
    },
    (e: unknown) => {
      if ((e as { code?: string }).code === undefined) world.breakDown(e);
      else world.fail(player.promise, `${player.at}: ${String(e)}`);
    },
  );
  await world.scheduler.runUntil(SCRIPT_MS_MAX, () => isBroken() || isOver);
  if (!isOver && !world.isBroken) world.fail(player.promise, `stuck at: ${player.at}`);
  cluster.mend();
  for (const machine of cluster.clients) machine.process?.end();
  if (!isBroken()) invariants.checkDisks(() => false);
  if (!isBroken()) await checkAtEnd(cluster, model, checker, isBroken);
  cluster.end();
  return { violation: world.outcome(), trace: world.trace.lines };
}

/**
 * Performs the steps of a script. Machines are `nn`, `dn0`…, `client0`, `client1`, and by their present roles `first`,
 * `middle` and `last` in the newest pipeline, and `sender` and `receiver` of the message that an `upon` waited for.
 *
 *     client0 put /f 1000 [replication=2]    does a step of script-clients.ts
 *     begin client0 rename /a /b             begins a step without waiting; `end client0` waits for its end
 *     kill M   power M…   start M            ends a daemon; cuts the power, so that unsynced bytes are lost; starts it
 *     block A B   unblock                    lets nothing get from A to B; opens every link
 *     exclude [M]                            writes dfs.hosts.exclude, for the next NameNode that starts
 *     empty M                                replaces the disks by empty ones
 *     stall N   fail level N                 has the NameNode's next batch to level wait N ms; has the next N fail
 *     zero PATH   mend PATH                  zeroes a file of the NameNode; puts back what was there
 *     copy   restore                         copies the name directory; ends the NameNode and puts the copy back
 *     upon WORD [from M] STEP                does STEP when a message with WORD is sent, before the message arrives
 *     upon WORD [from M] reset               cuts the connection of a message with WORD, so that it never arrives
 *     wait …                                 waits for a condition of script-waits.ts
 */
class ScriptPlayer {
  readonly #cluster: Cluster;
  readonly #world: World;
  readonly #model: Model;
  readonly #clients: ScriptClients;
  readonly #waits: ScriptWaits;
  readonly #roles = new Map<string, Machine>();
  readonly #begun = new Map<string, { readonly operation: string; readonly ended: Promise<void> }>();
  /** Files that were zeroed. */
  readonly #zeroed = new Map<string, Damage>();
  #upons: { readonly step: Step; readonly word: string; readonly from: string | undefined }[] = [];
  /** The last copy of the name directory, and the number of files that the model had then. */
  #nameCopy: { readonly tree: TreeNode; readonly files: number } | undefined;
  /** The step that is under way, for messages. */
  at = 'the start of the cluster';
  /** Promise that is broken if the step at `at` fails or never ends. */
  promise: PromiseName = 'daemons-start';

  constructor(cluster: Cluster, model: Model, checker: Machine) {
    this.#cluster = cluster;
    this.#world = cluster.world;
    this.#model = model;
    this.#clients = new ScriptClients(cluster, model, BLOCK_SIZE_BYTES);
    this.#waits = new ScriptWaits(cluster, model, checker, () => this.#upons.length === 0);
    this.#world.network.onSent = (socket, bytes) => this.#see(socket, bytes);
    const before = this.#world.onProbe;
    this.#world.onProbe = (process, what, ...facts) => {
      if (what === 'pipeline') this.#noteRoles(facts[1] as PipelineEvent);
      before(process, what, ...facts);
    };
  }

  async play(steps: readonly Step[]): Promise<void> {
    const { namenode, datanodes, clients } = this.#cluster;
    for (const machine of [namenode, ...datanodes]) this.#cluster.start(machine);
    for (const machine of clients) await this.#clients.start(machine);
    await this.#waits.allUp();
    for (const step of steps) {
      this.at = step.text;
      this.promise = this.#promiseOf(step);
      this.#world.note('script', step.text);
      await this.#make(step);
    }
  }

  #promiseOf({ verb, args }: Step): PromiseName {
    const [first = '', second = ''] = args;
    if (verb === 'wait') return WAIT_PROMISES[first] ?? 'scripts-end';
    if (verb === 'end') return OPERATION_PROMISES[this.#begun.get(first)?.operation ?? ''] ?? 'steps-succeed';
    if (verb === 'begin') return OPERATION_PROMISES[second] ?? 'steps-succeed';
    return OPERATION_PROMISES[first] ?? 'steps-succeed';
  }

  async #make(step: Step): Promise<void> {
    const { verb, args } = step;
    const [machine] = this.#cluster.clients.filter((m) => m.name === args[0]);
    if (verb.startsWith('client')) await this.#clients.perform(step);
    else if (verb === 'start' && machine !== undefined) await this.#clients.start(machine);
    else if (verb === 'begin') {
      const [client = '', ...rest] = args;
      const ended = this.#clients.perform({ verb: client, args: rest, text: step.text });
      this.#begun.set(client, { operation: rest[0] ?? '', ended });
    } else if (verb === 'end') await this.#begun.get(args[0] ?? '')?.ended;
    else if (verb === 'wait') {
      await this.#waits.until(args.map((arg) => this.#roles.get(arg)?.name ?? arg));
    } else if (verb === 'upon') {
      const [word = '', ...rest] = args;
      const from = rest[0] === 'from' ? rest.splice(0, 2)[1] : undefined;
      const [then = '', ...thenArgs] = rest;
      this.#upons.push({ word, from, step: { verb: then, args: thenArgs, text: step.text } });
    } else this.#break(step);
  }

  #break({ verb, args, text }: Step): void {
    const machines = OF_THE_NAMENODE.includes(verb) ? [] : args.map((name) => this.#machine(name));
    const [machine, other] = machines;
    if (verb === 'unblock') this.#cluster.openLinks();
    else if (verb === 'exclude') this.#cluster.exclude(machines);
    else if (verb === 'copy') this.#copy();
    else if (verb === 'restore') this.#restore();
    else if (verb === 'stall') this.#cluster.namenode.disk.stallMs = Number(args[0]);
    else if (verb === 'fail') this.#cluster.namenode.disk.failing.level = Number(args[1]);
    else if (verb === 'zero') this.#zero(args[0] ?? '');
    else if (verb === 'mend') this.#zeroed.get(args[0] ?? '')?.undo();
    else if (machine === undefined) throw new Error(`what? ${text}`);
    else if (verb === 'kill') machine.process?.end();
    else if (verb === 'power') {
      if (machines.length > 1) this.#model.losePower();
      for (const each of machines) each.losePower(({ synced }) => synced);
    } else if (verb === 'start') for (const each of machines) this.#cluster.start(each);
    else if (verb === 'block' && other !== undefined) this.#world.network.link(machine, other).isBlocked = true;
    else if (verb === 'empty') {
      machine.process?.end();
      machine.disk.clear();
    } else throw new Error(`what? ${text}`);
  }

  #zero(path: string): void {
    const damage = zeroFile(this.#cluster.namenode.disk, path);
    if (damage === undefined) throw new Error(`the NameNode has no file ${path}`);
    this.#zeroed.set(path, damage);
  }

  #copy(): void {
    const tree = this.#cluster.namenode.disk.copy(NAME_DIRECTORY);
    if (tree === undefined) throw new Error('there is no name directory to copy');
    this.#nameCopy = { tree, files: this.#model.files.length };
  }

  /** From now on the namespace has no file that was made after the copy. */
  #restore(): void {
    if (this.#nameCopy === undefined) throw new Error('there is no copy to restore');
    const { namenode } = this.#cluster;
    namenode.process?.end();
    namenode.disk.replace(NAME_DIRECTORY, this.#nameCopy.tree, true);
    this.#cluster.hasOldCopy = true;
    for (const file of this.#model.files.slice(this.#nameCopy.files)) file.existence = 'no';
  }

  #machine(name: string): Machine {
    const machine = this.#roles.get(name) ?? this.#world.machines.find((m) => m.name === name);
    if (machine === undefined) throw new Error(`no machine is called ${name}`);
    return machine;
  }

  /** Checks whether an `upon` waits for the bytes that a socket sends. */
  #see(socket: SimSocket, bytes: Buffer): void {
    const found = this.#upons.find(({ word, from }) => {
      return bytes.includes(word) && (from === undefined || this.#machine(from) === socket.process.machine);
    });
    if (found === undefined || socket.peer === undefined) return;
    this.#upons = this.#upons.filter((upon) => upon !== found);
    const { machine } = socket.process;
    const receiver = socket.peer.process.machine;
    // The step runs as an event of its own, and still before the message arrives.
    this.#world.scheduler.after(0, () => {
      this.#world.note('script', found.step.text);
      this.#roles.set('sender', machine).set('receiver', receiver);
      if (found.step.verb === 'reset') socket.cut(true);
      else this.#break(found.step);
    });
  }

  #noteRoles({ kind, allocated }: PipelineEvent): void {
    if (kind !== 'blockAdded') return;
    const machines = (allocated?.nodes ?? []).map(({ info }) => this.#world.network.machineAt(info.id.ipAddr));
    for (const [i, role] of ['first', 'middle', 'last'].entries()) {
      const machine = i === 2 ? machines.at(-1) : machines[i];
      if (machine !== undefined) this.#roles.set(role, machine);
    }
  }
}

/** An event of the client's write pipeline (client/write/write-pipeline.ts). */
interface PipelineEvent {
  readonly kind: string;
  readonly allocated?: { readonly nodes: readonly { readonly info: { readonly id: { readonly ipAddr: string } } }[] };
}

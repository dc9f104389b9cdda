// An administrator's mistakes while the cluster works: a second daemon on one directory, and a copied DataNode.
import type { Cluster } from '../world/cluster.ts';
import type { Machine, SimProcess } from '../world/process.ts';
import type { SimRandom } from '../world/random.ts';
import type { FaultTiming } from './fault-timing.ts';

/** A copied DataNode is refused this long after all other faults are over. */
const REFUSED_MS_MAX = 30_000;

/** Starts daemons that the cluster must refuse. */
export class OperatorMistakes {
  readonly #timing: FaultTiming;
  readonly #cluster: Cluster;
  readonly #random: SimRandom;
  /** The machine that a DataNode's directories are copied to. */
  readonly #spare: Machine;
  /** Addresses of the DataNodes that have registered, by the process of the NameNode. */
  readonly #registered = new Map<SimProcess | undefined, Set<string>>();
  #second: SimProcess | undefined;
  #copy: SimProcess | undefined;

  /** @param random generator of its own */
  constructor(timing: FaultTiming, random: SimRandom) {
    this.#timing = timing;
    this.#cluster = timing.cluster;
    this.#random = random;
    this.#spare = timing.world.addMachine('spare', '10.0.0.30');
    timing.cluster.watchers.push({ registers: (ip) => this.#registers(ip) });
  }

  /** Starts a second daemon on the directories of one that runs, on other ports. */
  startSecond(): boolean {
    const { namenode, datanodes, world } = this.#cluster;
    const machine = this.#random.chance(0.4) ? namenode : this.#random.pick(datanodes);
    const first = machine.process;
    if (this.#second?.isAlive || first === undefined || this.#cluster.running(machine) === undefined) return false;
    world.note('admin', `starts a second daemon on ${machine.name}`);
    this.#second = this.#cluster.startByMistake(machine, true, {
      isUp: () => {
        if (first.isAlive) world.fail('directories-are-locked', `${machine.name}: a second daemon is up`);
      },
      isRefused: (reason) => {
        if (!first.isAlive) return;
        world.coverage.hit('mistake second-daemon-refused');
        if (/already locked by|in use by another NameNode/.test(reason)) return;
        world.fail('directories-are-locked', `${machine.name}: a second daemon is told: ${reason}`);
      },
    });
    first.onEnd(() => this.#second?.end());
    return true;
  }

  /**
   * Copies the directories of a DataNode that runs to another machine, and starts a DataNode there. It runs no longer
   * than the two that know of the first one: that DataNode itself, and the NameNode that it is registered at.
   */
  copyDatanode(): boolean {
    const { namenode, datanodes, world } = this.#cluster;
    const machine = this.#random.pick(datanodes);
    const first = machine.process;
    if (this.#copy?.isAlive || first === undefined || namenode.process === undefined) return false;
    if (this.#cluster.running(machine) === undefined || this.#cluster.running(namenode) === undefined) return false;
    if (!this.#registered.get(namenode.process)?.has(machine.ip)) return false;
    this.#spare.disk.clear();
    for (const volume of this.#cluster.volumes) {
      const tree = machine.disk.copy(volume);
      if (tree !== undefined && !machine.disk.isFailed(`/${volume}`)) this.#spare.disk.replace(volume, tree);
    }
    world.note('admin', `copies the directories of ${machine.name} and starts a DataNode on them`);
    const copy = this.#cluster.startByMistake(this.#spare, false, {
      isUp: () => world.coverage.hit('mistake copy-is-up'),
      isRefused: (reason) => {
        world.note('spare', `is refused: ${reason}`);
        world.coverage.hit('mistake copy-refused');
        if (reason.includes(`is a copy of that of the DataNode at ${machine.ip}:`)) return;
        world.fail('copies-are-refused', `the copy of ${machine.name} is told: ${reason}`);
      },
    });
    this.#copy = copy;
    for (const other of [first, namenode.process]) other.onEnd(() => copy.end());
    return true;
  }

  #registers(ip: string): void {
    const { process } = this.#cluster.namenode;
    const known = this.#registered.get(process) ?? new Set();
    this.#registered.set(process, known.add(ip));
  }

  /** Waits until no copied DataNode runs any more. */
  async check(isBroken: () => boolean): Promise<void> {
    const { scheduler } = this.#timing.world;
    const copy = this.#copy;
    if (copy === undefined || !copy.isAlive) return;
    await scheduler.runUntil(scheduler.nowMs + REFUSED_MS_MAX, () => isBroken() || !copy.isAlive);
    if (copy.isAlive && !isBroken()) {
      this.#timing.world.fail('copies-are-refused', 'a DataNode on a copied directory is not refused');
    }
  }
}

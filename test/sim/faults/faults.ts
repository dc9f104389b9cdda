// Draws the faults of a seed and makes them happen.
import { Administrator } from '../actors/administrator.ts';
import { Blame } from '../checks/blame.ts';
import type { Model } from '../checks/model.ts';
import type { RottenFile } from '../checks/rot.ts';
import type { FileNode } from '../disk/disk.ts';
import type { Cluster } from '../world/cluster.ts';
import type { Machine } from '../world/process.ts';
import type { World } from '../world/world.ts';
import { DiskFaults } from './disk-faults.ts';
import { FaultTiming } from './fault-timing.ts';
import type { Mistake } from './mistakes.ts';
import { NameDirectoryFaults } from './name-directory-faults.ts';
import { NetworkFaults } from './network-faults.ts';
import { RpcCopies } from './rpc-copies.ts';

const FAULTS = [
  'killDatanode',
  'killNamenode',
  'killClient',
  'losePowerDatanode',
  'losePowerDatanodes',
  'losePowerNamenode',
  'pause',
  'cutConnection',
  'repeatRpc',
  'partition',
  'isolate',
  'slowLink',
  'slowDisk',
  'diskFull',
  'failWrites',
  'stallLevel',
  'bitRot',
  'failVolume',
  'damageNames',
  'clockJump',
  'decommission',
] as const;
export type FaultName = (typeof FAULTS)[number];
/** Faults that leave every process which runs in health. */
const CRASHES: readonly FaultName[] = ['killDatanode', 'killDatanode', 'killNamenode', 'repeatRpc'];
/** Faults that may destroy replicas on a DataNode's disk. */
const DESTRUCTIVE: readonly FaultName[] = ['losePowerDatanode', 'losePowerDatanodes', 'bitRot', 'failVolume'];
/** A replica that can't be read is reported as corrupt, also if its volume comes back: without a fourth DataNode it stays. */
const NEEDS_SPARE = new Set<FaultName>(['losePowerDatanode', 'bitRot', 'failVolume', 'decommission']);

export interface FaultOptions {
  /** Kinds of faults from which the seed draws; all when absent. */
  readonly possible?: readonly FaultName[];
  /** An administrator's mistake that comes on top of the faults. */
  readonly mistake?: Mistake | undefined;
}

/** Causes faults while the workload runs, and repairs all of them at the end. */
export class Faults {
  readonly #cluster: Cluster;
  readonly #world: World;
  readonly #timing: FaultTiming;
  readonly #disks: DiskFaults;
  readonly #names: NameDirectoryFaults;
  readonly #network: NetworkFaults;
  readonly #blame: Blame | undefined;
  readonly #copies: RpcCopies | undefined;
  readonly #administrator: Administrator | undefined;
  readonly #kinds: readonly FaultName[];
  readonly #meanMs: number;
  readonly #restartClient: (machine: Machine) => void;
  readonly #mistake: Mistake | undefined;
  injected = 0;

  constructor(
    cluster: Cluster,
    model: Model,
    restartClient: (machine: Machine) => void,
    { possible = FAULTS, mistake }: FaultOptions = {},
  ) {
    this.#cluster = cluster;
    this.#world = cluster.world;
    this.#restartClient = restartClient;
    const { random } = this.#world;
    // In some seeds daemons only crash, often: what writers say of DataNodes can be checked then.
    const crashesOnly = possible === FAULTS && random.chance(0.16);
    // Each seed uses only a few kinds of faults, so that rare combinations of them come up.
    const share = random.next();
    // As in Hadoop, the NameNode drops a corrupt replica only once another machine has a copy: without one it stays.
    const hasSpare = cluster.datanodes.length > 3;
    const kinds = possible.filter((f) => random.chance(share) && (hasSpare || !NEEDS_SPARE.has(f)));
    // A decommissioned DataNode may be emptied only where no other fault destroys data.
    const empties = kinds.includes('decommission') && random.chance(0.5);
    this.#mistake = mistake;
    const allowed = kinds.filter((f) => mistake?.allows(f) ?? true);
    if (crashesOnly) this.#kinds = random.chance(0.5) ? ['killDatanode'] : CRASHES;
    else this.#kinds = empties ? allowed.filter((f) => !DESTRUCTIVE.includes(f)) : allowed;
    this.#meanMs = 300 + random.next() * (crashesOnly ? 1500 : 4000);
    if (crashesOnly) {
      this.#blame = new Blame(cluster);
      // A crash while the NameNode is told of the new pipeline is news that comes early: seldom by chance.
      cluster.watchers.push({ pipelineEnters: (stage) => stage === 'UPDATING_PIPELINE' && this.#crashSoon() });
    }
    this.#timing = new FaultTiming(cluster);
    this.#disks = new DiskFaults(this.#timing, model);
    this.#names = new NameDirectoryFaults(this.#timing, this.#disks);
    this.#network = new NetworkFaults(this.#timing);
    if (this.#kinds.includes('repeatRpc')) this.#copies = new RpcCopies(cluster);
    if (this.#kinds.includes('decommission')) this.#administrator = new Administrator(cluster, !this.mayDestroy);
  }

  start(): void {
    if (this.#blame !== undefined) this.#world.latency.endCalm();
    this.#mistake?.begin(this.#timing, this.#names);
    if (this.#kinds.length === 0) return;
    this.#world.note('faults', `${this.#kinds.join(', ')} every ${Math.round(this.#meanMs)} ms`);
    this.#next();
  }

  #next(): void {
    const { random, scheduler } = this.#world;
    scheduler.after(-Math.log(1 - random.next()) * this.#meanMs, () => {
      if (this.#timing.isOver) return;
      this.#inject(random.pick(this.#kinds));
      this.#next();
    });
  }

  #inject(kind: FaultName): void {
    this.#world.latency.endCalm();
    if (!this.#faults[kind]()) return;
    this.injected++;
    this.#world.coverage.hit(`fault ${kind}`);
  }

  /** The files of replicas in which a byte was changed. */
  get rottenFiles(): readonly RottenFile[] {
    return this.#disks.rottenFiles;
  }

  /** The copies of calls, if this seed's faults include them. */
  get copies(): RpcCopies | undefined {
    return this.#copies;
  }

  /** Whether this seed's faults include rotten bytes. */
  get mayRot(): boolean {
    return this.#kinds.includes('bitRot');
  }

  /** Whether this seed's faults include a loss of power of several DataNodes at once. */
  get mayLoseAll(): boolean {
    return this.#kinds.includes('losePowerDatanodes');
  }

  /** Whether this seed's faults destroy replicas that no DataNode removed. */
  get mayDestroy(): boolean {
    return DESTRUCTIVE.some((f) => this.#kinds.includes(f));
  }

  /** Ends the time of faults and repairs everything, except failed volumes that the DataNodes tolerate. */
  stop(): void {
    this.#timing.isOver = true;
    if (this.#copies !== undefined) this.#copies.isOver = true;
    if (this.#administrator !== undefined) this.#administrator.isOver = true;
    if (!this.#cluster.toleratesFailures) for (const { disk } of this.#cluster.datanodes) disk.failedVolumes.clear();
    this.#names.mend();
    this.#cluster.mend();
    this.#world.note('faults', 'are over');
  }

  /** Cuts the NameNode's power once more, when no client works any more. */
  restartNamenode(): void {
    this.#world.latency.endCalm();
    this.#disks.restartNamenode();
  }

  /** Returns whether a fault changed or dropped bytes of a file without its DataNode's knowledge. */
  isDamaged(file: FileNode): boolean {
    return this.#disks.isDamaged(file);
  }

  /** Begins each kind of fault. Returns false if the fault is not possible now. */
  readonly #faults: Readonly<Record<FaultName, () => boolean>> = {
    killDatanode: () => this.#kill(this.#world.random.pick(this.#cluster.datanodes), 12_000),
    killNamenode: () => this.#kill(this.#cluster.namenode, 3000),
    killClient: () => this.#killClient(),
    losePowerDatanode: () => this.#disks.losePowerDatanode(),
    losePowerDatanodes: () => this.#disks.losePowerDatanodes(),
    losePowerNamenode: () => this.#disks.losePowerNamenode(),
    pause: () => this.#pause(),
    cutConnection: () => this.#network.cutConnection(),
    repeatRpc: () => this.#repeatRpc(),
    partition: () => this.#network.partition(),
    isolate: () => this.#network.isolate(),
    slowLink: () => this.#network.slowLink(),
    slowDisk: () => this.#disks.slowDisk(),
    diskFull: () => this.#disks.diskFull(),
    stallLevel: () => this.#disks.stallLevel(),
    failWrites: () => this.#disks.failWrites(),
    bitRot: () => this.#disks.bitRot(),
    failVolume: () => this.#disks.failVolume(),
    damageNames: () => this.#names.damage(),
    clockJump: () => this.#jump(),
    decommission: () => this.#administrator?.decommission(this.#world.random.pick(this.#cluster.datanodes)) ?? false,
  };

  #kill(machine: Machine, downMsMax: number): boolean {
    return this.#end(machine, () => this.#timing.restartLater(machine, downMsMax));
  }

  /** Ends a DataNode within a moment, in most cases. */
  #crashSoon(): void {
    const { random, scheduler } = this.#world;
    if (this.#timing.isOver || random.chance(0.3)) return;
    const machine = random.pick(this.#cluster.datanodes);
    scheduler.after(random.next(), () => {
      if (this.#timing.isOver || !machine.process?.isAlive) return;
      this.#world.note(machine.name, 'is killed while a pipeline is rebuilt');
      this.#blame?.crashes(machine);
      machine.process.end();
      this.#timing.restartLater(machine, 12_000);
    });
  }

  #killClient(): boolean {
    const { random, scheduler } = this.#world;
    const machine = random.pick(this.#cluster.clients);
    return this.#end(machine, () => {
      scheduler.after(random.next() * 5000, () => {
        if (!this.#timing.isOver) this.#restartClient(machine);
      });
    });
  }

  #end(machine: Machine, restart: () => void): boolean {
    const { process } = machine;
    if (!process?.isAlive) return false;
    this.#timing.soon(() => {
      if (!process.isAlive) return;
      this.#world.note(machine.name, 'is killed');
      this.#blame?.crashes(machine);
      process.end();
      restart();
    });
    return true;
  }

  #repeatRpc(): boolean {
    this.#copies?.copyNext(this.#world.random.between(1, 8));
    return true;
  }

  #pause(): boolean {
    const { random, machines } = this.#world;
    const machine = random.pick(machines);
    if (!machine.process?.isAlive) return false;
    const forMs = random.next() ** 2 * (machine === this.#cluster.namenode ? 5000 : 14_000);
    this.#timing.soon(() => {
      this.#world.note(machine.name, `is paused for ${Math.round(forMs)} ms`);
      machine.process?.pause(forMs);
    });
    return true;
  }

  #jump(): boolean {
    const { random, machines } = this.#world;
    const machine = random.pick(machines);
    machine.clockOffsetMs += (random.next() - 0.5) * 2 * 10 ** random.between(2, 6);
    this.#world.note(machine.name, `clock jumps to ${Math.round(machine.clockOffsetMs)} ms`);
    return true;
  }
}

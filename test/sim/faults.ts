import { Administrator } from './administrator.ts';
import type { Cluster } from './cluster.ts';
import type { FileNode } from './disk.ts';
import type { Model } from './model.ts';
import type { Machine } from './process.ts';
import { isSafeToDamage } from './replicas.ts';
import { RpcCopies } from './rpc-copies.ts';
import type { World } from './world.ts';

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
  'bitRot',
  'clockJump',
  'decommission',
] as const;
type FaultName = (typeof FAULTS)[number];
/** What is on a DataNode's disk may be lost. */
const DESTRUCTIVE: readonly FaultName[] = ['losePowerDatanode', 'losePowerDatanodes', 'bitRot'];
const NEEDS_SPARE = new Set<FaultName>(['losePowerDatanode', 'bitRot', 'decommission']);

/** Breaks things while the workload runs, and mends all of them at the end. */
export class Faults {
  readonly #cluster: Cluster;
  readonly #world: World;
  readonly #model: Model;
  readonly #copies: RpcCopies | undefined;
  readonly #administrator: Administrator | undefined;
  readonly #kinds: readonly FaultName[];
  readonly #meanMs: number;
  /** The one machine whose data may be destroyed: promises hold while other copies are left. */
  readonly #victim: Machine;
  readonly #restartClient: (machine: Machine) => void;
  #isOver = false;
  injected = 0;
  readonly #damaged = new Set<FileNode>();

  constructor(cluster: Cluster, model: Model, restartClient: (machine: Machine) => void) {
    this.#cluster = cluster;
    this.#model = model;
    this.#world = cluster.world;
    this.#restartClient = restartClient;
    const { random } = this.#world;
    // Each seed has its own few kinds: rare combinations come up that way.
    const share = random.next();
    // A corrupt replica is only given up for a copy on another machine: without a spare one it stays, as in Hadoop.
    const hasSpare = cluster.datanodes.length > 3;
    const kinds = FAULTS.filter((f) => random.chance(share) && (hasSpare || !NEEDS_SPARE.has(f)));
    // A DataNode that is out of service can be emptied where nothing else destroys data.
    const empties = kinds.includes('decommission') && random.chance(0.5);
    this.#kinds = empties ? kinds.filter((f) => !DESTRUCTIVE.includes(f)) : kinds;
    this.#meanMs = 300 + random.next() * 4000;
    this.#victim = random.pick(cluster.datanodes);
    if (this.#kinds.includes('repeatRpc')) this.#copies = new RpcCopies(cluster);
    const mayEmpty = !DESTRUCTIVE.some((f) => this.#kinds.includes(f));
    if (this.#kinds.includes('decommission')) this.#administrator = new Administrator(cluster, mayEmpty);
  }

  start(): void {
    if (this.#kinds.length === 0) return;
    this.#world.note('faults', `${this.#kinds.join(', ')} every ${Math.round(this.#meanMs)} ms`);
    this.#next();
  }

  #next(): void {
    const { random, scheduler } = this.#world;
    scheduler.after(-Math.log(1 - random.next()) * this.#meanMs, () => {
      if (this.#isOver) return;
      this.#inject(random.pick(this.#kinds));
      this.#next();
    });
  }

  #inject(kind: FaultName): void {
    if (!this.#faults[kind]()) return;
    this.injected++;
    this.#world.coverage.hit(`fault ${kind}`);
  }

  /** Whether bytes may rot in this world. */
  get mayRot(): boolean {
    return this.#kinds.includes('bitRot');
  }

  /** Whether several DataNodes lose their power at once in this world. */
  get mayLoseAll(): boolean {
    return this.#kinds.includes('losePowerDatanodes');
  }

  /** Every link open, every machine up, every disk quick and with room. */
  stop(): void {
    this.#isOver = true;
    if (this.#copies !== undefined) this.#copies.isOver = true;
    if (this.#administrator !== undefined) this.#administrator.isOver = true;
    const { machines, network } = this.#world;
    for (const from of machines) {
      from.disk.slowness = 1;
      from.disk.capacityBytes = 64 * 1024 * 1024;
      for (const to of machines)
        Object.assign(network.link(from, to), { isBlocked: false, latencyMs: 0.1, jitterMs: 0.3 });
    }
    network.opened();
    for (const machine of [this.#cluster.namenode, ...this.#cluster.datanodes]) {
      if (!machine.process?.isAlive) this.#cluster.start(machine);
    }
    this.#world.note('faults', 'are over');
  }

  /** Whether bytes of a file were changed or lost behind its DataNode's back. */
  isDamaged(file: FileNode): boolean {
    return this.#damaged.has(file);
  }

  readonly #faults: Readonly<Record<FaultName, () => boolean>> = {
    killDatanode: () => this.#kill(this.#world.random.pick(this.#cluster.datanodes), 12_000),
    killNamenode: () => this.#kill(this.#cluster.namenode, 3000),
    killClient: () => this.#killClient(),
    losePowerDatanode: () => this.#losePower(this.#victim, 8000),
    losePowerDatanodes: () => this.#losePowerOfSeveral(),
    losePowerNamenode: () => this.#losePower(this.#cluster.namenode, 3000),
    pause: () => this.#pause(),
    cutConnection: () => this.#cutConnection(),
    repeatRpc: () => this.#repeatRpc(),
    partition: () => this.#partition(),
    isolate: () => this.#isolate(),
    slowLink: () => this.#slowLink(),
    slowDisk: () => this.#slowDisk(),
    diskFull: () => this.#fillDisk(),
    bitRot: () => this.#rot(),
    clockJump: () => this.#jump(),
    decommission: () => this.#administrator?.decommission(this.#world.random.pick(this.#cluster.datanodes)) ?? false,
  };

  /** After a few more events, here or in the middle of a write, so that it hits between any two steps. */
  #soon(action: () => void): void {
    const { random, scheduler } = this.#world;
    let left = random.nextInt(30);
    const step = (): void => {
      if (left-- > 0) scheduler.after(random.next() * 0.4, step);
      else if (!this.#isOver) action();
    };
    if (random.chance(0.5)) this.#world.atNextWrite(() => scheduler.after(random.next() * 8, step));
    else step();
  }

  #kill(machine: Machine, downMsMax: number): boolean {
    const { process } = machine;
    if (!process?.isAlive) return false;
    this.#soon(() => {
      if (!process.isAlive) return;
      this.#world.note(machine.name, 'is killed');
      process.end();
      this.#restartLater(machine, downMsMax);
    });
    return true;
  }

  #restartLater(machine: Machine, downMsMax: number): void {
    const { random, scheduler } = this.#world;
    scheduler.after(50 + random.next() ** 2 * downMsMax, () => {
      if (!machine.process?.isAlive && !this.#isOver) this.#cluster.start(machine);
    });
  }

  #killClient(): boolean {
    const { random, scheduler } = this.#world;
    const machine = random.pick(this.#cluster.clients);
    const { process } = machine;
    if (!process?.isAlive) return false;
    this.#soon(() => {
      if (!process.isAlive) return;
      this.#world.note(machine.name, 'is killed');
      process.end();
      scheduler.after(random.next() * 5000, () => {
        if (!this.#isOver) this.#restartClient(machine);
      });
    });
    return true;
  }

  #losePower(machine: Machine, downMsMax: number): boolean {
    const { process } = machine;
    if (!process?.isAlive) return false;
    this.#soon(() => {
      if (!process.isAlive) return;
      if (machine !== this.#cluster.namenode && !isSafeToDamage(this.#cluster, machine)) return;
      this.#cutPower(machine);
      this.#restartLater(machine, downMsMax);
    });
    return true;
  }

  #cutPower(machine: Machine): void {
    machine.isPowered = false;
    machine.process?.end();
    const torn = machine.disk.losePower(this.#world.random);
    this.#world.note(machine.name, `loses power; torn: ${torn.map((t) => t.path).join(', ')}`);
    for (const { file } of torn) this.#damaged.add(file);
    this.#world.coverage.hit(`fault power-${torn.length > 0 ? 'torn' : 'clean'}`);
  }

  /** The power of a rack fails, or of all: what was closed or synced survives it. */
  #losePowerOfSeveral(): boolean {
    const { random } = this.#world;
    const isAll = random.chance(0.5);
    const machines = this.#cluster.datanodes.filter(() => isAll || random.chance(0.6));
    if (machines.length < 2) return false;
    this.#soon(() => {
      this.#model.losePower();
      for (const machine of machines) {
        this.#cutPower(machine);
        this.#restartLater(machine, 8000);
      }
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
    this.#soon(() => {
      this.#world.note(machine.name, `is paused for ${Math.round(forMs)} ms`);
      machine.process?.pause(forMs);
    });
    return true;
  }

  #cutConnection(): boolean {
    const { random, network } = this.#world;
    this.#soon(() => {
      const connected = [...network.sockets].filter((s) => s.peer !== undefined);
      if (connected.length === 0) return;
      const socket = random.pick(connected);
      this.#world.note(socket.process.name, `connection with ${socket.remoteAddress} is cut`);
      socket.cut();
    });
    return true;
  }

  #partition(): boolean {
    const { random, machines } = this.#world;
    const from = random.pick(machines);
    const to = random.pick(machines.filter((m) => m !== from));
    this.#block([[from, to], ...(random.chance(0.5) ? [[to, from] as const] : [])]);
    return true;
  }

  #isolate(): boolean {
    const { random, machines } = this.#world;
    const one = random.pick(machines);
    const others = machines.filter((m) => m !== one);
    this.#block(others.flatMap((other) => [[one, other] as const, [other, one] as const]));
    return true;
  }

  #block(pairs: readonly (readonly [Machine, Machine])[]): void {
    const { random, network, scheduler } = this.#world;
    const forMs = random.next() ** 2 * 10_000;
    for (const [from, to] of pairs) network.link(from, to).isBlocked = true;
    const names = pairs.map(([from, to]) => `${from.name}>${to.name}`);
    this.#world.note('network', `${names.join(' ')} blocked for ${Math.round(forMs)} ms`);
    scheduler.after(forMs, () => {
      for (const [from, to] of pairs) network.link(from, to).isBlocked = false;
      network.opened();
    });
  }

  #slowLink(): boolean {
    const { random, machines, network, scheduler } = this.#world;
    const from = random.pick(machines);
    const link = network.link(from, random.pick(machines.filter((m) => m !== from)));
    link.latencyMs = random.next() * 300;
    link.jitterMs = random.next() * 300;
    scheduler.after(random.next() * 5000, () => Object.assign(link, { latencyMs: 0.1, jitterMs: 0.3 }));
    return true;
  }

  #slowDisk(): boolean {
    const { random, scheduler } = this.#world;
    const { disk } = random.pick([this.#cluster.namenode, ...this.#cluster.datanodes]);
    disk.slowness = 2 + random.next() * 300;
    scheduler.after(random.next() * 4000, () => {
      disk.slowness = 1;
    });
    return true;
  }

  #fillDisk(): boolean {
    const { random, scheduler } = this.#world;
    const { disk, name } = random.pick([this.#cluster.namenode, ...this.#cluster.datanodes]);
    disk.capacityBytes = disk.usedBytes + random.nextInt(3000);
    this.#world.note(name, 'disk is full');
    scheduler.after(random.next() * 5000, () => {
      disk.capacityBytes = 64 * 1024 * 1024;
    });
    return true;
  }

  #rot(): boolean {
    const { random } = this.#world;
    if (!isSafeToDamage(this.#cluster, this.#victim)) return false;
    const files = [...this.#victim.disk.files()].filter(
      (f) => /finalized.*blk_\d/.test(f.path) && f.file.bytes.length > 7,
    );
    if (files.length === 0) return false;
    const { path, file } = random.pick(files);
    const rotten = Buffer.from(file.bytes);
    const at = random.nextInt(rotten.length);
    rotten[at] = (rotten[at] ?? 0) ^ (1 << random.nextInt(8));
    this.#damaged.add(file);
    file.bytes = rotten;
    file.synced = rotten;
    this.#world.note(this.#victim.name, `byte ${at} of ${path} rots`);
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

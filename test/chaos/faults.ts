// Injects faults into real processes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { datanodeName } from '../../cluster/daemons/daemon-control.ts';
import type { ClusterFaults } from '../../cluster/fault/cluster-faults.ts';
import { messageOf } from '../../runtime/errors.ts';
import type { SimRandom } from '../sim/world/random.ts';
import type { DiskFaults } from './disk-faults.ts';
import { FaultTurns } from './fault-turns.ts';
import { type Ledger, pathOf } from './ledger.ts';
import type { Machines } from './machines.ts';
import type { RunPlan } from './plan.ts';

/** Relative frequency of each fault. */
const WEIGHTS = {
  'kill-datanode': 5,
  'pause-datanode': 3,
  'kill-namenode': 2,
  'kill-all': 1,
  'pause-namenode': 1,
  'disk-full': 2,
  'corrupt-block': 5,
  slow: 1,
  'drop-acks': 1,
  'expire-lease': 2,
  decommission: 4,
  'fail-volume': 4,
  'cut-power-of-namenode': 4,
  'cut-power-of-datanode': 4,
  'cut-power-of-all': 5,
  'restore-datanode': 2,
  'restore-one-name-directory': 2,
  'copy-datanode-directory': 1,
} as const;
export type FaultKind = keyof typeof WEIGHTS;

/** Pause between the beginnings of two faults. */
const BETWEEN_MS = { min: 300, max: 2200 };
/** The time that a killed DataNode stays away. */
const AWAY_MS = { min: 200, max: 7000 };
/** The time that other faults last: often longer than the heartbeat limit, so that a paused DataNode is declared dead. */
const LASTING_MS = { min: 1500, max: 9000 };
const WAIT_POLL_MS = 50;
/** The message of a daemon that ended before it listened. */
const NOT_STARTED = /did not start/;
const NAMENODE_AWAY_MS = { min: 100, max: 2500 };

export interface InjectorOptions {
  readonly faults: ClusterFaults;
  readonly machines: Machines;
  readonly diskFaults: DiskFaults;
  /** Whether a kind of fault is part of this run. */
  readonly includes: (kind: FaultKind) => boolean;
  readonly plan: RunPlan;
  readonly hdfs: DistributedFileSystem;
  readonly random: SimRandom;
  readonly ledger: Ledger;
  readonly datanodes: number;
  /** Most DataNodes that may have a fault at the same time. */
  readonly sufferingMax: number;
  /** `blk_1_1001 datanode2` of every replica whose bytes were flipped. */
  readonly corrupted: Set<string>;
  /** Counts the faults of each kind. */
  readonly counts: Partial<Record<FaultKind, number>>;
  readonly stopping: AbortSignal;
  readonly log: (line: string) => void;
}

/** Injects random faults until `stopping` aborts, then ends every fault that still lasts. */
export class Injector {
  readonly #o: InjectorOptions;
  /** `file block` of every block that has a corrupt replica. */
  readonly #hit = new Set<string>();
  readonly #running = new Set<Promise<void>>();
  readonly #turns: FaultTurns;

  constructor(options: InjectorOptions) {
    const { sufferingMax, ledger, stopping } = options;
    this.#o = options;
    this.#turns = new FaultTurns({
      // One replica of each fragile file is short: of the others, one at least must stay.
      sufferingMax: () => (ledger.fragile.length > 0 ? 1 : sufferingMax),
      pause: () => this.#pause(WAIT_POLL_MS),
      stopping,
    });
  }

  /** Runs work for which the NameNode must be killed, when it has no other fault. */
  async whileNamenodeIsDown(kind: FaultKind, work: () => Promise<void>): Promise<void> {
    const { faults, stopping } = this.#o;
    const fault = async () => {
      this.#note(kind, 'for a copy of the name directory');
      await faults.killNameNode();
      await work();
      await faults.restartNameNode();
    };
    while (!stopping.aborted && !(await this.#turns.namenode(fault))) await this.#pause(WAIT_POLL_MS);
  }

  async run(): Promise<void> {
    const { random, stopping, ledger } = this.#o;
    while (!stopping.aborted) {
      await this.#pause(random.between(BETWEEN_MS.min, BETWEEN_MS.max));
      if (stopping.aborted) break;
      const kind = random.weighted(WEIGHTS);
      // Drawn even when not needed, so that the same seed gives the same next fault.
      const index = random.nextInt(this.#o.datanodes);
      const share = random.next();
      if (!this.#o.includes(kind)) continue;
      const running = this.#begin(kind, index, share).catch((e: unknown) => {
        const message = messageOf(e);
        this.#o.log(`${kind}: ${message}`);
        // A disk that has lost what was not synced, or has an old copy, must never keep a daemon from its start.
        if (NOT_STARTED.test(message)) ledger.violate('a daemon', `does not start after ${kind}: ${message}`);
        this.#o.ledger.count(`faults that could not be: ${kind}`);
      });
      this.#running.add(running);
      void running.finally(() => this.#running.delete(running));
    }
    await Promise.all(this.#running);
  }

  /** Waits for a time, or until `stopping` aborts. */
  async #pause(ms: number): Promise<void> {
    try {
      await sleep(ms, undefined, { signal: this.#o.stopping });
    } catch (e) {
      if ((e as Error).name !== 'AbortError') throw e;
    }
  }

  async #begin(kind: FaultKind, index: number, share: number): Promise<void> {
    const { faults, machines, diskFaults, plan } = this.#o;
    const between = ({ min, max }: { min: number; max: number }) => Math.round(min + share * (max - min));
    switch (kind) {
      case 'kill-datanode':
        return this.#datanode(
          kind,
          index,
          between(AWAY_MS),
          () => faults.killDataNode(index),
          () => faults.restartDataNode(index),
        );
      case 'pause-datanode':
        return this.#datanode(
          kind,
          index,
          between(LASTING_MS),
          () => faults.pauseDataNode(index),
          () => faults.resumeDataNode(index),
        );
      case 'disk-full':
        return this.#datanode(
          kind,
          index,
          between(LASTING_MS),
          () => faults.diskFull(index),
          () => faults.clearDaemon(datanodeName(index), kind),
        );
      case 'drop-acks':
        return this.#datanode(
          kind,
          index,
          between(LASTING_MS),
          () => faults.dropAcks(index),
          () => faults.clearDaemon(datanodeName(index), kind),
        );
      case 'slow':
        return this.#datanode(
          kind,
          index,
          between(LASTING_MS),
          () => faults.slow(index, { packetDelayMs: 200 }),
          () => faults.clearDaemon(datanodeName(index), kind),
        );
      case 'decommission':
        return this.#datanode(
          kind,
          index,
          between(LASTING_MS),
          () => machines.decommission(index),
          () => machines.recommission(index),
        );
      case 'fail-volume': {
        const volume = Math.floor(share * 7919);
        return this.#datanode(
          kind,
          index,
          between(LASTING_MS),
          () => machines.failVolume(index, volume),
          () => machines.returnVolume(index, volume),
        );
      }
      case 'kill-namenode':
        return this.#namenode(
          kind,
          between(NAMENODE_AWAY_MS),
          () => faults.killNameNode(),
          () => faults.restartNameNode(),
        );
      case 'pause-namenode':
        return this.#namenode(
          kind,
          between(NAMENODE_AWAY_MS),
          () => faults.pause('namenode'),
          () => faults.resume('namenode'),
        );
      case 'kill-all':
        return this.#all(kind, between(NAMENODE_AWAY_MS), () => this.#killAll());
      case 'cut-power-of-all':
        return this.#all(kind, between(NAMENODE_AWAY_MS), () => diskFaults.cutAll());
      case 'cut-power-of-namenode':
        return this.#namenode(
          kind,
          between(NAMENODE_AWAY_MS),
          () => diskFaults.cutNamenode(),
          () => faults.restartNameNode(),
        );
      case 'restore-one-name-directory':
        return this.#namenode(
          kind,
          between(NAMENODE_AWAY_MS),
          () => diskFaults.restoreOneNameDirectory(),
          () => faults.restartNameNode(),
        );
      case 'cut-power-of-datanode': {
        const cut = plan.syncsOnClose ? index : plan.victim;
        return this.#damage(kind, cut, between(AWAY_MS), () => diskFaults.cutDatanode(cut));
      }
      case 'restore-datanode':
        return this.#damage(kind, plan.victim, between(AWAY_MS), () => diskFaults.restoreDatanode(plan.victim));
      case 'copy-datanode-directory':
        // Nothing else may end a DataNode or the NameNode meanwhile: it could not tell the copy then.
        await this.#turns.alone(async () => {
          this.#note(kind, datanodeName(index));
          await diskFaults.copyDatanode(index);
        });
        return;
      case 'corrupt-block':
        return this.#corrupt(share);
      case 'expire-lease':
        return this.#expireLease(share);
      default:
        kind satisfies never;
    }
  }

  async #datanode(
    kind: FaultKind,
    index: number,
    timeMs: number,
    begin: () => unknown,
    end: () => unknown,
  ): Promise<void> {
    await this.#turns.datanode(index, () => this.#lasting(kind, datanodeName(index), timeMs, begin, end));
  }

  async #namenode(kind: FaultKind, timeMs: number, begin: () => unknown, end: () => unknown): Promise<void> {
    await this.#turns.namenode(() => this.#lasting(kind, '', timeMs, begin, end));
  }

  /** Ends the NameNode and every DataNode at once, after the present faults have ended. */
  async #all(kind: FaultKind, timeMs: number, begin: () => unknown): Promise<void> {
    const { faults, datanodes, ledger } = this.#o;
    if (ledger.fragile.length > 0) return;
    const all = Array.from({ length: datanodes }, (_, index) => index);
    const end = async () => {
      await faults.restartNameNode();
      await Promise.all(all.map((index) => faults.restartDataNode(index)));
      await this.#o.diskFaults.findsEveryBlock();
    };
    await this.#turns.alone(() => this.#lasting(kind, '', timeMs, begin, end));
  }

  #killAll(): Promise<unknown> {
    const { faults, datanodes } = this.#o;
    const all = Array.from({ length: datanodes }, (_, index) => index);
    return Promise.all([faults.killNameNode(), ...all.map((index) => faults.killDataNode(index))]);
  }

  /** Lets one DataNode lose part of its disk while no other one has a fault; they may have faults once it is lost. */
  async #damage(kind: FaultKind, index: number, timeMs: number, begin: () => Promise<boolean>): Promise<void> {
    const { faults, ledger } = this.#o;
    if (ledger.fragile.length > 0) return;
    const begins = async () => {
      const hasBegun = await begin();
      if (hasBegun) this.#note(kind, `${datanodeName(index)} for ${timeMs} ms`);
      return hasBegun;
    };
    const ended = await this.#turns.aloneAtFirst(index, begins, async () => {
      await this.#pause(timeMs);
      await faults.restartDataNode(index);
    });
    if (ended) this.#o.log(`${kind} ${datanodeName(index)} ends`);
  }

  async #lasting(
    kind: FaultKind,
    daemon: string,
    timeMs: number,
    begin: () => unknown,
    end: () => unknown,
  ): Promise<void> {
    this.#note(kind, `${daemon} for ${timeMs} ms`);
    await begin();
    await this.#pause(timeMs);
    await end();
    this.#o.log(`${kind} ${daemon} ends`);
  }

  #note(kind: FaultKind, what: string): void {
    const { counts } = this.#o;
    counts[kind] = (counts[kind] ?? 0) + 1;
    this.#o.log(`${kind} ${what}`);
  }

  /**
   * Corrupts one replica of a block, and never a second one: HDFS promises nothing for a block without a good replica.
   */
  async #corrupt(share: number): Promise<void> {
    const { faults, hdfs, ledger } = this.#o;
    const files = ledger.settled(['closed']).filter((f) => f.ackedBytes > 0 && !f.busy);
    const file = files[Math.floor(share * files.length)];
    if (!file) return;
    file.readers++;
    try {
      const locations = await hdfs.getFileBlockLocations(pathOf(file));
      const block = Math.floor(share * 7919) % locations.length;
      if ((locations[block]?.names.length ?? 0) < 3) return;
      const id = `${file.id} ${block}`;
      if (this.#hit.has(id)) return;
      this.#hit.add(id);
      const done = await faults.corruptBlock(pathOf(file), { block, bytes: 1 + Math.floor(share * 2000) });
      this.#o.corrupted.add(`${done.block.replace(/.*:(blk_\d+)_.*/, '$1')} ${done.datanode}`);
      this.#note('corrupt-block', `${done.block} on ${done.datanode}`);
    } finally {
      file.readers--;
    }
  }

  async #expireLease(share: number): Promise<void> {
    const { faults, ledger } = this.#o;
    const files = ledger.settled(['writing']);
    const file = files[Math.floor(share * files.length)];
    if (!file) return;
    await faults.expireLease(pathOf(file));
    this.#note('expire-lease', pathOf(file));
  }
}

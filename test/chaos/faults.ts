// Injects faults into real processes.
import { setTimeout as sleep } from 'node:timers/promises';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import type { ClusterFaults } from '../../cluster/fault/cluster-faults.ts';
import type { SimRandom } from '../sim/world/random.ts';
import { type Ledger, pathOf } from './ledger.ts';
import type { Machines } from './machines.ts';

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
} as const;
type FaultKind = keyof typeof WEIGHTS;

/** Pause between the beginnings of two faults. */
const BETWEEN_MS = { min: 300, max: 2200 };
/** The time that a killed DataNode stays away. */
const AWAY_MS = { min: 200, max: 7000 };
/** The time that other faults last: often longer than the heartbeat limit, so that a paused DataNode is declared dead. */
const LASTING_MS = { min: 1500, max: 9000 };
const WAIT_POLL_MS = 50;
const NAMENODE_AWAY_MS = { min: 100, max: 2500 };

export interface InjectorOptions {
  readonly faults: ClusterFaults;
  readonly machines: Machines;
  readonly hdfs: DistributedFileSystem;
  readonly random: SimRandom;
  readonly ledger: Ledger;
  readonly datanodes: number;
  /** Most DataNodes that may have a fault at the same time. */
  readonly sufferingMax: number;
  readonly stopping: AbortSignal;
  readonly log: (line: string) => void;
}

/** Injects random faults until `stopping` aborts, then ends every fault that still lasts. */
export class Injector {
  readonly counts: Partial<Record<FaultKind, number>> = {};
  /** `blk_1_1001 datanode2` of every replica whose bytes were flipped. */
  readonly corrupted = new Set<string>();
  readonly #o: InjectorOptions;
  /** `file block` of every block that has a corrupt replica. */
  readonly #hit = new Set<string>();
  readonly #suffering = new Set<number>();
  readonly #running = new Set<Promise<void>>();
  #namenodeSuffers = false;
  /** Whether all daemons are about to be killed: no other fault of a daemon begins then. */
  #stopsAll = false;

  constructor(options: InjectorOptions) {
    this.#o = options;
  }

  async run(): Promise<void> {
    const { random, stopping } = this.#o;
    while (!stopping.aborted) {
      await this.#pause(random.between(BETWEEN_MS.min, BETWEEN_MS.max));
      if (stopping.aborted) break;
      const kind = random.weighted(WEIGHTS);
      // Drawn even when not needed, so that the same seed gives the same next fault.
      const index = random.nextInt(this.#o.datanodes);
      const share = random.next();
      const running = this.#begin(kind, index, share).catch((e: unknown) => {
        this.#o.log(`${kind}: ${e instanceof Error ? e.message : String(e)}`);
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
    const { faults, machines } = this.#o;
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
          () => faults.clearDaemon(`datanode${index + 1}`, kind),
        );
      case 'drop-acks':
        return this.#datanode(
          kind,
          index,
          between(LASTING_MS),
          () => faults.dropAcks(index),
          () => faults.clearDaemon(`datanode${index + 1}`, kind),
        );
      case 'slow':
        return this.#datanode(
          kind,
          index,
          between(LASTING_MS),
          () => faults.slow(index, { packetDelayMs: 200 }),
          () => faults.clearDaemon(`datanode${index + 1}`, kind),
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
        return this.#killAll(between(NAMENODE_AWAY_MS));
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
    if (this.#stopsAll || this.#suffering.has(index) || this.#suffering.size >= this.#o.sufferingMax) return;
    this.#suffering.add(index);
    try {
      await this.#lasting(kind, `datanode${index + 1}`, timeMs, begin, end);
    } finally {
      this.#suffering.delete(index);
    }
  }

  async #namenode(kind: FaultKind, timeMs: number, begin: () => unknown, end: () => unknown): Promise<void> {
    if (this.#stopsAll || this.#namenodeSuffers) return;
    this.#namenodeSuffers = true;
    try {
      await this.#lasting(kind, '', timeMs, begin, end);
    } finally {
      this.#namenodeSuffers = false;
    }
  }

  /** Kills the NameNode and every DataNode at once, as a loss of power does, after the present faults have ended. */
  async #killAll(timeMs: number): Promise<void> {
    if (this.#stopsAll) return;
    const { faults, datanodes, stopping } = this.#o;
    this.#stopsAll = true;
    try {
      while (!stopping.aborted && (this.#namenodeSuffers || this.#suffering.size > 0)) await this.#pause(WAIT_POLL_MS);
      if (stopping.aborted) return;
      const all = Array.from({ length: datanodes }, (_, index) => index);
      const begin = () => Promise.all([faults.killNameNode(), ...all.map((index) => faults.killDataNode(index))]);
      await this.#lasting('kill-all', '', timeMs, begin, async () => {
        await faults.restartNameNode();
        await Promise.all(all.map((index) => faults.restartDataNode(index)));
      });
    } finally {
      this.#stopsAll = false;
    }
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
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
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
      this.corrupted.add(`${done.block.replace(/.*:(blk_\d+)_.*/, '$1')} ${done.datanode}`);
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

// Causes the faults of simulated disks.

import type { Model } from '../checks/model.ts';
import { isSafeToDamage } from '../checks/replicas.ts';
import type { RottenFile } from '../checks/rot.ts';
import { DISK_BYTES, type FileNode, tear } from '../disk/disk.ts';
import type { Machine, SimProcess } from '../world/process.ts';
import type { SimRandom } from '../world/random.ts';
import type { FaultTiming } from './fault-timing.ts';

const DOWN_MS_MAX = 8000;
/** Version, kind of checksums and bytes for each of them. */
const META_HEADER_BYTES = 7;
const CHUNK_LENGTH_AT = 3;
const CHECKSUM_BYTES = 4;
/** A failed volume that is repaired or replaced at all is so within about this time. */
const VOLUME_GONE_MS_MAX = 15_000;

/** Whether a meta file has the checksum of one chunk. */
function isMetaOfOneChunk({ path, file }: { readonly path: string; readonly file: FileNode }): boolean {
  return path.endsWith('.meta') && file.bytes.length === META_HEADER_BYTES + CHECKSUM_BYTES;
}

/** The faults of disks: slow, full, a rotten byte, a failed volume, and a loss of power that drops unsynced bytes. */
export class DiskFaults {
  readonly #timing: FaultTiming;
  readonly #model: Model;
  readonly #random: SimRandom;
  /** The only machine whose data may be destroyed: the promises hold because other machines keep their copies. */
  readonly #victim: Machine;
  readonly #damaged = new Set<FileNode>();
  /** Ids of blocks that have a rotten replica. */
  readonly #rotten = new Set<string>();
  readonly #losers = new Set<Machine>();
  rottenFiles: RottenFile[] = [];

  constructor(timing: FaultTiming, model: Model) {
    this.#timing = timing;
    this.#model = model;
    this.#random = timing.world.random;
    this.#victim = this.#random.pick(timing.cluster.datanodes);
  }

  /** Returns whether a fault changed or dropped bytes of a file without its DataNode's knowledge. */
  isDamaged(file: FileNode): boolean {
    return this.#damaged.has(file);
  }

  #note(machine: Machine, what: string): void {
    this.#timing.world.note(machine.name, what);
  }

  #anyServer(): Machine {
    const { namenode, datanodes } = this.#timing.cluster;
    return this.#random.pick([namenode, ...datanodes]);
  }

  losePowerDatanode(): boolean {
    return this.#losePower(this.#victim, DOWN_MS_MAX);
  }

  losePowerNamenode(): boolean {
    return this.#losePower(this.#timing.cluster.namenode, 3000);
  }

  #losePower(machine: Machine, downMsMax: number): boolean {
    const { process } = machine;
    if (!process?.isAlive) return false;
    this.#timing.soon(() => {
      if (!process.isAlive) return;
      if (machine === this.#victim && !isSafeToDamage(this.#timing.cluster, machine)) return;
      this.cutPower(machine);
      this.#timing.restartLater(machine, downMsMax);
    });
    return true;
  }

  /** Cuts the NameNode's power when all is quiet, and starts it again: all that was acknowledged must be on its disk. */
  restartNamenode(): void {
    const { cluster } = this.#timing;
    this.cutPower(cluster.namenode);
    cluster.start(cluster.namenode);
  }

  cutPower(machine: Machine): void {
    const torn = machine.losePower(
      (file) => tear(file, this.#random),
      (count) => this.#random.nextInt(count + 1),
    );
    this.#note(machine, `loses power; torn: ${torn.map((t) => t.path).join(', ')}`);
    for (const { file } of torn) this.#damaged.add(file);
    // The log of meta headers is not synced: a header that the log alone could tell is taken as it is found from now on.
    this.#losers.add(machine);
    this.rottenFiles = this.rottenFiles.filter((rotten) => rotten.machine !== machine || !rotten.isToldByLog);
    this.#timing.world.coverage.hit(`fault power-${torn.length > 0 ? 'torn' : 'clean'}`);
  }

  /** Cuts the power of several DataNodes or of all at once. Bytes that were closed or synced survive. */
  losePowerDatanodes(): boolean {
    const isAll = this.#random.chance(0.5);
    const machines = this.#timing.cluster.datanodes.filter(() => isAll || this.#random.chance(0.6));
    if (machines.length < 2) return false;
    this.#timing.soon(() => {
      this.#model.losePower();
      for (const machine of machines) {
        this.cutPower(machine);
        this.#timing.restartLater(machine, DOWN_MS_MAX);
      }
    });
    return true;
  }

  slowDisk(): boolean {
    const { disk } = this.#anyServer();
    disk.slowness = 2 + this.#random.next() * 300;
    this.#timing.world.scheduler.after(this.#random.next() * 4000, () => {
      disk.slowness = 1;
    });
    return true;
  }

  diskFull(): boolean {
    const machine = this.#anyServer();
    const { disk } = machine;
    disk.capacityBytes = disk.usedBytes + this.#random.nextInt(3000);
    this.#note(machine, 'disk is full');
    this.#timing.world.scheduler.after(this.#random.next() * 5000, () => {
      disk.capacityBytes = DISK_BYTES;
    });
    return true;
  }

  /** Makes some of the NameNode's next writes, fsyncs or batches to `level` fail. It ends then, and is started again. */
  failWrites(): boolean {
    const { namenode } = this.#timing.cluster;
    const { failing } = namenode.disk;
    this.#timing.soon(() => {
      const call = this.#random.pick(['write', 'sync', 'level'] as const);
      failing[call] = this.#random.between(1, 3);
      this.#note(namenode, `${failing[call]} calls of ${call} are to fail`);
      this.#timing.world.coverage.hit(`fault EIO-${call}`);
      const { process } = namenode;
      // Whatever was acknowledged in spite of a failure, the next start does not find.
      if (this.#random.chance(0.5)) this.#cutPowerWithin(this.#random.pick([300, 5000]), process);
    });
    return true;
  }

  /**
   * Has the next batch of the NameNode's `level` wait for seconds, and often cuts the power meanwhile. In half of the cases
   * this begins with a truncate, and lasts for what follows: a start then takes all of it in from the journal.
   */
  stallLevel(): boolean {
    const { namenode } = this.#timing.cluster;
    const { disk, process } = namenode;
    if (this.#random.chance(0.5)) {
      disk.stallMs = 500 + this.#random.next() * 4000;
      if (this.#random.chance(0.7)) this.#cutPowerWithin(disk.stallMs, process);
      return true;
    }
    this.#timing.world.atNextTruncate(() => {
      if (this.#timing.isOver) return;
      const stallMs = 3000 + this.#random.next() * 3000;
      disk.stallMs = stallMs;
      this.#timing.world.scheduler.after(stallMs * 0.6, () => {
        this.#cutPowerWithin(stallMs * 0.4, namenode.process);
      });
    });
    return true;
  }

  #cutPowerWithin(ms: number, process: SimProcess | undefined): void {
    const { namenode } = this.#timing.cluster;
    this.#timing.world.scheduler.after(this.#random.next() * ms, () => {
      if (this.#timing.isOver || !process?.isAlive || namenode.process !== process) return;
      this.cutPower(namenode);
      this.#timing.restartLater(namenode, 3000);
    });
  }

  bitRot(): boolean {
    const machine = this.#victim;
    if (!isSafeToDamage(this.#timing.cluster, machine)) return false;
    const files = [...machine.disk.files()].flatMap(({ path, file }) => {
      const block = /finalized.*blk_(\d+)/.exec(path)?.[1];
      // At most one byte of a block rots: if its data and its checksum type rot, nothing can detect that, in Hadoop too.
      return block === undefined || file.bytes.length <= META_HEADER_BYTES || this.#rotten.has(block)
        ? []
        : [{ path, file, block }];
    });
    if (files.length === 0) return false;
    // The metas of one chunk are few, and the lengths in their headers the hardest to tell from true ones.
    const lone = this.#random.chance(0.5) ? files.filter(isMetaOfOneChunk) : [];
    const isLone = lone.length > 0;
    const { path, file, block } = this.#random.pick(isLone ? lone : files);
    this.#rotten.add(block);
    const rotten = Buffer.from(file.bytes);
    // Every second rotten meta file rots in its header, which no checksum covers.
    const isHeader = isLone || (path.endsWith('.meta') && this.#random.chance(0.5));
    const drawn = isLone
      ? this.#random.between(CHUNK_LENGTH_AT, META_HEADER_BYTES - 1)
      : this.#random.nextInt(isHeader ? META_HEADER_BYTES : rotten.length);
    // Another length of chunks does not contradict the data of one chunk: the DataNode knows it by what it was before.
    const isLength = drawn >= CHUNK_LENGTH_AT && drawn < META_HEADER_BYTES && isMetaOfOneChunk({ path, file });
    const at = isLength && this.#losers.has(machine) ? 0 : drawn;
    const isToldByLog = isLength && at === drawn;
    rotten[at] = (rotten[at] ?? 0) ^ (1 << this.#random.nextInt(8));
    // A DataNode that goes on has the header in its memory. Half of the rotten headers are found by another process.
    if (isHeader && this.#random.chance(0.5)) {
      if (isToldByLog) this.#timing.world.coverage.hit('fault rot-told-by-log');
      this.#kill(machine);
    }
    this.#damaged.add(file);
    file.bytes = rotten;
    file.synced = rotten;
    this.rottenFiles.push({ machine, file, what: `byte ${at} of ${path}`, isToldByLog });
    this.#note(machine, `byte ${at} of ${path} rots`);
    return true;
  }

  #kill(machine: Machine): void {
    if (!machine.process?.isAlive) return;
    machine.process.end();
    this.#note(machine, 'is killed');
    this.#timing.restartLater(machine, DOWN_MS_MAX);
  }

  /** Makes one of several volumes unreadable and unwritable. */
  failVolume(): boolean {
    const { cluster, world } = this.#timing;
    const machine = this.#victim;
    if (cluster.volumes.length < 2) return false;
    this.#timing.soon(() => {
      // At least one volume must stay: a DataNode whose only volume is replaced would come back as a new DataNode.
      if (machine.disk.failedVolumes.size > 0 || cluster.running(machine) === undefined) return;
      if (!isSafeToDamage(cluster, machine)) return;
      const volume = this.#random.pick(cluster.volumes);
      machine.disk.failedVolumes.add(volume);
      this.#note(machine, `${volume} fails`);
      world.coverage.hit('fault volume-failed');
      if (cluster.toleratesFailures && this.#random.chance(0.4)) return;
      world.scheduler.after(500 + this.#random.next() ** 2 * VOLUME_GONE_MS_MAX, () => {
        if (!this.#timing.isOver) this.#replaceVolume(machine, volume);
      });
    });
    return true;
  }

  /** Repairs a failed volume or replaces it by an empty one, and restarts the DataNode. */
  #replaceVolume(machine: Machine, volume: string): void {
    const isEmpty = this.#random.chance(0.5);
    machine.process?.end();
    machine.disk.failedVolumes.delete(volume);
    if (isEmpty) machine.disk.clear(volume);
    this.#note(machine, `${volume} is ${isEmpty ? 'replaced by an empty one' : 'mended'}`);
    this.#timing.world.coverage.hit(`fault volume-${isEmpty ? 'replaced' : 'mended'}`);
    this.#timing.restartLater(machine, 3000);
  }
}

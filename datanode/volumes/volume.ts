import fs from 'node:fs/promises';
import path from 'node:path';
import { hadoopError } from '../../runtime/errors.ts';
import { DiskPace } from '../../runtime/files/disk-pace.ts';
import { lockDirectory } from '../../runtime/files/in-use-lock.ts';
import { formatProperties, parseProperties } from '../../runtime/files/properties.ts';
import { syncDirectory } from '../../runtime/files/sync-directory.ts';
import type { Clock, Random } from '../../runtime/runtime.ts';
import { DATANODE_LAYOUT_VERSION } from './block-layout.ts';
import type { DatanodeFaults } from './faults.ts';
import type { StorageLocation, StorageType } from './storage-location.ts';

/** The cluster that a NameNode says it is, from its NamespaceInfo. */
export interface Namespace {
  readonly blockPoolId: string;
  readonly clusterId: string;
  readonly namespaceId: number;
  readonly cTime: number;
}

export interface VolumeUsage {
  readonly capacityBytes: number;
  readonly dfsUsedBytes: number;
  readonly availableBytes: number;
  readonly nonDfsUsedBytes: number;
}

/** Capacity is asked of the operating system at most this often. */
const STATFS_AGE_MAX_MS = 1000;

/**
 * One directory of dfs.datanode.data.dir, laid out as Hadoop does:
 *
 *     in_use.lock
 *     current/VERSION                     which DataNode, storage and cluster
 *     current/BP-…/current/VERSION        which namespace
 *     current/BP-…/current/finalized/…    current/BP-…/current/rbw/    current/BP-…/tmp/
 */
export class Volume {
  readonly directory: string;
  readonly storageType: StorageType;
  storageId = '';
  /** Undefined while the volume is not formatted. */
  datanodeUuid: string | undefined;
  clusterId: string | undefined;
  /** Bytes of block and meta files, kept up by the store. */
  usedBytes = 0;
  /** Room promised to replicas being written. */
  reservedForReplicasBytes = 0;
  /** Finalized replicas on it. */
  numBlocks = 0;
  /** With calf.fault.injection.enabled alone. */
  faults: DatanodeFaults | undefined;
  readonly reservedBytes: number;
  readonly #clock: Clock;
  readonly #pace = new DiskPace();
  readonly #madeDirectories = new Set<string>();
  /** Directories whose own names are known to be on disk. */
  readonly #lastingDirectories = new Set<string>();
  #poolDirectory = '';
  #unlock: () => Promise<void> = () => Promise.resolve();
  #disk = { totalBytes: 0, freeBytes: 0, askedMs: Number.NEGATIVE_INFINITY, usedThenBytes: 0 };

  private constructor(location: StorageLocation, reservedBytes: number, clock: Clock) {
    this.directory = location.directory;
    this.storageType = location.storageType;
    this.reservedBytes = reservedBytes;
    this.#clock = clock;
  }

  /** Whether small writes may be made without a thread, which wait for memory alone. */
  get isFast(): boolean {
    return this.#pace.isFast(this.#clock.monotonicMs());
  }

  /** Runs a small write, and notes how long it took. */
  writeNow(write: () => void): void {
    this.faults?.checkRoom();
    const began = this.#clock.monotonicMs();
    try {
      write();
    } finally {
      this.#pace.record(began, this.#clock.monotonicMs());
    }
  }

  /**
   * Makes, locks and reads a volume's directory.
   * @throws IOException, InconsistentFSStateException, IncorrectVersionException
   */
  static async open(location: StorageLocation, reservedBytes: number, clock: Clock): Promise<Volume> {
    const volume = new Volume(location, reservedBytes, clock);
    try {
      await fs.mkdir(location.directory, { recursive: true, mode: 0o700 });
    } catch (e) {
      const reason = e instanceof Error ? e.message : String(e);
      throw hadoopError('DiskErrorException', `dfs.datanode.data.dir: cannot use ${location.directory}: ${reason}`, e);
    }
    volume.#unlock = await lockDirectory(location.directory);
    try {
      await volume.#readVersion();
      await volume.refreshDisk();
    } catch (e) {
      await volume.#unlock();
      throw e;
    }
    return volume;
  }

  async #readVersion(): Promise<void> {
    const properties = await readVersionFile(path.join(this.directory, 'current', 'VERSION'));
    if (!properties) return;
    const storageType = properties.get('storageType');
    if (storageType !== 'DATA_NODE') {
      throw hadoopError(
        'InconsistentFSStateException',
        `Directory ${this.directory} is in an inconsistent state: it belongs to a ${storageType}, not a DATA_NODE.`,
      );
    }
    const layoutVersion = Number(properties.get('layoutVersion'));
    if (layoutVersion !== DATANODE_LAYOUT_VERSION) {
      throw hadoopError(
        'IncorrectVersionException',
        `Unexpected version of storage directory ${this.directory}. Reported: ${layoutVersion}. ` +
          `Expecting = ${DATANODE_LAYOUT_VERSION}. It was written by a ${layoutVersion < DATANODE_LAYOUT_VERSION ? 'newer' : 'much older'} Hadoop. ` +
          'Start the version that wrote it, or set dfs.datanode.data.dir to another directory.',
      );
    }
    this.storageId = properties.get('storageID') ?? '';
    this.datanodeUuid = properties.get('datanodeUuid');
    this.clusterId = properties.get('clusterID');
  }

  /**
   * Joins the NameNode's cluster: formats an empty volume, and makes the block pool's directories.
   * @throws IOException when the volume belongs to another cluster
   */
  async attach(namespace: Namespace, datanodeUuid: string, random: Random): Promise<void> {
    if (this.clusterId === undefined) {
      this.storageId = `DS-${random.uuid()}`;
      this.clusterId = namespace.clusterId;
      this.datanodeUuid = datanodeUuid;
      await this.#writeVersion(path.join('current', 'VERSION'), [
        ['datanodeUuid', datanodeUuid],
        ['storageType', 'DATA_NODE'],
        ['cTime', 0],
        ['clusterID', namespace.clusterId],
        ['layoutVersion', DATANODE_LAYOUT_VERSION],
        ['storageID', this.storageId],
      ]);
    } else if (this.clusterId !== namespace.clusterId) {
      throw hadoopError(
        'IOException',
        `Incompatible clusterIDs in ${this.directory}: namenode clusterID = ${namespace.clusterId}; ` +
          `datanode clusterID = ${this.clusterId}. The directory holds blocks of another cluster: set ` +
          'dfs.datanode.data.dir to another directory, or remove this one if its blocks are no longer needed.',
      );
    }
    const pool = path.join('current', namespace.blockPoolId);
    this.#poolDirectory = path.join(this.directory, pool);
    const stored = await readVersionFile(path.join(this.#poolDirectory, 'current', 'VERSION'));
    if (!stored) {
      await this.#writeVersion(path.join(pool, 'current', 'VERSION'), [
        ['namespaceID', namespace.namespaceId],
        ['blockpoolID', namespace.blockPoolId],
        ['cTime', namespace.cTime],
        ['layoutVersion', DATANODE_LAYOUT_VERSION],
      ]);
    } else if (stored.get('namespaceID') !== String(namespace.namespaceId)) {
      throw hadoopError(
        'IOException',
        `Incompatible namespaceIDs in ${this.#poolDirectory}: namenode namespaceID = ${namespace.namespaceId}; ` +
          `datanode namespaceID = ${stored.get('namespaceID')}. The directory holds blocks of another namespace: set ` +
          'dfs.datanode.data.dir to another directory, or remove this one if its blocks are no longer needed.',
      );
    }
    // What a copy left unfinished is of no use to anyone.
    await fs.rm(this.poolPath('tmp'), { recursive: true, force: true });
    for (const directory of ['tmp', 'current/rbw', 'current/finalized']) {
      await fs.mkdir(this.poolPath(directory), { recursive: true });
    }
  }

  async #writeVersion(name: string, properties: [string, string | number][]): Promise<void> {
    const file = path.join(this.directory, name);
    await fs.mkdir(path.dirname(file), { recursive: true });
    // On disk before it has its name: a loss of power must not leave a volume that nobody can open.
    await fs.writeFile(`${file}.tmp`, formatProperties(properties, javaDate(this.#clock.now())), { flush: true });
    await fs.rename(`${file}.tmp`, file);
  }

  /** A path inside the block pool's directory. */
  poolPath(...names: string[]): string {
    return path.join(this.#poolDirectory, ...names);
  }

  /** Makes a directory of the block pool unless this process has made it before. */
  async ensureDirectory(directory: string): Promise<void> {
    if (this.#madeDirectories.has(directory)) return;
    await fs.mkdir(directory, { recursive: true });
    this.#madeDirectories.add(directory);
  }

  /** fsync of a directory of the volume, and once of each above it, whose entry it is. */
  async syncDirectory(directory: string): Promise<void> {
    await syncDirectory(directory);
    for (let child = directory; child !== this.directory; child = path.dirname(child)) {
      if (this.#lastingDirectories.has(child)) return;
      await syncDirectory(path.dirname(child));
      this.#lastingDirectories.add(child);
    }
  }

  /** Asks the operating system for the disk's size and free space, unless it did so just now. */
  async refreshDisk(): Promise<void> {
    const askedMs = this.#clock.monotonicMs();
    if (askedMs - this.#disk.askedMs < STATFS_AGE_MAX_MS) return;
    const stats = await fs.statfs(this.directory);
    const totalBytes = stats.blocks * stats.bsize;
    this.#disk = { totalBytes, freeBytes: stats.bavail * stats.bsize, askedMs, usedThenBytes: this.usedBytes };
  }

  /** A write found no room: until the operating system is asked again, there is none. */
  noteFull(): void {
    this.#disk = { ...this.#disk, freeBytes: 0, usedThenBytes: this.usedBytes };
  }

  /** Looks whether the volume and its block pool are still there. @returns what is wrong */
  async check(): Promise<Error | undefined> {
    const pool =
      this.#poolDirectory === '' ? [] : [this.poolPath('current', 'finalized'), this.poolPath('current', 'rbw')];
    try {
      for (const directory of [this.directory, ...pool]) {
        await fs.access(directory, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
      }
      await this.refreshDisk();
      return undefined;
    } catch (e) {
      return e instanceof Error ? e : new Error(String(e));
    }
  }

  /** Hadoop's sums: capacity without dfs.datanode.du.reserved, what blocks use, what is left for new ones. */
  usage(): VolumeUsage {
    const { totalBytes, usedThenBytes } = this.#disk;
    const freeBytes = this.faults?.isDiskFull ? 0 : this.#disk.freeBytes;
    const capacityBytes = Math.max(0, totalBytes - this.reservedBytes);
    const freeNowBytes = Math.max(0, freeBytes - Math.max(0, this.usedBytes - usedThenBytes));
    // What others keep on the disk counts towards what is reserved for them: FsVolumeImpl.getRemainingReserved.
    const othersBytes = Math.max(0, totalBytes - freeNowBytes - this.usedBytes);
    const stillReservedBytes = Math.max(0, this.reservedBytes - othersBytes);
    const remainingBytes = Math.min(capacityBytes - this.usedBytes, freeNowBytes - stillReservedBytes);
    return {
      capacityBytes,
      dfsUsedBytes: this.usedBytes,
      availableBytes: Math.max(0, remainingBytes - this.reservedForReplicasBytes),
      nonDfsUsedBytes: Math.max(0, othersBytes - this.reservedBytes),
    };
  }

  async close(): Promise<void> {
    await this.#unlock();
  }
}

async function readVersionFile(file: string): Promise<Map<string, string> | undefined> {
  try {
    return parseProperties(await fs.readFile(file, 'utf8'));
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw hadoopError('DiskErrorException', `${file} cannot be read: ${e instanceof Error ? e.message : e}`, e);
  }
}

/** As Java prints a date: `Sat Nov 21 03:36:37 UTC 2026`. */
function javaDate(ms: number): string {
  const [day, date, month, year, time] = new Date(ms).toUTCString().replace(',', '').split(' ');
  return `${day} ${month} ${date} ${time} UTC ${year}`;
}

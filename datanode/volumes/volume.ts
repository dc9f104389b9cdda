/** One directory of dfs.datanode.data.dir. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { invariant, isFailure } from '../../runtime/bug.ts';
import { errorCode, hadoopError } from '../../runtime/errors.ts';
import { DiskPace } from '../../runtime/files/disk-pace.ts';
import { syncFile } from '../../runtime/files/file-io.ts';
import { lockDirectory } from '../../runtime/files/in-use-lock.ts';
import { formatProperties, parseProperties } from '../../runtime/files/properties.ts';
import { syncDirectory } from '../../runtime/files/sync-directory.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Clock, Random } from '../../runtime/runtime.ts';
import { DATANODE_LAYOUT_VERSION } from './block-layout.ts';
import { DiskHealth, makePrivate } from './disk-health.ts';
import type { DatanodeFaults } from './faults.ts';
import type { StorageLocation, StorageType } from './storage-location.ts';
import { VolumeLog } from './volume-log.ts';

/** The cluster of a NameNode, as its NamespaceInfo tells. */
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

export interface VolumeOptions {
  /** dfs.datanode.du.reserved. */
  readonly reservedBytes: number;
  /** dfs.datanode.data.dir.perm: the permission bits of the directories. */
  readonly directoryMode: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The shortest time between two questions to the operating system for the capacity. */
const STATFS_AGE_MAX_MS = 1000;
const VERSION_WRITE = { flush: true, mode: 0o600 } as const;

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
  /** Undefined until the volume is formatted. */
  datanodeUuid: string | undefined;
  clusterId: string | undefined;
  /** Bytes of block and meta files. The store keeps the sum. */
  usedBytes = 0;
  /** Bytes reserved for the rest of replicas being written. */
  reservedForReplicasBytes = 0;
  /** Number of finalized replicas on this volume. */
  numBlocks = 0;
  /** Undefined without calf.fault.injection.enabled. */
  faults: DatanodeFaults | undefined;
  readonly reservedBytes: number;
  readonly #directoryMode: number;
  readonly #clock: Clock;
  readonly #health: DiskHealth;
  readonly #pace = new DiskPace();
  readonly #madeDirectories = new Set<string>();
  /** Directories whose names are on disk for certain. */
  readonly #lastingDirectories = new Set<string>();
  #poolDirectory = '';
  #headerLog: VolumeLog | undefined;
  #unlock: () => Promise<void> = () => Promise.resolve();
  #disk = { totalBytes: 0, freeBytes: 0, askedMs: Number.NEGATIVE_INFINITY, usedThenBytes: 0 };

  private constructor(location: StorageLocation, { reservedBytes, directoryMode, clock }: VolumeOptions) {
    this.directory = location.directory;
    this.storageType = location.storageType;
    this.reservedBytes = reservedBytes;
    this.#directoryMode = directoryMode;
    this.#clock = clock;
    this.#health = new DiskHealth(location.directory);
  }

  /** Has a function called when the volume should be checked before the next heartbeat is due. */
  set onTrouble(onTrouble: () => void) {
    this.#health.onTrouble = onTrouble;
  }

  /** Whether small writes are made without a thread, because they only wait for memory. */
  get isFast(): boolean {
    return this.#pace.isFast(this.#clock.monotonicMs());
  }

  /** Runs a small write and records the time that it took. */
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
  static async open(location: StorageLocation, options: VolumeOptions): Promise<Volume> {
    const { directoryMode, log } = options;
    const volume = new Volume(location, options);
    try {
      await makePrivate(location.directory, directoryMode);
    } catch (e) {
      if (!isFailure(e)) throw e;
      const message = `dfs.datanode.data.dir: cannot use ${location.directory}: ${e.message}`;
      throw hadoopError('DiskErrorException', message, e);
    }
    volume.#unlock = await lockDirectory(location.directory, (message) => log.warn(message));
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
   * @throws IOException if the volume belongs to another cluster
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
    this.#headerLog = new VolumeLog(this.#poolDirectory, 'meta-headers', { isFast: () => this.isFast });
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
    // Unfinished copies are of no use.
    await fs.rm(this.poolPath('tmp'), { recursive: true, force: true });
    for (const directory of ['tmp', 'current/rbw', 'current/finalized']) {
      await fs.mkdir(this.poolPath(directory), { recursive: true, mode: this.#directoryMode });
    }
  }

  async #writeVersion(name: string, properties: [string, string | number][]): Promise<void> {
    const file = path.join(this.directory, name);
    await fs.mkdir(path.dirname(file), { recursive: true, mode: this.#directoryMode });
    // The bytes are on disk before the file has its name: a loss of power must not leave a volume that can't be opened.
    await fs.writeFile(`${file}.tmp`, formatProperties(properties, this.#clock.now()), VERSION_WRITE);
    await fs.rename(`${file}.tmp`, file);
  }

  /** Returns a path inside the block pool's directory. */
  poolPath(...names: string[]): string {
    return path.join(this.#poolDirectory, ...names);
  }

  /** The headers of meta files that the record of meta headers does not have yet. */
  get headerLog(): VolumeLog {
    invariant(this.#headerLog !== undefined, 'only a volume that has joined a block pool gets replicas');
    return this.#headerLog;
  }

  /** Makes a directory of the block pool unless this process has made it before. */
  async ensureDirectory(directory: string): Promise<void> {
    if (this.#madeDirectories.has(directory)) return;
    await fs.mkdir(directory, { recursive: true, mode: this.#directoryMode });
    this.#madeDirectories.add(directory);
  }

  /** Syncs a directory of the volume to disk, and once each directory above it, which has its name. */
  async syncDirectory(directory: string): Promise<void> {
    await this.#health.synced(() => syncDirectory(directory));
    for (let child = directory; child !== this.directory; child = path.dirname(child)) {
      if (this.#lastingDirectories.has(child)) return;
      await this.#health.synced(() => syncDirectory(path.dirname(child)));
      this.#lastingDirectories.add(child);
    }
  }

  /** Syncs open files of the volume to disk. */
  async syncFiles(...fds: readonly number[]): Promise<void> {
    await this.#health.synced(() => Promise.all(fds.map(syncFile)));
  }

  /** Has the volume checked soon, because an operation has met an error of the disk (Hadoop: checkDiskErrorAsync). */
  noteSuspect(): void {
    this.#health.noteSuspect();
  }

  /** Asks the operating system for the disk's size and free space, unless it did so just now. */
  async refreshDisk(): Promise<void> {
    const askedMs = this.#clock.monotonicMs();
    if (askedMs - this.#disk.askedMs < STATFS_AGE_MAX_MS) return;
    const stats = await fs.statfs(this.directory);
    const totalBytes = stats.blocks * stats.bsize;
    this.#disk = { totalBytes, freeBytes: stats.bavail * stats.bsize, askedMs, usedThenBytes: this.usedBytes };
  }

  /** Counts the disk as full until the operating system is asked again, because a write found no room. */
  noteFull(): void {
    this.#disk = { ...this.#disk, freeBytes: 0, usedThenBytes: this.usedBytes };
  }

  /** Checks that the volume and its block pool can be used. @returns the failure of the disk; undefined if all is well */
  async check(): Promise<Error | undefined> {
    const pool =
      this.#poolDirectory === '' ? [] : [this.poolPath('current', 'finalized'), this.poolPath('current', 'rbw')];
    try {
      for (const directory of [this.directory, ...pool]) {
        await fs.access(directory, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
      }
      await this.refreshDisk();
      await this.#health.check();
      return undefined;
    } catch (e) {
      if (!isFailure(e)) throw e;
      return e;
    }
  }

  /** Returns Hadoop's sums: the capacity without dfs.datanode.du.reserved, the bytes of blocks, the bytes left for new ones. */
  usage(): VolumeUsage {
    const { totalBytes, usedThenBytes } = this.#disk;
    const freeBytes = this.faults?.isDiskFull ? 0 : this.#disk.freeBytes;
    const capacityBytes = Math.max(0, totalBytes - this.reservedBytes);
    const freeNowBytes = Math.max(0, freeBytes - Math.max(0, this.usedBytes - usedThenBytes));
    // Files of others on the disk use up the room reserved for them first (Hadoop: FsVolumeImpl.getRemainingReserved).
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
    try {
      await this.#headerLog?.close();
    } finally {
      await this.#unlock();
    }
  }
}

async function readVersionFile(file: string): Promise<Map<string, string> | undefined> {
  try {
    return parseProperties(await fs.readFile(file, 'utf8'));
  } catch (e) {
    if (errorCode(e) === 'ENOENT') return undefined;
    if (!isFailure(e)) throw e;
    throw hadoopError('DiskErrorException', `${file} cannot be read: ${e.message}`, e);
  }
}

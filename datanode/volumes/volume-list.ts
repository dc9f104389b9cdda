/** The volumes of a DataNode: which of them work, and which one a new replica goes to. */
import { isFailure } from '../../runtime/bug.ts';
import { hadoopError, isHadoopError } from '../../runtime/errors.ts';
import type { StorageLocation, StorageType } from './storage-location.ts';
import { Volume, type VolumeOptions } from './volume.ts';
import { chooseVolume } from './volume-choice.ts';

export interface VolumeListOptions extends VolumeOptions {
  readonly locations: readonly StorageLocation[];
  /** dfs.datanode.failed.volumes.tolerated; with -1 the DataNode goes on while one volume is left. */
  readonly failedVolumesTolerated: number;
}

/** A volume that is no longer used. */
export interface VolumeFailure {
  readonly directory: string;
  readonly error: Error;
  readonly failedAtMs: number;
  /** 0 if the volume failed before its capacity was known. */
  readonly capacityLostBytes: number;
}

/** The wish for the place of a new replica. */
export interface PlacementWish {
  readonly storageType: StorageType;
  readonly storageId?: string | undefined;
  /** Bytes of room that the whole block may take. */
  readonly sizeBytes: number;
}

/** The volumes that work and the failures of the others (Hadoop: FsVolumeList, DatasetVolumeChecker). */
export class VolumeList {
  readonly failures: VolumeFailure[] = [];
  #working: readonly Volume[] = [];
  #nextVolume = 0;
  readonly #options: VolumeListOptions;

  private constructor(options: VolumeListOptions) {
    this.#options = options;
  }

  /** Locks and reads every volume. @throws HadoopError if too many have failed, or one is not this DataNode's */
  static async open(options: VolumeListOptions): Promise<VolumeList> {
    checkTolerated(options);
    const list = new VolumeList(options);
    try {
      for (const location of options.locations) await list.#open(location);
      return list;
    } catch (e) {
      await list.close();
      throw e;
    }
  }

  async #open(location: StorageLocation): Promise<void> {
    try {
      this.#working = [...this.#working, await Volume.open(location, this.#options)];
    } catch (e) {
      // A directory that another DataNode uses or owns is no failed disk: a person has to set that right.
      if (!isHadoopError(e, 'DiskErrorException')) throw e;
      this.#note(location.directory, e, 0);
      if (!this.hasEnough(this.#options.locations.length - this.failures.length)) throw e;
    }
  }

  get working(): readonly Volume[] {
    return this.#working;
  }

  /** Whether dfs.datanode.failed.volumes.tolerated lets the DataNode go on with that many volumes left. */
  hasEnough(left = this.#working.length): boolean {
    const { failedVolumesTolerated: tolerated } = this.#options;
    return left > 0 && (tolerated < 0 || this.failures.length <= tolerated);
  }

  /** Takes out the volumes that are no longer there. @returns the volumes taken out */
  async check(): Promise<Volume[]> {
    const checked = await Promise.all(this.#working.map(async (volume) => ({ volume, error: await volume.check() })));
    const failed: Volume[] = [];
    for (const { volume, error } of checked) {
      if (!error || !this.#working.includes(volume)) continue;
      await this.fail(volume, error);
      failed.push(volume);
    }
    return failed;
  }

  /** Takes a volume out for good. */
  async fail(volume: Volume, error: Error): Promise<void> {
    this.#working = this.#working.filter((v) => v !== volume);
    this.#note(volume.directory, error, volume.usage().capacityBytes);
    try {
      await volume.close();
    } catch (err) {
      // A disk that has failed may keep its lock file. The lock ends with this process, whatever the file says.
      if (!isFailure(err)) throw err;
      this.#options.log.warn({ err, volume: volume.directory }, 'the lock of a failed volume could not be removed');
    }
  }

  #note(directory: string, error: Error, capacityLostBytes: number): void {
    this.failures.push({ directory, error, failedAtMs: this.#options.clock.now(), capacityLostBytes });
    this.#options.log.error({ err: error, volume: directory }, 'volume has failed and is not used any more');
  }

  /** Chooses a volume of the wished type and no other. @throws DiskOutOfSpaceException */
  chooseOfType(wish: PlacementWish): Volume {
    if (this.#working.some((v) => v.storageType === wish.storageType)) return this.choose(wish);
    throw hadoopError('DiskOutOfSpaceException', 'No more available volumes');
  }

  /**
   * Chooses the storage that the NameNode wishes if it has room, else volumes of the type in turns, else any in turns.
   * @throws DiskOutOfSpaceException
   */
  choose(wish: PlacementWish): Volume {
    const ofType = this.#working.filter((v) => v.storageType === wish.storageType);
    const wished = ofType.filter((v) => v.storageId === wish.storageId);
    for (const volume of wished) if (volume.usage().availableBytes > wish.sizeBytes) return volume;
    const candidates = ofType.length > 0 ? ofType : this.#working;
    const index = chooseVolume(
      candidates.map((v) => v.usage()),
      this.#nextVolume % Math.max(1, candidates.length),
      wish.sizeBytes,
    );
    this.#nextVolume = index + 1;
    const volume = candidates[index];
    if (!volume) throw hadoopError('DiskOutOfSpaceException', 'No more available volumes');
    return volume;
  }

  async close(): Promise<void> {
    await Promise.all(this.#working.map((v) => v.close()));
  }
}

/** Checks dfs.datanode.failed.volumes.tolerated. @throws DiskErrorException */
function checkTolerated({ failedVolumesTolerated: tolerated, locations }: VolumeListOptions): void {
  if (tolerated >= -1 && tolerated < locations.length) return;
  throw hadoopError(
    'DiskErrorException',
    `Invalid value configured for dfs.datanode.failed.volumes.tolerated - ${tolerated}. ` +
      `Value configured is either less than -1 or >= to the number of configured volumes (${locations.length}).`,
  );
}

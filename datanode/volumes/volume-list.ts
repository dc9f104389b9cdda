import { hadoopError, isHadoopError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Clock } from '../../runtime/runtime.ts';
import type { StorageLocation, StorageType } from './storage-location.ts';
import { Volume } from './volume.ts';
import { chooseVolume } from './volume-choice.ts';

export interface VolumeListOptions {
  readonly locations: readonly StorageLocation[];
  /** dfs.datanode.du.reserved. */
  readonly reservedBytes: number;
  /** dfs.datanode.failed.volumes.tolerated; -1: as long as one volume is left. */
  readonly failedVolumesTolerated: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A volume that is not used any more. */
export interface VolumeFailure {
  readonly directory: string;
  readonly error: Error;
  readonly failedAtMs: number;
  /** 0 when the volume failed before it was ever asked. */
  readonly capacityLostBytes: number;
}

/** Where a new replica should lie. */
export interface PlacementWish {
  readonly storageType: StorageType;
  readonly storageId?: string | undefined;
  /** Room that the whole block may take. */
  readonly sizeBytes: number;
}

/** The volumes that work, and what is known of those that don't (Hadoop: FsVolumeList, DatasetVolumeChecker). */
export class VolumeList {
  readonly failures: VolumeFailure[] = [];
  #working: readonly Volume[] = [];
  #nextVolume = 0;
  readonly #options: VolumeListOptions;

  private constructor(options: VolumeListOptions) {
    this.#options = options;
  }

  /** Locks and reads every volume. @throws when more of them have failed than may, or one is not this DataNode's */
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
    const { reservedBytes, clock } = this.#options;
    try {
      this.#working = [...this.#working, await Volume.open(location, reservedBytes, clock)];
    } catch (e) {
      // A directory that is in use, or another's, is no failed disk: that is for a person to set right.
      if (!isHadoopError(e, 'DiskErrorException')) throw e;
      this.#note(location.directory, e, 0);
      if (!this.hasEnough(this.#options.locations.length - this.failures.length)) throw e;
    }
  }

  get working(): readonly Volume[] {
    return this.#working;
  }

  /** Whether the DataNode may go on, by dfs.datanode.failed.volumes.tolerated. */
  hasEnough(left = this.#working.length): boolean {
    const { failedVolumesTolerated: tolerated } = this.#options;
    return left > 0 && (tolerated < 0 || this.failures.length <= tolerated);
  }

  /** Looks whether every volume is still there. @returns those that are not and have been taken out */
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
    await volume.close().catch((err: unknown) => this.#options.log.debug({ err }, 'the lock stays behind'));
  }

  #note(directory: string, error: Error, capacityLostBytes: number): void {
    this.failures.push({ directory, error, failedAtMs: this.#options.clock.now(), capacityLostBytes });
    this.#options.log.error({ err: error, volume: directory }, 'volume has failed and is not used any more');
  }

  /** A volume of the type and no other. @throws DiskOutOfSpaceException */
  chooseOfType(wish: PlacementWish): Volume {
    if (this.#working.some((v) => v.storageType === wish.storageType)) return this.choose(wish);
    throw hadoopError('DiskOutOfSpaceException', 'No more available volumes');
  }

  /**
   * The NameNode's choice of storage while it has room, else volumes of the type, else any, in turns.
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

/** @throws DiskErrorException */
function checkTolerated({ failedVolumesTolerated: tolerated, locations }: VolumeListOptions): void {
  if (tolerated >= -1 && tolerated < locations.length) return;
  throw hadoopError(
    'DiskErrorException',
    `Invalid value configured for dfs.datanode.failed.volumes.tolerated - ${tolerated}. ` +
      `Value configured is either less than -1 or >= to the number of configured volumes (${locations.length}).`,
  );
}

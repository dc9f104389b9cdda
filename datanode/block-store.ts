import fs from 'node:fs/promises';
import type { Logger } from '../conf/log.ts';
import type { Clock, Random } from '../conf/runtime.ts';
import { hadoopError } from '../protocol/errors.ts';
import type { ExtendedBlockProto } from '../protocol/gen/messages.ts';
import { formatBlock } from './block-layout.ts';
import { type Replica, type ReplicaEvent, transition } from './replica.ts';
import { truncateReplicaFiles } from './replica-files.ts';
import { describeReplica, replicaNotFound } from './replica-rules.ts';
import { scanVolume } from './replica-scan.ts';
import type { StorageLocation, StorageType } from './storage-location.ts';
import { checkSame, commonUuid } from './store-identity.ts';
import { StoredReplica } from './stored-replica.ts';
import { type Namespace, Volume } from './volume.ts';
import { chooseVolume } from './volume-choice.ts';

export interface BlockStoreOptions {
  readonly locations: readonly StorageLocation[];
  /** dfs.datanode.du.reserved. */
  readonly reservedBytes: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Where a new replica should lie. */
export interface PlacementWish {
  readonly storageType: StorageType;
  readonly storageId?: string | undefined;
  /** Room that the whole block may take. */
  readonly sizeBytes: number;
}

/** The DataNode's replicas and the volumes that they lie on (Hadoop: FsDatasetImpl). */
export class BlockStore {
  readonly volumes: readonly Volume[];
  /** What this DataNode is known by; kept in every volume's VERSION. */
  readonly datanodeUuid: string;
  #namespace: Namespace | undefined;
  readonly #replicas = new Map<number, StoredReplica>();
  readonly #random: Random;
  readonly #log: Logger;
  #nextVolume = 0;

  private constructor(volumes: readonly Volume[], datanodeUuid: string, options: BlockStoreOptions) {
    this.volumes = volumes;
    this.datanodeUuid = datanodeUuid;
    this.#random = options.random;
    this.#log = options.log;
  }

  /** Locks and reads every volume. @throws when one of them can't be used */
  static async open(options: BlockStoreOptions): Promise<BlockStore> {
    const volumes: Volume[] = [];
    try {
      for (const location of options.locations) {
        volumes.push(await Volume.open(location, options.reservedBytes, options.clock));
      }
      return new BlockStore(volumes, commonUuid(volumes) ?? options.random.uuid(), options);
    } catch (e) {
      await Promise.all(volumes.map((v) => v.close()));
      throw e;
    }
  }

  /** The block pool that is served; undefined before the first handshake with the NameNode. */
  get blockPoolId(): string | undefined {
    return this.#namespace?.blockPoolId;
  }

  /** Joins a namespace, formatting new volumes, and finds the replicas; a second call only checks that it is the same. */
  async attach(namespace: Namespace): Promise<void> {
    if (this.#namespace) {
      checkSame(this.#namespace, namespace);
      return;
    }
    for (const volume of this.volumes) await volume.attach(namespace, this.datanodeUuid, this.#random);
    for (const volume of this.volumes) {
      for (const { state, usedBytes } of await scanVolume(volume)) {
        volume.usedBytes += usedBytes;
        if (this.#replicas.has(state.blockId)) {
          this.#log.warn(
            { block: state.blockId, volume: volume.directory },
            'block is on two volumes, this one is ignored',
          );
          continue;
        }
        if (state.kind === 'FINALIZED') volume.numBlocks++;
        this.#replicas.set(state.blockId, new StoredReplica(namespace.blockPoolId, volume, state));
      }
    }
    this.#namespace = namespace;
  }

  replicas(): IterableIterator<StoredReplica> {
    return this.#replicas.values();
  }

  find(block: { readonly poolId: string; readonly blockId: number }): StoredReplica | undefined {
    return block.poolId === this.blockPoolId ? this.#replicas.get(block.blockId) : undefined;
  }

  /** @throws ReplicaNotFoundException */
  get(block: ExtendedBlockProto): StoredReplica {
    const replica = this.find(block);
    if (!replica) throw replicaNotFound(formatBlock(block));
    return replica;
  }

  createRbw(block: ExtendedBlockProto, wish: PlacementWish): Promise<StoredReplica> {
    return this.#create('createRbw', block, wish);
  }

  async createTemporary(block: ExtendedBlockProto, wish: PlacementWish): Promise<StoredReplica> {
    const older = this.find(block);
    if (older) {
      older.preview({ type: 'createTemporary', ...block }, formatBlock(block));
      await older.writer?.stop('a copy of a newer generation replaces it');
      await this.remove(older);
    }
    return this.#create('createTemporary', block, wish);
  }

  async #create(
    type: 'createRbw' | 'createTemporary',
    block: ExtendedBlockProto,
    wish: PlacementWish,
  ): Promise<StoredReplica> {
    if (block.poolId !== this.blockPoolId) {
      throw hadoopError('IOException', `Not ready to serve the block pool, ${block.poolId}.`);
    }
    const state = transition(this.#replicas.get(block.blockId)?.state, { type, ...block }, formatBlock(block));
    const stored = new StoredReplica(block.poolId, this.#chooseVolume(wish), state);
    stored.reservedBytes = wish.sizeBytes;
    stored.volume.reservedForReplicasBytes += wish.sizeBytes;
    this.#replicas.set(block.blockId, stored);
    return stored;
  }

  #chooseVolume(wish: PlacementWish): Volume {
    const healthy = this.volumes.filter((v) => !v.failure);
    const ofType = healthy.filter((v) => v.storageType === wish.storageType);
    const wished = ofType.filter((v) => v.storageId === wish.storageId);
    // The NameNode's choice of storage wins while it has room; otherwise volumes take turns.
    for (const volume of wished) if (volume.usage().availableBytes > wish.sizeBytes) return volume;
    const candidates = ofType.length > 0 ? ofType : healthy;
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

  /** Opens a replica again for a client's pipeline: append, or the recovery of a pipeline or of a close. */
  async reopen(
    block: ExtendedBlockProto,
    event: Extract<ReplicaEvent, { type: 'recoverRbw' | 'append' | 'recoverAppend' | 'recoverClose' }>,
  ): Promise<StoredReplica> {
    const stored = this.get(block);
    const name = formatBlock(block);
    if (event.type !== 'append') await this.#stopWriter(stored, `${event.type} of ${name}`);
    if (event.type === 'append') this.#checkRoomToAppend(stored);
    await stored.exclusive(() => this.#change(stored, stored.preview(event, name)));
    return stored;
  }

  #checkRoomToAppend(stored: StoredReplica): void {
    if (stored.volume.usage().availableBytes > 0) return;
    throw hadoopError(
      'DiskOutOfSpaceException',
      `Insufficient space for appending to ${describeReplica(stored.state)}`,
    );
  }

  async #stopWriter(stored: StoredReplica, reason: string): Promise<void> {
    await stored.writer?.stop(reason);
    stored.writer = undefined;
    stored.apply({ type: 'stopWriter' });
  }

  /** Takes a new state over: truncates and moves the files first, and keeps the volume's sums. */
  async #change(stored: StoredReplica, next: Replica): Promise<void> {
    const before = stored.state;
    if (next.bytesOnDisk < before.bytesOnDisk) {
      stored.volume.usedBytes -= await truncateReplicaFiles(stored.paths, next.bytesOnDisk);
    }
    await stored.moveTo(next);
    if (next.kind === 'FINALIZED' && before.kind !== 'FINALIZED') stored.volume.numBlocks++;
    if (next.kind !== 'FINALIZED' && before.kind === 'FINALIZED') stored.volume.numBlocks--;
    if (next.kind === 'FINALIZED') this.releaseReserved(stored);
  }

  /** Gives back the room that was kept for the rest of a replica. */
  releaseReserved(stored: StoredReplica): void {
    stored.volume.reservedForReplicasBytes -= stored.reservedBytes;
    stored.reservedBytes = 0;
  }

  /** Bytes went to disk: they count as used and are taken off what was reserved for the replica. */
  accountWritten(stored: StoredReplica, bytes: number): void {
    stored.volume.usedBytes += bytes;
    const reserved = Math.min(stored.reservedBytes, bytes);
    stored.reservedBytes -= reserved;
    stored.volume.reservedForReplicasBytes -= reserved;
  }

  /** The block is complete: its files move into `finalized/`. */
  finalize(stored: StoredReplica): Promise<void> {
    return stored.exclusive(() => this.#change(stored, stored.preview({ type: 'finalize' })));
  }

  convertToRbw(stored: StoredReplica, generationStamp: number, visible: number): Promise<void> {
    const event = { type: 'convertToRbw', generationStamp, visibleLength: visible } as const;
    return stored.exclusive(() => this.#change(stored, stored.preview(event)));
  }

  /** First half of a block recovery. @returns the replica as it was, undefined when there is none */
  async beginRecovery(block: ExtendedBlockProto, recoveryId: number): Promise<Replica | undefined> {
    const stored = this.find(block);
    if (!stored || stored.state.kind === 'TEMPORARY') return undefined;
    const event = { type: 'beginRecovery', generationStamp: block.generationStamp, recoveryId } as const;
    stored.preview(event, formatBlock(block));
    await this.#stopWriter(stored, `recovery ${recoveryId} of ${formatBlock(block)}`);
    return stored.exclusive(async () => {
      const next = stored.preview(event, formatBlock(block));
      await this.#change(stored, next);
      return next.kind === 'RUR' ? next.original : next;
    });
  }

  /** Second half: the replica gets the agreed length and generation stamp and is finalized. */
  async endRecovery(block: ExtendedBlockProto, recoveryId: number, newLength: number): Promise<StoredReplica> {
    const stored = this.get(block);
    const event = { type: 'endRecovery', recoveryId, oldLength: block.numBytes ?? 0, newLength } as const;
    await stored.exclusive(() => this.#change(stored, stored.preview(event, formatBlock(block))));
    return stored;
  }

  /** Forgets a replica and deletes its files. */
  async remove(stored: StoredReplica): Promise<void> {
    await stored.exclusive(async () => {
      if (this.#replicas.get(stored.state.blockId) !== stored) return;
      this.#replicas.delete(stored.state.blockId);
      this.releaseReserved(stored);
      const { volume, paths, state } = stored;
      if (state.kind === 'FINALIZED') volume.numBlocks--;
      const metaBytes = (await fs.stat(paths.meta).catch(() => undefined))?.size ?? 0;
      await Promise.all([fs.rm(paths.data, { force: true }), fs.rm(paths.meta, { force: true })]);
      volume.usedBytes = Math.max(0, volume.usedBytes - state.bytesOnDisk - metaBytes);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.volumes.map((v) => v.close()));
  }
}

/** The replicas of a DataNode, and the operations on them. */
import type { ExtendedBlockProto } from '../../protocol/gen/messages.ts';
import { hadoopError, isHadoopError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { deferred } from '../../runtime/promises.ts';
import type { Clock, Random } from '../../runtime/runtime.ts';
import { formatBlock } from '../volumes/block-layout.ts';
import { checkSame, commonUuid } from '../volumes/store-identity.ts';
import type { Namespace, Volume } from '../volumes/volume.ts';
import { type PlacementWish, type VolumeFailure, VolumeList, type VolumeListOptions } from '../volumes/volume-list.ts';
import type { BugTrap } from './bug-trap.ts';
import { loadHeaders } from './header-record.ts';
import { transition } from './replica.ts';
import { changeReplica, finalizeForGood, settleAndChange, withoutWriter } from './replica-changes.ts';
import { ReplicaMap } from './replica-map.ts';
import { beginRecovery, endRecovery, endRecoveryInCopy } from './replica-recovery.ts';
import { describeReplica, replicaNotFound } from './replica-rules.ts';
import { type ScannedReplica, scanVolume } from './replica-scan.ts';
import type { Replica, ReplicaEvent } from './replica-state.ts';
import { moveAcrossStorage } from './storage-move.ts';
import { type ReplicaHolder, StoredReplica } from './stored-replica.ts';

export interface BlockStoreOptions extends VolumeListOptions {
  /** dfs.datanode.xceiver.stop.timeout.millis: how long a recovery waits for a writer to end. */
  readonly writerStopTimeoutMs: number;
  readonly random: Random;
  readonly bugs: BugTrap;
}

/** The DataNode's replicas and the volumes that they lie on (Hadoop: FsDatasetImpl). */
export class BlockStore {
  readonly #volumes: VolumeList;
  /** Names this DataNode over all its restarts; kept in the VERSION file of every volume. */
  readonly datanodeUuid: string;
  #namespace: Namespace | undefined;
  readonly #attached = deferred();
  readonly #replicas: ReplicaMap;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #bugs: BugTrap;
  readonly #log: Logger;
  readonly #writerStopTimeoutMs: number;

  private constructor(volumes: VolumeList, datanodeUuid: string, options: BlockStoreOptions) {
    this.#volumes = volumes;
    this.datanodeUuid = datanodeUuid;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#bugs = options.bugs;
    this.#log = options.log;
    this.#replicas = new ReplicaMap(options.log);
    this.#writerStopTimeoutMs = options.writerStopTimeoutMs;
  }

  /** Locks and reads every volume. @throws HadoopError if a volume can't be used */
  static async open(options: BlockStoreOptions): Promise<BlockStore> {
    const volumes = await VolumeList.open(options);
    try {
      return new BlockStore(volumes, commonUuid(volumes.working) ?? options.random.uuid(), options);
    } catch (e) {
      await volumes.close();
      throw e;
    }
  }

  /** The volumes that work. */
  get volumes(): readonly Volume[] {
    return this.#volumes.working;
  }

  /** The volumes that have failed. */
  get volumeFailures(): readonly VolumeFailure[] {
    return this.#volumes.failures;
  }

  /** Whether enough volumes are left (dfs.datanode.failed.volumes.tolerated). */
  get hasEnoughVolumes(): boolean {
    return this.#volumes.hasEnough();
  }

  /** Takes out the volumes that no longer work, with their replicas. @returns whether there were such volumes */
  async checkVolumes(): Promise<boolean> {
    const failed = await this.#volumes.check();
    for (const volume of failed) this.#replicas.forget(volume);
    return failed.length > 0;
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
    for (const volume of this.volumes) {
      try {
        await volume.attach(namespace, this.datanodeUuid, this.#random);
        const headers = await loadHeaders(volume, this.#log);
        for (const { state, usedBytes } of await scanVolume(volume, this.#clock.now())) {
          volume.usedBytes += usedBytes;
          const found = new StoredReplica(namespace.blockPoolId, volume, state, this.#bugs);
          const header = state.kind === 'FINALIZED' ? headers.get(state.blockId) : undefined;
          // The log tells of a generation before the files have its name: a crash may have come in between.
          if (header !== undefined && header.generationStamp >= state.generationStamp) found.noteSpec(header.spec);
          await this.#replicas.addFound(found);
        }
      } catch (e) {
        // Only an error of the disk makes the volume a failed one. A directory of another cluster fails the start: a
        // person has to set that right.
        if (!(e instanceof Error) || !('syscall' in e || isHadoopError(e, 'DiskErrorException'))) throw e;
        await this.#volumes.fail(volume, e);
        this.#replicas.forget(volume);
        if (!this.hasEnoughVolumes) throw e;
      }
    }
    this.#namespace = namespace;
    this.#attached.resolve();
  }

  /** Resolves when the replicas are known. */
  get attached(): Promise<void> {
    return this.#attached.promise;
  }

  replicas(): IterableIterator<StoredReplica> {
    return this.#replicas.values();
  }

  find(block: { readonly poolId: string; readonly blockId: number }): StoredReplica | undefined {
    return block.poolId === this.blockPoolId ? this.#replicas.find(block.blockId) : undefined;
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

  /**
   * Creates the replica of a copy. A replica of an older generation is removed first.
   * @param onRemoved told of the removed replica: the NameNode must hear of it, even if the copy fails then
   */
  async createTemporary(
    block: ExtendedBlockProto,
    wish: PlacementWish,
    onRemoved: (older: StoredReplica) => void,
  ): Promise<StoredReplica> {
    const older = this.find(block);
    if (older) {
      older.preview({ type: 'createTemporary', ...block }, formatBlock(block));
      await older.writer?.stop('a copy of a newer generation replaces it');
      await this.remove(older);
      onRemoved(older);
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
    await this.#replicas.left(block.blockId);
    const stored = this.#newReplica(type, block, wish);
    stored.reservedBytes = wish.sizeBytes;
    stored.volume.reservedForReplicasBytes += wish.sizeBytes;
    this.#replicas.set(stored);
    return stored;
  }

  #newReplica(type: 'createRbw' | 'createTemporary', block: ExtendedBlockProto, wish: PlacementWish): StoredReplica {
    const older = this.#replicas.find(block.blockId)?.state;
    try {
      const state = transition(older, { type, ...block }, formatBlock(block));
      return new StoredReplica(block.poolId, this.#volumes.choose(wish), state, this.#bugs);
    } catch (e) {
      throw this.#bugs.ofMachine('BlockStore.create', { type, block, older }, e);
    }
  }

  /**
   * Opens a replica again for a client's pipeline: append, or the recovery of a pipeline or of a close.
   * @param holder the replica's writer from now on; the writer before it is stopped
   */
  async reopen(
    block: ExtendedBlockProto,
    event: Extract<ReplicaEvent, { type: 'recoverRbw' | 'append' | 'recoverAppend' | 'recoverClose' }>,
    holder: ReplicaHolder,
  ): Promise<StoredReplica> {
    const stored = this.get(block);
    const name = formatBlock(block);
    const change = async (): Promise<void> => {
      await settleAndChange(stored, stored.preview(event, name));
      stored.writer = holder;
    };
    if (event.type === 'append') {
      this.#checkRoomToAppend(stored);
      // If a finished replica still has a writer, that one only waits until its last ack is sent.
      await stored.exclusive(change);
    } else await withoutWriter(stored, this.#toStop(`${event.type} of ${name}`), change);
    return stored;
  }

  #toStop(reason: string): { reason: string; timeoutMs: number } {
    return { reason, timeoutMs: this.#writerStopTimeoutMs };
  }

  #checkRoomToAppend(stored: StoredReplica): void {
    if (stored.volume.usage().availableBytes > 0) return;
    throw hadoopError(
      'DiskOutOfSpaceException',
      `Insufficient space for appending to ${describeReplica(stored.state)}`,
    );
  }

  /** Moves a complete block's files to `finalized/`. @param sync whether the move has to last over a loss of power */
  finalize(stored: StoredReplica, sync = false): Promise<void> {
    const change = sync ? finalizeForGood : changeReplica;
    return stored.exclusive(() => change(stored, stored.preview({ type: 'finalize' })));
  }

  /** Moves a finished replica to a volume of another type. @param onCopied called before the old files are deleted */
  async moveAcrossStorage(
    block: ExtendedBlockProto,
    wish: PlacementWish,
    onCopied: (moved: StoredReplica) => void,
  ): Promise<void> {
    const stored = this.get(block);
    const chooseVolume = (): Volume => this.#volumes.chooseOfType(wish);
    await moveAcrossStorage(stored, block, wish.storageType, chooseVolume, () => onCopied(stored));
  }

  convertToRbw(stored: StoredReplica, generationStamp: number, visible: number): Promise<void> {
    const event = { type: 'convertToRbw', generationStamp, visibleLength: visible } as const;
    return stored.exclusive(() => settleAndChange(stored, stored.preview(event)));
  }

  /** First half of a block recovery. @returns the replica's state before it; undefined if there is no replica */
  async beginRecovery(block: ExtendedBlockProto, recoveryId: number): Promise<Replica | undefined> {
    const stored = this.find(block);
    return stored && beginRecovery(stored, block, recoveryId, this.#writerStopTimeoutMs);
  }

  /**
   * Second half: the replica gets the agreed length and generation stamp and is finalized.
   * @param newBlockId if it differs from the block's id, a copy under it gets both, and the replica stays as it was
   * @returns the replica that has the new length
   */
  async endRecovery(
    block: ExtendedBlockProto,
    recoveryId: number,
    newLength: number,
    newBlockId = block.blockId,
  ): Promise<StoredReplica> {
    const stored = this.get(block);
    const result = { recoveryId, oldLength: block.numBytes ?? 0, newLength };
    if (newBlockId !== block.blockId) {
      return endRecoveryInCopy(
        stored,
        block,
        { ...result, newBlockId },
        {
          register: (copy) => this.#replicas.add(copy),
          withdraw: (copy) => this.remove(copy),
        },
      );
    }
    await endRecovery(stored, block, result);
    return stored;
  }

  /** Forgets a replica and deletes its files. */
  remove(stored: StoredReplica): Promise<void> {
    return this.#replicas.remove(stored);
  }

  /** Whether files of the block belong to no replica, nor to one that is being deleted. */
  isUnknown(blockId: number): boolean {
    return this.#replicas.isUnknown(blockId);
  }

  /** Takes in a finalized replica whose files were found on a volume. @returns undefined if the block is known by now */
  adopt(volume: Volume, found: ScannedReplica): StoredReplica | undefined {
    if (!this.isUnknown(found.state.blockId) || this.blockPoolId === undefined) return undefined;
    const stored = new StoredReplica(this.blockPoolId, volume, found.state, this.#bugs);
    this.#replicas.set(stored);
    volume.usedBytes += found.usedBytes;
    volume.numBlocks++;
    return stored;
  }

  async close(): Promise<void> {
    await this.#volumes.close();
  }
}

import type { Logger } from '../conf/log.ts';
import type { Random } from '../conf/runtime.ts';
import { hadoopError, isHadoopError } from '../protocol/errors.ts';
import type { ExtendedBlockProto } from '../protocol/gen/messages.ts';
import { formatBlock } from './block-layout.ts';
import { replicaToKeep } from './duplicate-replica.ts';
import { deferred, settled } from './promises.ts';
import { type Replica, type ReplicaEvent, transition } from './replica.ts';
import {
  changeReplica,
  deleteReplicaFiles,
  releaseReserved,
  settleAndChange,
  withoutWriter,
} from './replica-changes.ts';
import { beginRecovery, endRecovery, endRecoveryInCopy } from './replica-recovery.ts';
import { alreadyExists, describeReplica, replicaNotFound } from './replica-rules.ts';
import { type ScannedReplica, scanVolume } from './replica-scan.ts';
import { checkSame, commonUuid } from './store-identity.ts';
import { type ReplicaHolder, StoredReplica } from './stored-replica.ts';
import type { Namespace, Volume } from './volume.ts';
import { type PlacementWish, type VolumeFailure, VolumeList, type VolumeListOptions } from './volume-list.ts';

export interface BlockStoreOptions extends VolumeListOptions {
  /** dfs.datanode.xceiver.stop.timeout.millis: how long a recovery waits for a writer to end. */
  readonly writerStopTimeoutMs: number;
  readonly random: Random;
}

/** The DataNode's replicas and the volumes that they lie on (Hadoop: FsDatasetImpl). */
export class BlockStore {
  readonly #volumes: VolumeList;
  /** What this DataNode is known by; kept in every volume's VERSION. */
  readonly datanodeUuid: string;
  #namespace: Namespace | undefined;
  readonly #attached = deferred();
  /** Blocks whose files are being deleted. */
  readonly #leaving = new Map<number, Promise<void>>();
  readonly #replicas = new Map<number, StoredReplica>();
  readonly #random: Random;
  readonly #log: Logger;
  readonly #writerStopTimeoutMs: number;

  private constructor(volumes: VolumeList, datanodeUuid: string, options: BlockStoreOptions) {
    this.#volumes = volumes;
    this.datanodeUuid = datanodeUuid;
    this.#random = options.random;
    this.#log = options.log;
    this.#writerStopTimeoutMs = options.writerStopTimeoutMs;
  }

  /** Locks and reads every volume. @throws when one of them can't be used */
  static async open(options: BlockStoreOptions): Promise<BlockStore> {
    const volumes = await VolumeList.open(options);
    try {
      return new BlockStore(volumes, commonUuid(volumes.working) ?? options.random.uuid(), options);
    } catch (e) {
      await volumes.close();
      throw e;
    }
  }

  /** Those that work. */
  get volumes(): readonly Volume[] {
    return this.#volumes.working;
  }

  /** Volumes that were given up. */
  get volumeFailures(): readonly VolumeFailure[] {
    return this.#volumes.failures;
  }

  /** Whether enough volumes are left (dfs.datanode.failed.volumes.tolerated). */
  get hasEnoughVolumes(): boolean {
    return this.#volumes.hasEnough();
  }

  /** Takes out volumes that don't work any more, and forgets their replicas. @returns whether there were any */
  async checkVolumes(): Promise<boolean> {
    const failed = await this.#volumes.check();
    for (const volume of failed) await this.#forgetReplicas(volume);
    return failed.length > 0;
  }

  async #forgetReplicas(volume: Volume): Promise<void> {
    for (const stored of [...this.#replicas.values()]) {
      if (stored.volume !== volume) continue;
      this.#replicas.delete(stored.state.blockId);
      // It may hang on the disk that has failed: nobody waits for it.
      void settled(stored.writer?.stop(`volume ${volume.directory} has failed`));
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
    for (const volume of this.volumes) {
      try {
        await volume.attach(namespace, this.datanodeUuid, this.#random);
        for (const { state, usedBytes } of await scanVolume(volume)) {
          volume.usedBytes += usedBytes;
          await this.#add(new StoredReplica(namespace.blockPoolId, volume, state));
        }
      } catch (e) {
        // What the disk says; what this DataNode has against the directory is for a person to set right.
        if (!(e instanceof Error) || !('syscall' in e || isHadoopError(e, 'DiskErrorException'))) throw e;
        await this.#volumes.fail(volume, e);
        await this.#forgetReplicas(volume);
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

  /** Takes in a replica that lies on disk; of two of one block the better one stays. */
  async #add(found: StoredReplica): Promise<void> {
    const { blockId } = found.state;
    const known = this.#replicas.get(blockId);
    const kept = known ? replicaToKeep(known, found) : found;
    this.#replicas.set(blockId, kept);
    if (kept === found && found.state.kind === 'FINALIZED') found.volume.numBlocks++;
    if (!known) return;
    const deleted = kept === found ? known : found;
    if (deleted === known && known.state.kind === 'FINALIZED') known.volume.numBlocks--;
    const message = `block ${kept.name} is there twice: ${deleted.paths.data} is deleted, ${kept.paths.data} is kept`;
    this.#log.warn({ kept: describeReplica(kept.state), deleted: describeReplica(deleted.state) }, message);
    await deleteReplicaFiles(deleted);
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
    // The files of the one that was here must not be deleted under the names of the new one.
    await this.#leaving.get(block.blockId);
    const state = transition(this.#replicas.get(block.blockId)?.state, { type, ...block }, formatBlock(block));
    const stored = new StoredReplica(block.poolId, this.#volumes.choose(wish), state);
    stored.reservedBytes = wish.sizeBytes;
    stored.volume.reservedForReplicasBytes += wish.sizeBytes;
    this.#replicas.set(block.blockId, stored);
    return stored;
  }

  /**
   * Opens a replica again for a client's pipeline: append, or the recovery of a pipeline or of a close.
   * @param holder has the replica from now on; who had it before is stopped
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
      // A finished replica's writer, if it is still there, only waits for its last ack to be sent.
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

  /** The block is complete: its files move into `finalized/`. */
  finalize(stored: StoredReplica): Promise<void> {
    return stored.exclusive(() => changeReplica(stored, stored.preview({ type: 'finalize' })));
  }

  convertToRbw(stored: StoredReplica, generationStamp: number, visible: number): Promise<void> {
    const event = { type: 'convertToRbw', generationStamp, visibleLength: visible } as const;
    return stored.exclusive(() => settleAndChange(stored, stored.preview(event)));
  }

  /** First half of a block recovery. @returns the replica as it was, undefined when there is none */
  async beginRecovery(block: ExtendedBlockProto, recoveryId: number): Promise<Replica | undefined> {
    const stored = this.find(block);
    return stored && beginRecovery(stored, block, recoveryId, this.#writerStopTimeoutMs);
  }

  /**
   * Second half: the replica gets the agreed length and generation stamp and is finalized.
   * @param newBlockId when it is another than the block's, a copy gets them, and the replica stays what it was
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
          register: (copy) => this.#register(copy),
          withdraw: (copy) => this.remove(copy),
        },
      );
    }
    await endRecovery(stored, block, result);
    return stored;
  }

  #register(stored: StoredReplica): void {
    const { blockId } = stored.state;
    const existing = this.#replicas.get(blockId);
    if (existing) throw alreadyExists(existing.state, stored.name);
    this.#replicas.set(blockId, stored);
  }

  /** Forgets a replica and deletes its files. */
  async remove(stored: StoredReplica): Promise<void> {
    await stored.exclusive(async () => {
      if (this.#replicas.get(stored.state.blockId) !== stored) return;
      this.#replicas.delete(stored.state.blockId);
      releaseReserved(stored);
      if (stored.state.kind === 'FINALIZED') stored.volume.numBlocks--;
      const { blockId } = stored.state;
      const deleted = deleteReplicaFiles(stored).finally(() => this.#leaving.delete(blockId));
      this.#leaving.set(blockId, settled(deleted));
      await deleted;
    });
  }

  /** Whether the block's files are no one's: neither a replica's nor those of one that is just being deleted. */
  isUnknown(blockId: number): boolean {
    return !this.#replicas.has(blockId) && !this.#leaving.has(blockId);
  }

  /** Takes in a finalized replica whose files were found on a volume. @returns undefined when it is known by now */
  adopt(volume: Volume, found: ScannedReplica): StoredReplica | undefined {
    if (!this.isUnknown(found.state.blockId) || this.blockPoolId === undefined) return undefined;
    const stored = new StoredReplica(this.blockPoolId, volume, found.state);
    this.#replicas.set(found.state.blockId, stored);
    volume.usedBytes += found.usedBytes;
    volume.numBlocks++;
    return stored;
  }

  async close(): Promise<void> {
    await this.#volumes.close();
  }
}

/** A replica with its volume, its files and its writer. */
import fs from 'node:fs/promises';
import path from 'node:path';
import type { ExtendedBlockProto } from '../../protocol/gen/messages.ts';
import { nothing, settled } from '../../runtime/promises.ts';
import { blockFileName, metaFileName, type ReplicaDirectory, replicaDirectory } from '../volumes/block-layout.ts';
import type { Volume } from '../volumes/volume.ts';
import type { BugTrap } from './bug-trap.ts';
import { type ChecksumSpec, checkSameSpec, sharedSpec } from './meta-header.ts';
import { transition } from './replica.ts';
import type { Replica, ReplicaEvent } from './replica-state.ts';

/** The writer of a replica. A recovery stops the writer before it looks at the replica. */
export interface ReplicaHolder {
  /** Ends the writer. Resolves when the writer no longer touches the replica's files. */
  stop(reason: string): Promise<void>;
  /** Tells the writer to wait for this DataNode's restart. Resolves when the writer has let the replica go. */
  leaveForRestart?(): Promise<void>;
}

export interface ReplicaPaths {
  readonly data: string;
  readonly meta: string;
}

/** A replica, the volume that it lies on and its writer. */
export class StoredReplica {
  readonly poolId: string;
  readonly bugs: BugTrap;
  #volume: Volume;
  writer: ReplicaHolder | undefined;
  /** This replica's part of the volume's reservedForReplicasBytes. */
  reservedBytes = 0;
  #state: Replica;
  #name: string;
  #spec: ChecksumSpec | undefined;
  #tail: Promise<void> = Promise.resolve();
  #growthListeners: (() => void)[] = [];
  /** The lengths in bytes that this process has cut the replica to. A cut is rare. */
  readonly #cuts: number[] = [];

  constructor(poolId: string, volume: Volume, state: Replica, bugs: BugTrap) {
    this.poolId = poolId;
    this.bugs = bugs;
    this.#volume = volume;
    this.#state = state;
    this.#name = nameOf(poolId, state);
  }

  get volume(): Volume {
    return this.#volume;
  }

  get state(): Replica {
    return this.#state;
  }

  /** The replica as its block. */
  get block(): ExtendedBlockProto {
    const { blockId, generationStamp, bytesOnDisk } = this.#state;
    return { poolId: this.poolId, blockId, generationStamp, numBytes: bytesOnDisk };
  }

  get name(): string {
    return this.#name;
  }

  get paths(): ReplicaPaths {
    return this.#pathsOf(this.#state);
  }

  /** The kind of its checksums, once the meta file was written or read. */
  get spec(): ChecksumSpec | undefined {
    return this.#spec;
  }

  /** Notes the kind of checksums that the meta file tells of. @throws CorruptReplica if it has told of another one before */
  noteSpec(spec: ChecksumSpec): void {
    checkSameSpec(this.#spec, spec, this.#name);
    this.#spec ??= sharedSpec(spec);
  }

  /** Makes the names of the files last over a loss of power (Hadoop: LocalReplica.fsyncDirectory). */
  syncDirectory(): Promise<void> {
    return this.volume.syncDirectory(path.dirname(this.paths.data));
  }

  #pathsOf(state: Replica): ReplicaPaths {
    const directory = this.volume.poolPath(replicaDirectory(directoryOf(state), state.blockId));
    return {
      data: path.join(directory, blockFileName(state.blockId)),
      meta: path.join(directory, metaFileName(state.blockId, state.generationStamp)),
    };
  }

  /** Applies an event that changes lengths alone and no file names. @throws HadoopError if it is refused; Bug */
  apply(event: Extract<ReplicaEvent, { type: 'receive' | 'write' | 'ack' | 'stopWriter' }>): void {
    this.#state = this.preview(event);
    if (event.type === 'write') this.#tellGrowth();
  }

  /**
   * Writes bytes and then applies the event of that write. The event's new state is made first, so that a bug or a refusal
   * is found before anything is written.
   * @throws the failure of `write`; HadoopError if the event is refused; Bug
   */
  applyWrite(event: Extract<ReplicaEvent, { type: 'write' }>, write: () => void): void {
    const next = this.preview(event);
    write();
    this.#state = next;
    this.#tellGrowth();
  }

  /** Returns the state that `event` would lead to. @throws HadoopError if the event is refused; Bug */
  preview(event: ReplicaEvent, block = this.#name): Replica {
    try {
      return transition(this.#state, event, block);
    } catch (e) {
      throw this.bugs.ofMachine('Replica.transition', { block, state: this.#state, event }, e);
    }
  }

  /** Moves the files to the places of the state `next`, meta file first as Hadoop does, and then changes the state. */
  async moveTo(next: Replica): Promise<void> {
    const from = this.#pathsOf(this.#state);
    const to = this.#pathsOf(next);
    if (from.data !== to.data) await this.volume.ensureDirectory(path.dirname(to.data));
    if (from.meta !== to.meta) await fs.rename(from.meta, to.meta);
    if (from.data !== to.data) {
      try {
        await fs.rename(from.data, to.data);
      } catch (e) {
        // The meta file goes back to its data. If the disk refuses that too, the next start mends the move.
        await settled(fs.rename(to.meta, from.meta));
        throw e;
      }
    }
    this.#state = next;
    this.#name = nameOf(this.poolId, next);
    this.#tellGrowth();
  }

  /** Notes that the files lie on another volume now. */
  relocate(volume: Volume): void {
    this.#volume = volume;
  }

  /** Notes a cut before it is made: a cut takes bytes from readers, or changes the checksum of a chunk that they read. */
  noteCut(lengthBytes: number): void {
    this.#cuts.push(lengthBytes);
  }

  get cuts(): number {
    return this.#cuts.length;
  }

  /** Returns the shortest length of all cuts but the first `cuts`; Infinity if there was none. */
  shortestSince(cuts: number): number {
    return Math.min(...this.#cuts.slice(cuts));
  }

  /** Runs `action` after all earlier ones on this replica, so that no file moves while another action uses it. */
  exclusive<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(action);
    this.#tail = result.then(nothing, nothing);
    return result;
  }

  /** Resolves at the next change of the replica's length or state. */
  growth(): { readonly promise: Promise<void>; readonly cancel: () => void } {
    let listener = nothing;
    const promise = new Promise<void>((resolve) => {
      listener = resolve;
      this.#growthListeners.push(resolve);
    });
    const cancel = (): void => {
      this.#growthListeners = this.#growthListeners.filter((l) => l !== listener);
    };
    return { promise, cancel };
  }

  #tellGrowth(): void {
    if (this.#growthListeners.length === 0) return;
    const listeners = this.#growthListeners;
    this.#growthListeners = [];
    for (const listener of listeners) listener();
  }
}

function nameOf(poolId: string, { blockId, generationStamp }: Replica): string {
  return `${poolId}:blk_${blockId}_${generationStamp}`;
}

function directoryOf(state: Replica): ReplicaDirectory {
  switch (state.kind) {
    case 'FINALIZED':
      return 'finalized';
    case 'RBW':
    case 'RWR':
      return 'rbw';
    case 'TEMPORARY':
      return 'tmp';
    case 'RUR':
      return directoryOf(state.original);
  }
}

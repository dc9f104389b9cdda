import { hadoopError } from '../protocol/errors.ts';

interface BlockVersion {
  readonly blockId: number;
  readonly generationStamp: number;
}

/** Complete: its length and bytes change only by append, truncate or recovery. */
export interface FinalizedReplica extends BlockVersion {
  readonly kind: 'FINALIZED';
  readonly bytesOnDisk: number;
}

/** Replica being written by a client's pipeline. Invariant: bytesAcked <= bytesOnDisk <= bytesReceived. */
export interface RbwReplica extends BlockVersion {
  readonly kind: 'RBW';
  readonly bytesReceived: number;
  readonly bytesOnDisk: number;
  /** What every node downstream has too: readers may be told of it. */
  readonly bytesAcked: number;
  /** Checksum of the last, partial chunk at `bytesOnDisk`; undefined when it has to be computed. */
  readonly lastChecksum?: Uint8Array;
}

/** Being copied from another DataNode; no one sees it until it is finalized or becomes RBW. */
export interface TemporaryReplica extends BlockVersion {
  readonly kind: 'TEMPORARY';
  readonly bytesReceived: number;
  readonly bytesOnDisk: number;
}

/** Replica waiting to be recovered: was RBW when the DataNode stopped. */
export interface RwrReplica extends BlockVersion {
  readonly kind: 'RWR';
  readonly bytesOnDisk: number;
}

/** Replica under recovery. */
export interface RurReplica extends BlockVersion {
  readonly kind: 'RUR';
  readonly original: FinalizedReplica | RbwReplica | RwrReplica;
  readonly bytesOnDisk: number;
  /** The generation stamp that the recovery will give. */
  readonly recoveryId: number;
}

export type Replica = FinalizedReplica | RbwReplica | TemporaryReplica | RwrReplica | RurReplica;

export type ReplicaEvent =
  | { readonly type: 'createRbw' | 'createTemporary'; readonly blockId: number; readonly generationStamp: number }
  | { readonly type: 'receive' | 'ack'; readonly endOffset: number }
  | { readonly type: 'write'; readonly endOffset: number; readonly lastChecksum?: Uint8Array }
  /** The writer is gone: what it had received but not written is forgotten. */
  | { readonly type: 'stopWriter' }
  | { readonly type: 'finalize' }
  /** A transferred RBW replica joins a pipeline. */
  | { readonly type: 'convertToRbw'; readonly generationStamp: number; readonly visibleLength: number }
  /** A pipeline is rebuilt in the middle of a block. */
  | {
      readonly type: 'recoverRbw';
      readonly generationStamp: number;
      readonly newGenerationStamp: number;
      readonly minBytesReceived: number;
      readonly maxBytesReceived: number;
    }
  | {
      readonly type: 'append' | 'recoverAppend' | 'recoverClose';
      readonly generationStamp: number;
      readonly newGenerationStamp: number;
      readonly expectedLength: number;
    }
  | { readonly type: 'beginRecovery'; readonly generationStamp: number; readonly recoveryId: number }
  | {
      readonly type: 'endRecovery';
      readonly recoveryId: number;
      /** Length that the recovery's coordinator was told of. */
      readonly oldLength: number;
      readonly newLength: number;
    };

/**
 * The one place where a replica changes its state. The disk follows: block-store.ts moves and truncates files to what
 * the new state says. Messages are Hadoop's, because they reach its clients.
 *
 * @param block the block as the caller named it, for messages
 * @throws ReplicaNotFoundException, ReplicaAlreadyExistsException, RecoveryInProgressException, IOException
 */
export function transition(replica: Replica | undefined, event: ReplicaEvent, block: string): Replica {
  switch (event.type) {
    case 'createRbw':
      if (replica) throw alreadyExists(replica, block);
      return { kind: 'RBW', ...version(event), bytesReceived: 0, bytesOnDisk: 0, bytesAcked: 0 };
    case 'createTemporary':
      if (replica && !isReplacedByCopy(replica, event.generationStamp)) throw alreadyExists(replica, block);
      return { kind: 'TEMPORARY', ...version(event), bytesReceived: 0, bytesOnDisk: 0 };
    case 'receive': {
      const writing = beingWritten(replica, block);
      return { ...writing, bytesReceived: Math.max(writing.bytesReceived, event.endOffset) };
    }
    case 'write': {
      const writing = beingWritten(replica, block);
      const bytesReceived = Math.max(writing.bytesReceived, event.endOffset);
      if (writing.kind === 'TEMPORARY') return { ...writing, bytesReceived, bytesOnDisk: event.endOffset };
      return { ...writing, bytesReceived, bytesOnDisk: event.endOffset, lastChecksum: event.lastChecksum };
    }
    case 'ack': {
      const rbw = beingWritten(replica, block);
      if (rbw.kind === 'TEMPORARY' || event.endOffset <= rbw.bytesAcked) return rbw;
      return { ...rbw, bytesAcked: Math.min(event.endOffset, rbw.bytesOnDisk) };
    }
    case 'stopWriter': {
      if (replica?.kind !== 'RBW' && replica?.kind !== 'TEMPORARY') return existing(replica, block);
      return { ...replica, bytesReceived: replica.bytesOnDisk };
    }
    case 'finalize':
      return finalized(existing(replica, block), block);
    case 'convertToRbw':
      return converted(replica, event.generationStamp, event.visibleLength, block);
    case 'recoverRbw':
      return recoveredRbw(existing(replica, block), event, block);
    case 'append':
      return appended(existing(replica, block), event, block);
    case 'recoverAppend': {
      const checked = checkRecoverable(existing(replica, block), event);
      if (checked.kind === 'FINALIZED') return reopened(checked, event.newGenerationStamp);
      return { ...checked, generationStamp: event.newGenerationStamp };
    }
    case 'recoverClose': {
      const checked = checkRecoverable(existing(replica, block), event);
      const { blockId, bytesOnDisk } = checked;
      return { kind: 'FINALIZED', blockId, generationStamp: event.newGenerationStamp, bytesOnDisk };
    }
    case 'beginRecovery':
      return underRecovery(existing(replica, block), event, block);
    case 'endRecovery':
      return recovered(existing(replica, block), event, block);
  }
}

/** Bytes that a reader may ask for; -1 for a replica that can't be read (Hadoop: Replica.getVisibleLength). */
export function visibleLength(replica: Replica): number {
  switch (replica.kind) {
    case 'FINALIZED':
      return replica.bytesOnDisk;
    case 'RBW':
      return replica.bytesAcked;
    case 'RUR':
      return visibleLength(replica.original);
    case 'TEMPORARY':
    case 'RWR':
      return -1;
  }
}

/** As messages and logs show a replica. */
export function describeReplica(replica: Replica): string {
  const lengths =
    replica.kind === 'RBW'
      ? `bytesReceived=${replica.bytesReceived}, bytesOnDisk=${replica.bytesOnDisk}, bytesAcked=${replica.bytesAcked}`
      : `bytesOnDisk=${replica.bytesOnDisk}`;
  return `blk_${replica.blockId}_${replica.generationStamp}, ${replica.kind}, ${lengths}`;
}

const POSSIBLE_ROOT_CAUSE =
  '. The block may have been removed recently by the balancer or by intentionally reducing the replication factor. ' +
  'This condition is usually harmless. To be certain, please check the preceding datanode log messages for signs of a ' +
  'more serious issue.';

/** The failure that readers know as "look for another replica". */
export function replicaNotFound(block: string) {
  return hadoopError('ReplicaNotFoundException', `Replica not found for ${block}${POSSIBLE_ROOT_CAUSE}`);
}

function version(event: BlockVersion): BlockVersion {
  return { blockId: event.blockId, generationStamp: event.generationStamp };
}

function existing(replica: Replica | undefined, block: string): Replica {
  if (!replica) throw replicaNotFound(block);
  return replica;
}

function beingWritten(replica: Replica | undefined, block: string): RbwReplica | TemporaryReplica {
  const found = existing(replica, block);
  if (found.kind !== 'RBW' && found.kind !== 'TEMPORARY') {
    throw hadoopError('ReplicaNotFoundException', `${block} is not being written, r=${describeReplica(found)}`);
  }
  return found;
}

function alreadyExists(replica: Replica, block: string) {
  return hadoopError(
    'ReplicaAlreadyExistsException',
    `Block ${block} already exists in state ${replica.kind} and thus cannot be created.`,
  );
}

/** A copy of a newer generation may replace what an older pipeline left unfinished. */
function isReplacedByCopy(replica: Replica, generationStamp: number): boolean {
  return (replica.kind === 'RBW' || replica.kind === 'TEMPORARY') && replica.generationStamp < generationStamp;
}

function finalized(replica: Replica, block: string): Replica {
  switch (replica.kind) {
    case 'FINALIZED':
      return replica;
    case 'RBW':
    case 'TEMPORARY': {
      const { blockId, generationStamp, bytesOnDisk, bytesReceived } = replica;
      if (bytesOnDisk !== bytesReceived) {
        throw hadoopError('IOException', `Cannot finalize ${block}: received more than written, r=${describeReplica(replica)}`);
      }
      return { kind: 'FINALIZED', blockId, generationStamp, bytesOnDisk };
    }
    case 'RWR':
    case 'RUR':
      throw hadoopError('IOException', `Cannot finalize ${block}: r=${describeReplica(replica)}`);
  }
}

function converted(replica: Replica | undefined, generationStamp: number, visible: number, block: string): Replica {
  if (!replica) throw hadoopError('ReplicaNotFoundException', `Replica does not exist ${block}`);
  const r = describeReplica(replica);
  if (replica.kind !== 'TEMPORARY') {
    throw hadoopError('ReplicaAlreadyExistsException', `r.getState() != ReplicaState.TEMPORARY, r=${r}`);
  }
  if (replica.generationStamp !== generationStamp) {
    const message = `temp.getGenerationStamp() != expectedGs = ${generationStamp}, temp=${r}`;
    throw hadoopError('ReplicaAlreadyExistsException', message);
  }
  const { blockId, bytesOnDisk } = replica;
  if (bytesOnDisk < visible) throw hadoopError('IOException', `${bytesOnDisk} = numBytes < visible = ${visible}, temp=${r}`);
  return { kind: 'RBW', blockId, generationStamp, bytesReceived: bytesOnDisk, bytesOnDisk, bytesAcked: visible };
}

function recoveredRbw(replica: Replica, event: Extract<ReplicaEvent, { type: 'recoverRbw' }>, block: string): Replica {
  if (replica.kind !== 'RBW') {
    throw hadoopError('ReplicaNotFoundException', `Cannot recover a non-RBW replica ${describeReplica(replica)}`);
  }
  checkGenerationStamp(replica, event, block);
  const { bytesAcked, bytesReceived } = replica;
  if (bytesAcked < event.minBytesReceived || bytesReceived > event.maxBytesReceived) {
    throw hadoopError(
      'ReplicaNotFoundException',
      `Unmatched length replica ${describeReplica(replica)}: BytesAcked = ${bytesAcked} BytesRcvd = ${bytesReceived} ` +
        `are not in the range of [${event.minBytesReceived}, ${event.maxBytesReceived}].`,
    );
  }
  // What was not acked may be corrupt when the node that checks, the pipeline's tail, was lost.
  const { blockId } = replica;
  const bytesOnDisk = bytesAcked;
  const lastChecksum = bytesOnDisk === replica.bytesOnDisk ? replica.lastChecksum : undefined;
  return {
    kind: 'RBW',
    blockId,
    generationStamp: event.newGenerationStamp,
    bytesReceived: bytesOnDisk,
    bytesOnDisk,
    bytesAcked,
    lastChecksum,
  };
}

function checkGenerationStamp(
  replica: Replica,
  event: { readonly generationStamp: number; readonly newGenerationStamp: number },
  block: string,
): void {
  if (replica.generationStamp < event.generationStamp || replica.generationStamp > event.newGenerationStamp) {
    throw hadoopError(
      'ReplicaNotFoundException',
      `Cannot append to a replica with unexpected generation stamp ${block}. ` +
        `Expected GS range is [${event.generationStamp}, ${event.newGenerationStamp}].`,
    );
  }
}

interface ReopenEvent {
  readonly generationStamp: number;
  readonly newGenerationStamp: number;
  readonly expectedLength: number;
}

function appended(replica: Replica, event: ReopenEvent, block: string): Replica {
  if (event.newGenerationStamp < event.generationStamp) {
    throw hadoopError(
      'IOException',
      `The new generation stamp ${event.newGenerationStamp} should be greater than the replica ${block}'s generation stamp`,
    );
  }
  if (replica.kind !== 'FINALIZED') {
    throw hadoopError('ReplicaNotFoundException', `Cannot append to an unfinalized replica ${block}`);
  }
  if (replica.generationStamp !== event.generationStamp) throw replicaNotFound(block);
  checkLength(replica, event.expectedLength);
  return reopened(replica, event.newGenerationStamp);
}

function reopened(replica: FinalizedReplica, generationStamp: number): RbwReplica {
  const { blockId, bytesOnDisk } = replica;
  return { kind: 'RBW', blockId, generationStamp, bytesReceived: bytesOnDisk, bytesOnDisk, bytesAcked: bytesOnDisk };
}

function checkLength(replica: Replica, expectedLength: number): void {
  if (replica.bytesOnDisk !== expectedLength) {
    throw hadoopError(
      'IOException',
      `Corrupted replica ${describeReplica(replica)} with a length of ${replica.bytesOnDisk} ` +
        `expected length is ${expectedLength}`,
    );
  }
}

function checkRecoverable(replica: Replica, event: ReopenEvent): FinalizedReplica | RbwReplica {
  if (replica.kind !== 'FINALIZED' && replica.kind !== 'RBW') {
    throw hadoopError(
      'ReplicaNotFoundException',
      `Cannot recover append/close to a replica that's not FINALIZED and not RBW ${describeReplica(replica)}`,
    );
  }
  checkGenerationStamp(replica, event, String(replica.generationStamp));
  if (replica.kind === 'RBW') {
    const { bytesReceived, bytesOnDisk, bytesAcked } = replica;
    if (bytesReceived !== bytesOnDisk || bytesReceived !== bytesAcked) {
      throw hadoopError(
        'ReplicaAlreadyExistsException',
        `RBW replica ${describeReplica(replica)}bytesRcvd(${bytesReceived}), bytesOnDisk(${bytesOnDisk}), ` +
          `and bytesAcked(${bytesAcked}) are not the same.`,
      );
    }
  }
  checkLength(replica, event.expectedLength);
  return replica;
}

function underRecovery(replica: Replica, event: Extract<ReplicaEvent, { type: 'beginRecovery' }>, block: string): Replica {
  const r = describeReplica(replica);
  if (replica.kind === 'TEMPORARY') throw replicaNotFound(block);
  if (replica.generationStamp < event.generationStamp) {
    throw hadoopError('IOException', `replica.getGenerationStamp() < block.getGenerationStamp(), block=${block}, replica=${r}`);
  }
  if (replica.generationStamp >= event.recoveryId) {
    throw hadoopError(
      'IOException',
      `replica.getGenerationStamp() >= recoveryId = ${event.recoveryId}, block=${block}, replica=${r}`,
    );
  }
  if (replica.kind === 'RUR' && replica.recoveryId >= event.recoveryId) {
    throw hadoopError(
      'RecoveryInProgressException',
      `rur.getRecoveryID() >= recoveryId = ${event.recoveryId}, block=${block}, rur=${r}`,
    );
  }
  const original = replica.kind === 'RUR' ? replica.original : replica;
  const { blockId, generationStamp, bytesOnDisk } = original;
  return { kind: 'RUR', blockId, generationStamp, bytesOnDisk, original, recoveryId: event.recoveryId };
}

function recovered(replica: Replica, event: Extract<ReplicaEvent, { type: 'endRecovery' }>, block: string): Replica {
  const r = describeReplica(replica);
  if (replica.kind !== 'RUR') throw hadoopError('IOException', `replica.getState() != RUR, replica=${r}`);
  if (replica.bytesOnDisk !== event.oldLength) {
    throw hadoopError('IOException', `replica.getBytesOnDisk() != block.getNumBytes(), block=${block}, replica=${r}`);
  }
  if (replica.recoveryId !== event.recoveryId) {
    throw hadoopError('IOException', `rur.getRecoveryID() != recoveryId = ${event.recoveryId}, rur=${r}`);
  }
  if (replica.bytesOnDisk < event.newLength) {
    throw hadoopError('IOException', `rur.getNumBytes() < newlength = ${event.newLength}, rur=${r}`);
  }
  return { kind: 'FINALIZED', blockId: replica.blockId, generationStamp: event.recoveryId, bytesOnDisk: event.newLength };
}

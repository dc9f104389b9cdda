/** The rules of the replica's state machine, one function each; texts that describe a replica. Pure. */
import { hadoopError } from '../../runtime/errors.ts';
import type { FinalizedReplica, RbwReplica, Replica, ReplicaEvent, TemporaryReplica } from './replica-state.ts';

/** Returns a replica as messages and logs show it. */
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

/** Returns the failure that tells a reader to take another replica. */
export function replicaNotFound(block: string) {
  return hadoopError('ReplicaNotFoundException', `Replica not found for ${block}${POSSIBLE_ROOT_CAUSE}`);
}

export function existing(replica: Replica | undefined, block: string): Replica {
  if (!replica) throw replicaNotFound(block);
  return replica;
}

export function beingWritten(replica: Replica | undefined, block: string): RbwReplica | TemporaryReplica {
  const found = existing(replica, block);
  if (found.kind !== 'RBW' && found.kind !== 'TEMPORARY') {
    throw hadoopError('ReplicaNotFoundException', `${block} is not being written, r=${describeReplica(found)}`);
  }
  return found;
}

export function alreadyExists(replica: Replica, block: string) {
  return hadoopError(
    'ReplicaAlreadyExistsException',
    `Block ${block} already exists in state ${replica.kind} and thus cannot be created.`,
  );
}

/**
 * Whether a copy of a newer generation may replace a replica: one that an older pipeline left unfinished, also after a
 * restart (RWR), and one that waits for the end of a recovery (RUR) that has ended without it, so that the recovery's id
 * is the block's generation stamp by now. Hadoop refuses the two. A block whose replicas wait on every DataNode then
 * never gets its replicas back.
 */
export function isReplacedByCopy(replica: Replica, generationStamp: number): boolean {
  switch (replica.kind) {
    case 'RBW':
    case 'TEMPORARY':
    case 'RWR':
      return replica.generationStamp < generationStamp;
    case 'RUR':
      return replica.recoveryId <= generationStamp;
    case 'FINALIZED':
      return false;
  }
}

export function finalized(replica: Replica, block: string): Replica {
  switch (replica.kind) {
    case 'FINALIZED':
      return replica;
    case 'RBW':
    case 'TEMPORARY': {
      const { blockId, generationStamp, bytesOnDisk, bytesReceived } = replica;
      if (bytesOnDisk !== bytesReceived) {
        throw hadoopError(
          'IOException',
          `Cannot finalize ${block}: received more than written, r=${describeReplica(replica)}`,
        );
      }
      return { kind: 'FINALIZED', blockId, generationStamp, bytesOnDisk };
    }
    case 'RWR':
    case 'RUR':
      throw hadoopError('IOException', `Cannot finalize ${block}: r=${describeReplica(replica)}`);
  }
}

export function converted(
  replica: Replica | undefined,
  generationStamp: number,
  visible: number,
  block: string,
): Replica {
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
  if (bytesOnDisk < visible)
    throw hadoopError('IOException', `${bytesOnDisk} = numBytes < visible = ${visible}, temp=${r}`);
  return { kind: 'RBW', blockId, generationStamp, bytesReceived: bytesOnDisk, bytesOnDisk, bytesAcked: visible };
}

export function recoveredRbw(
  replica: Replica,
  event: Extract<ReplicaEvent, { type: 'recoverRbw' }>,
  block: string,
): Replica {
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
  // Bytes that were not acked may be corrupt: only the pipeline's tail checks, and it may be the node that was lost.
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

export function appended(replica: Replica, event: ReopenEvent, block: string): Replica {
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

export function reopened(replica: FinalizedReplica, generationStamp: number): RbwReplica {
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

export function checkRecoverable(replica: Replica, event: ReopenEvent): FinalizedReplica | RbwReplica {
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

export function underRecovery(
  replica: Replica,
  event: Extract<ReplicaEvent, { type: 'beginRecovery' }>,
  block: string,
): Replica {
  const r = describeReplica(replica);
  if (replica.kind === 'TEMPORARY') throw replicaNotFound(block);
  if (replica.generationStamp < event.generationStamp) {
    throw hadoopError(
      'IOException',
      `replica.getGenerationStamp() < block.getGenerationStamp(), block=${block}, replica=${r}`,
    );
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

export function recovered(
  replica: Replica,
  event: Extract<ReplicaEvent, { type: 'endRecovery' }>,
  block: string,
): Replica {
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
  const { blockId, generationStamp, bytesOnDisk } = replica;
  if (event.toCopy) return { kind: 'FINALIZED', blockId, generationStamp, bytesOnDisk };
  return { kind: 'FINALIZED', blockId, generationStamp: event.recoveryId, bytesOnDisk: event.newLength };
}

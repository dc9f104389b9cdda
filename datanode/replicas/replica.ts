/** The replica's state machine: one function gives the state that follows an event. Pure. */
import { invariant } from '../../runtime/bug.ts';
import {
  alreadyExists,
  appended,
  beingWritten,
  checkRecoverable,
  converted,
  existing,
  finalized,
  isReplacedByCopy,
  recovered,
  recoveredRbw,
  reopened,
  underRecovery,
} from './replica-rules.ts';
import type { BlockVersion, RbwReplica, Replica, ReplicaEvent, TemporaryReplica } from './replica-state.ts';

/**
 * Returns the state that follows an event: no other code changes a replica's state. The files are then moved and cut to
 * that state (replica-changes.ts). Messages are Hadoop's, because they reach its clients.
 *
 * @param block the block as the caller named it, for messages
 * @throws ReplicaNotFoundException, ReplicaAlreadyExistsException, RecoveryInProgressException, IOException
 */
export function transition(replica: Replica | undefined, event: ReplicaEvent, block: string): Replica {
  switch (event.type) {
    case 'createRbw':
      if (replica) throw alreadyExists(replica, block);
      return rbw(event, 0, 0, 0, undefined);
    case 'createTemporary':
      if (replica && !isReplacedByCopy(replica, event.generationStamp)) throw alreadyExists(replica, block);
      return temporary(event, 0, 0);
    case 'receive': {
      const writing = beingWritten(replica, block);
      const bytesReceived = Math.max(writing.bytesReceived, event.endOffset);
      if (writing.kind === 'TEMPORARY') return temporary(writing, bytesReceived, writing.bytesOnDisk);
      return rbw(writing, bytesReceived, writing.bytesOnDisk, writing.bytesAcked, writing.lastChecksum);
    }
    case 'write': {
      const writing = beingWritten(replica, block);
      const bytesReceived = Math.max(writing.bytesReceived, event.endOffset);
      if (writing.kind === 'TEMPORARY') return temporary(writing, bytesReceived, event.endOffset);
      return rbw(writing, bytesReceived, event.endOffset, writing.bytesAcked, event.lastChecksum);
    }
    case 'ack': {
      const writing = beingWritten(replica, block);
      if (writing.kind === 'TEMPORARY' || event.endOffset <= writing.bytesAcked) return writing;
      const bytesAcked = Math.min(event.endOffset, writing.bytesOnDisk);
      return rbw(writing, writing.bytesReceived, writing.bytesOnDisk, bytesAcked, writing.lastChecksum);
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

// The fields are spelled out, not spread: each packet makes three such objects, and every object that a spread makes has
// a shape of its own to V8, which slows down all code that reads it.

function rbw(
  { blockId, generationStamp }: BlockVersion,
  bytesReceived: number,
  bytesOnDisk: number,
  bytesAcked: number,
  lastChecksum: Uint8Array | undefined,
): RbwReplica {
  invariant(bytesAcked <= bytesOnDisk && bytesOnDisk <= bytesReceived, 'bytesAcked <= bytesOnDisk <= bytesReceived');
  return { kind: 'RBW', blockId, generationStamp, bytesReceived, bytesOnDisk, bytesAcked, lastChecksum };
}

function temporary(
  { blockId, generationStamp }: BlockVersion,
  bytesReceived: number,
  bytesOnDisk: number,
): TemporaryReplica {
  return { kind: 'TEMPORARY', blockId, generationStamp, bytesReceived, bytesOnDisk };
}

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
      /** The new length and generation stamp go to a copy under another id (truncate of a block in a snapshot). */
      readonly toCopy?: boolean;
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

// Spelled out, not spread: three of them are made for each packet, and to V8 every object that a spread makes here has
// a shape of its own, which slows down all that looks at it.

function rbw(
  { blockId, generationStamp }: BlockVersion,
  bytesReceived: number,
  bytesOnDisk: number,
  bytesAcked: number,
  lastChecksum: Uint8Array | undefined,
): RbwReplica {
  return { kind: 'RBW', blockId, generationStamp, bytesReceived, bytesOnDisk, bytesAcked, lastChecksum };
}

function temporary(
  { blockId, generationStamp }: BlockVersion,
  bytesReceived: number,
  bytesOnDisk: number,
): TemporaryReplica {
  return { kind: 'TEMPORARY', blockId, generationStamp, bytesReceived, bytesOnDisk };
}

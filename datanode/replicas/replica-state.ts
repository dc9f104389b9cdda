/** The states of a replica and the events that change them; replica.ts has the table of changes. Pure. */

export interface BlockVersion {
  readonly blockId: number;
  readonly generationStamp: number;
}

/** Complete replica: its length and bytes change only by append, truncate or recovery. */
export interface FinalizedReplica extends BlockVersion {
  readonly kind: 'FINALIZED';
  readonly bytesOnDisk: number;
}

/** Replica being written by a client's pipeline. bytesAcked <= bytesOnDisk <= bytesReceived, which replica.ts asserts. */
export interface RbwReplica extends BlockVersion {
  readonly kind: 'RBW';
  readonly bytesReceived: number;
  readonly bytesOnDisk: number;
  /** Bytes that every node downstream has too. Readers may be told of these alone. */
  readonly bytesAcked: number;
  /** Checksum of the last, partial chunk at `bytesOnDisk`; undefined if it has to be computed. */
  readonly lastChecksum?: Uint8Array;
}

/** Copy that another DataNode sends: readers and the NameNode see it once it is finalized or RBW. */
export interface TemporaryReplica extends BlockVersion {
  readonly kind: 'TEMPORARY';
  readonly bytesReceived: number;
  readonly bytesOnDisk: number;
}

/** Replica waiting to be recovered: it was RBW when the DataNode stopped. */
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
  /** The writer is gone: bytes received and not written are forgotten. */
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
      /** The length that the DataNode leading the recovery was told of. */
      readonly oldLength: number;
      readonly newLength: number;
      /** The new length and generation stamp go to a copy under another id (truncate of a block in a snapshot). */
      readonly toCopy?: boolean;
    };

/** Returns the bytes that a reader may ask for; -1 if the replica can't be read (Hadoop: Replica.getVisibleLength). */
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

/** The encoding of full block reports. Pure. */

/** The states of replicas; the index is Hadoop's number for the state in block reports (ReplicaStateProto). */
export const REPLICA_STATES = ['FINALIZED', 'RBW', 'RWR', 'RUR', 'TEMPORARY'] as const;
export type ReplicaStateName = (typeof REPLICA_STATES)[number];

export interface ReportedReplica {
  readonly blockId: number;
  readonly bytesOnDisk: number;
  readonly generationStamp: number;
  readonly state: ReplicaStateName;
}

/** The largest buffer of an encoded list (Hadoop: BlockListAsLongs). */
const CHUNK_BYTES = 64 * 1024;
const REPLICA_BYTES_MAX = 40;

/**
 * Encodes a storage's replicas as Hadoop's BlockListAsLongs does, one replica after the other:
 *
 *     +-----------------+--------------------+----------------------+----------------+
 *     | block id zigzag | bytes on disk  var | generation stamp var | state     var  |
 *     +-----------------+--------------------+----------------------+----------------+
 *
 * The list is cut into buffers of 64 KiB, also in the middle of a replica.
 */
export function encodeBlockList(replicas: Iterable<ReportedReplica>): { numberOfBlocks: number; buffers: Buffer[] } {
  const buffers: Buffer[] = [];
  let numberOfBlocks = 0;
  let buffer = Buffer.allocUnsafe(CHUNK_BYTES + REPLICA_BYTES_MAX);
  let end = 0;
  for (const replica of replicas) {
    end = writeVarint(buffer, end, zigzag(replica.blockId));
    end = writeVarint(buffer, end, replica.bytesOnDisk);
    end = writeVarint(buffer, end, replica.generationStamp);
    end = writeVarint(buffer, end, REPLICA_STATES.indexOf(replica.state));
    numberOfBlocks++;
    if (end >= CHUNK_BYTES) {
      buffers.push(buffer.subarray(0, CHUNK_BYTES));
      const rest = buffer.subarray(CHUNK_BYTES, end);
      buffer = Buffer.allocUnsafe(CHUNK_BYTES + REPLICA_BYTES_MAX);
      rest.copy(buffer);
      end = rest.length;
    }
  }
  if (end > 0) buffers.push(buffer.subarray(0, end));
  return { numberOfBlocks, buffers };
}

/** Zigzag in floating point: exact for ids up to 2^52. NameNodes give out no larger ones. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function writeVarint(buffer: Buffer, start: number, value: number): number {
  let position = start;
  let rest = value;
  while (rest >= 128) {
    buffer[position++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  buffer[position++] = rest;
  return position;
}

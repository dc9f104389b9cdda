/** Computes the bytes that a batch of packets adds to a replica's two files. Pure. */
import { invariant } from '../../runtime/bug.ts';
import { META_HEADER_BYTES } from './meta-header.ts';
import type { PacketPlan } from './packet-plan.ts';

/** The data of a packet, with checksums of the kind that the meta file has. */
export interface WritablePacket {
  readonly offsetInBlock: number;
  readonly data: Buffer;
  readonly checksums: Buffer;
  /** Whether an fsync is needed before the packet counts as written. */
  readonly syncBlock: boolean;
}

export interface PlannedPacket {
  readonly packet: WritablePacket;
  /** Undefined for a packet whose bytes are all on disk already. */
  readonly plan: PacketPlan | undefined;
}

/** The bytes that a batch of packets adds to the two files. */
export interface Parts {
  readonly data: Uint8Array[];
  readonly dataBytes: number;
  readonly meta: Uint8Array[];
  /** Offset in the meta file of the first checksum; -1 if the replica has no checksums. */
  readonly metaPosition: number;
}

/**
 * Returns the bytes to write, without a first checksum that has to be computed from bytes on disk.
 * @param checksumSize the bytes of one checksum; 0 for a replica without checksums
 */
export function partsOf(batch: readonly PlannedPacket[], checksumSize: number): Parts {
  const data: Uint8Array[] = [];
  const meta: Uint8Array[] = [];
  let dataBytes = 0;
  let metaPosition = -1;
  let metaEnd = 0;
  for (const { packet, plan } of batch) {
    if (!plan) continue;
    const fresh = newData(packet, plan);
    data.push(fresh);
    dataBytes += fresh.length;
    if (checksumSize === 0) continue;
    const checksums = packet.checksums.subarray(plan.checksumSkip * checksumSize);
    const position = META_HEADER_BYTES + plan.firstChunk * checksumSize;
    if (metaPosition < 0) metaPosition = position;
    // If two packets have the same chunk, the checksum of the later one counts.
    else if (position < metaEnd) cutEnd(meta, metaEnd - position);
    if (checksums.length > 0) meta.push(checksums);
    metaEnd = position + (plan.recompute ? checksumSize : 0) + checksums.length;
  }
  return { data, dataBytes, meta, metaPosition };
}

/** Returns the bytes of a packet that are not on disk. */
export function newData({ data }: WritablePacket, { dataSkip }: PacketPlan): Buffer {
  return dataSkip > 0 ? data.subarray(dataSkip) : data;
}

/** Takes `count` bytes off the end of a list of buffers. */
function cutEnd(buffers: Uint8Array[], count: number): void {
  let left = count;
  while (left > 0) {
    const last = buffers.pop();
    invariant(last !== undefined, 'checksums of a batch come in the order of its chunks');
    if (last.length > left) buffers.push(last.subarray(0, last.length - left));
    left -= Math.min(left, last.length);
  }
}

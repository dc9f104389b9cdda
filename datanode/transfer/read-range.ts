/** Computes the range of bytes that answers a read. Pure. */
import { hadoopError } from '../../runtime/errors.ts';

export interface ReadRange {
  /** Offset in the block of the first byte to send: the start of the chunk that holds the first byte asked for. */
  readonly start: number;
  /** Offset behind the last byte to send: the end of a chunk, or of the data on disk. */
  readonly end: number;
}

/**
 * Returns the range to send for a read of [offset, offset + length): whole chunks, because a checksum covers a chunk
 * (Hadoop: BlockSender). A length of -1 reads up to the visible length.
 * @throws IOException with Hadoop's message if the range is not within the replica
 */
export function alignRead(
  request: { readonly offset: number; readonly length: number },
  replica: { readonly visibleLength: number; readonly bytesOnDisk: number },
  bytesPerChecksum: number,
  block: string,
): ReadRange {
  const { offset } = request;
  const length = request.length < 0 ? replica.visibleLength : request.length;
  const end = replica.bytesOnDisk;
  if (offset < 0 || offset > end || offset + length > end) {
    const message = ` Offset ${offset} and length ${length} don't match block ${block} ( blockLen ${end} )`;
    throw hadoopError('IOException', message);
  }
  const chunkEnd = Math.ceil((offset + length) / bytesPerChecksum) * bytesPerChecksum;
  return { start: offset - (offset % bytesPerChecksum), end: Math.min(chunkEnd, end) };
}

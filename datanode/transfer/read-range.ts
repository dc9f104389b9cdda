/** The bytes that a read is answered with. Pure. */
import { hadoopError } from '../../runtime/errors.ts';

export interface ReadRange {
  /** First byte sent: the start of the chunk that holds the first byte asked for. */
  readonly start: number;
  /** One past the last byte sent: the end of a chunk, or of what is on disk. */
  readonly end: number;
}

/**
 * The bytes to send for a read of [offset, offset + length): whole chunks, because a checksum covers a chunk.
 *
 * @param length -1: up to the visible length
 * @throws IOException with Hadoop's words when the range is not in the replica
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

/** Plans the places of one packet's bytes in a replica's two files. Pure. */
import { hadoopError } from '../../runtime/errors.ts';

/** The places of one packet's bytes, given the bytes on disk. Positions and lengths of data are in bytes. */
export interface PacketPlan {
  /** Bytes at the packet's start that are on disk already. */
  readonly dataSkip: number;
  /** Index of the chunk whose checksum is written first. */
  readonly firstChunk: number;
  /** Checksums at the packet's start that are not written. */
  readonly checksumSkip: number;
  /**
   * The partial chunk at the end of the data on disk, if its checksum has to be computed from `diskBytes` bytes on
   * disk and `packetBytes` bytes of the packet (from `dataSkip`).
   */
  readonly recompute?: { readonly chunkStart: number; readonly diskBytes: number; readonly packetBytes: number };
}

/**
 * Plans the write of a packet. A packet may overlap the bytes on disk: after a flush, a writer sends a partial chunk again
 * from its start, and after a recovery whole packets (Hadoop: BlockReceiver.receivePacket).
 *
 * @param diskLength bytes of the block on disk once all earlier packets are written
 * @returns undefined if all bytes of the packet are on disk
 * @throws IOException if the packet leaves a gap, or has a partial chunk before its end
 */
export function planPacket(
  diskLength: number,
  offsetInBlock: number,
  dataLength: number,
  bytesPerChecksum: number,
): PacketPlan | undefined {
  if (offsetInBlock < 0 || offsetInBlock > diskLength) {
    throw hadoopError(
      'IOException',
      `Received an out-of-sequence packet at offset ${offsetInBlock}. Expecting packet starting at ${diskLength}`,
    );
  }
  const end = offsetInBlock + dataLength;
  if (end <= diskLength) return undefined;
  const inChunk = offsetInBlock % bytesPerChecksum;
  if (inChunk !== 0 && inChunk + dataLength > bytesPerChecksum) {
    // Hadoop refuses a packet longer than a chunk only; a shorter one that crosses into the next chunk has no checksum
    // that fits, and would leave a damaged replica.
    throw hadoopError(
      'IOException',
      `A partial chunk must be sent in an individual packet ` +
        `(data length = ${dataLength} > bytesPerChecksum = ${bytesPerChecksum - inChunk})`,
    );
  }
  const dataSkip = diskLength - offsetInBlock;
  const diskBytes = diskLength % bytesPerChecksum;
  const chunkStart = diskLength - diskBytes;
  const firstChunk = chunkStart / bytesPerChecksum;
  const chunksBefore = Math.max(0, Math.ceil((chunkStart - offsetInBlock) / bytesPerChecksum));
  if (diskBytes === 0 || chunkStart === offsetInBlock) return { dataSkip, firstChunk, checksumSkip: chunksBefore };
  const packetBytes = Math.min(bytesPerChecksum - diskBytes, end - diskLength);
  return { dataSkip, firstChunk, checksumSkip: chunksBefore + 1, recompute: { chunkStart, diskBytes, packetBytes } };
}

/** Finds the longest beginning of data that stored checksums vouch for. Pure. */
import { type ChecksumType, DataChecksum } from '../../protocol/checksum/checksum.ts';
import { crc } from '../../protocol/checksum/crc.ts';

/**
 * Returns the length of the longest prefix of a chunk that matches the stored checksum. A writer that ends after it has
 * written data and before it has written the checksum leaves a checksum of fewer bytes: the acked ones.
 *
 * @param minBytes shorter prefixes are not looked for
 * @returns undefined if the checksum matches no prefix
 */
export function vouchedPrefix(
  type: ChecksumType,
  chunk: Uint8Array,
  stored: Uint8Array,
  minBytes = 1,
): number | undefined {
  if (type === 'NULL') return chunk.length;
  const wanted = Buffer.from(stored.buffer, stored.byteOffset, stored.length).readInt32BE(0);
  const first = Math.min(minBytes, chunk.length);
  let value = crc(type, chunk.subarray(0, first));
  let longest = value === wanted && first > 0 ? first : undefined;
  for (let length = first + 1; length <= chunk.length; length++) {
    value = crc(type, chunk.subarray(length - 1, length), value);
    if (value === wanted) longest = length;
  }
  return longest;
}

/**
 * Returns how many bytes of data the checksums vouch for: all chunks before the first wrong one, and of that one the
 * prefix that `vouchedPrefix` finds.
 *
 * @param data begins at the start of a chunk
 * @param checksums the checksums of the data, too few if the meta file ends early
 */
export function vouchedLength(
  checksum: { readonly type: ChecksumType; readonly bytesPerChecksum: number },
  data: Uint8Array,
  checksums: Uint8Array,
): number {
  const { type, bytesPerChecksum } = checksum;
  if (type === 'NULL') return data.length;
  const computed = new DataChecksum(type, bytesPerChecksum).compute(data);
  const size = 4;
  for (let chunk = 0; chunk * bytesPerChecksum < data.length; chunk++) {
    const stored = Buffer.from(checksums.subarray(chunk * size, (chunk + 1) * size));
    const start = chunk * bytesPerChecksum;
    if (stored.length < size) return start;
    if (stored.equals(computed.subarray(chunk * size, (chunk + 1) * size))) continue;
    return start + (vouchedPrefix(type, data.subarray(start, start + bytesPerChecksum), stored) ?? 0);
  }
  return data.length;
}

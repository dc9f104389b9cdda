/** The header of a meta file, and the lengths of meta files. Pure. */
import type { ChecksumType } from '../../protocol/checksum/checksum.ts';
import { CorruptReplica } from './corrupt-replica.ts';

/** Length of the header in front of a meta file's checksums. */
export const META_HEADER_BYTES = 7;
const META_VERSION = 1;
const TYPE_BY_ID: readonly ChecksumType[] = ['NULL', 'CRC32', 'CRC32C'];

export interface ChecksumSpec {
  readonly type: ChecksumType;
  readonly bytesPerChecksum: number;
}

/** Returns the bytes of one chunk's checksum. */
export function checksumSizeOf(spec: ChecksumSpec): number {
  return spec.type === 'NULL' ? 0 : 4;
}

/** Returns the bytes of checksums for data of a length. */
export function checksumLength(spec: ChecksumSpec, dataLengthBytes: number): number {
  return Math.ceil(dataLengthBytes / spec.bytesPerChecksum) * checksumSizeOf(spec);
}

/** Returns the length of the meta file for data of a length. */
export function metaLength(spec: ChecksumSpec, dataLengthBytes: number): number {
  return META_HEADER_BYTES + checksumLength(spec, dataLengthBytes);
}

/**
 * Returns a meta file's header, as Hadoop's BlockMetadataHeader writes it:
 *
 *     +---------------+------------+--------------------------+----------------
 *     | version  u16  | type   u8  | bytesPerChecksum    i32  | checksums …
 *     +---------------+------------+--------------------------+----------------
 */
export function encodeMetaHeader(spec: ChecksumSpec): Buffer {
  const header = Buffer.alloc(META_HEADER_BYTES);
  header.writeUInt16BE(META_VERSION, 0);
  header.writeUInt8(TYPE_BY_ID.indexOf(spec.type), 2);
  header.writeInt32BE(spec.bytesPerChecksum, 3);
  return header;
}

/**
 * Checks the length of a meta file against its header. A file without checksums that is longer than its header once had
 * checksums: its header is damaged, and would let the data pass unverified.
 * @throws CorruptReplica
 */
export function checkMetaLength(spec: ChecksumSpec, dataBytes: number, metaBytes: number, name: string): void {
  const needed = metaLength(spec, dataBytes);
  if (metaBytes < needed) {
    throw new CorruptReplica('meta', `${name} has ${metaBytes} bytes, ${dataBytes} bytes of data need ${needed}`);
  }
  if (spec.type === 'NULL' && dataBytes > 0 && metaBytes > needed) {
    throw new CorruptReplica('meta', `The header of ${name} tells of no checksums, but ${metaBytes} bytes are there`);
  }
}

/** Each kind of checksums once: most replicas of a DataNode have the same kind. */
const kinds = new Map<string, ChecksumSpec>();

/** Returns the kind as an object that all replicas share. */
export function sharedSpec(spec: ChecksumSpec): ChecksumSpec {
  const key = `${spec.type}/${spec.bytesPerChecksum}`;
  const shared = kinds.get(key) ?? { type: spec.type, bytesPerChecksum: spec.bytesPerChecksum };
  kinds.set(key, shared);
  return shared;
}

/**
 * Compares a header with the one that was written, or read before. No checksum covers the header: where a block has one
 * chunk at most, another chunk size does not show in any other way.
 * @throws CorruptReplica
 */
export function checkSameSpec(known: ChecksumSpec | undefined, spec: ChecksumSpec, name: string): void {
  if (known === undefined || (known.type === spec.type && known.bytesPerChecksum === spec.bytesPerChecksum)) return;
  const text = (of: ChecksumSpec): string => `${of.type} of ${of.bytesPerChecksum} bytes`;
  throw new CorruptReplica(
    'meta',
    `The header of ${name} tells of ${text(spec)}, and has told of ${text(known)} before`,
  );
}

/** Reads a meta file's header. @throws CorruptReplica if the header is cut short or makes no sense */
export function decodeMetaHeader(bytes: Uint8Array, name: string): ChecksumSpec {
  if (bytes.length < META_HEADER_BYTES) {
    throw new CorruptReplica(
      'meta',
      `The meta file length ${bytes.length} is less than the expected header length ${META_HEADER_BYTES}, ` +
        `indicating the meta file is corrupt: ${name}`,
    );
  }
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, META_HEADER_BYTES);
  const type = TYPE_BY_ID[view.readUInt8(2)];
  const bytesPerChecksum = view.readInt32BE(3);
  if (view.readUInt16BE(0) !== META_VERSION || type === undefined || bytesPerChecksum <= 0) {
    throw new CorruptReplica('meta', `The block meta file header is corrupt: ${name}`);
  }
  return { type, bytesPerChecksum };
}

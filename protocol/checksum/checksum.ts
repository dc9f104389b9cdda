/** Checksums of block data (org.apache.hadoop.util.DataChecksum). */
import { hadoopError } from '../../runtime/errors.ts';
import { enumName } from '../enum-name.ts';
import { ChecksumTypeProto } from '../gen/messages.ts';
import { crcChunks } from './crc.ts';

export type ChecksumType = 'NULL' | 'CRC32' | 'CRC32C';

/** Numbers of the types in ChecksumProto and in meta files. */
const TYPE_NUMBERS = {
  NULL: ChecksumTypeProto.CHECKSUM_NULL,
  CRC32: ChecksumTypeProto.CHECKSUM_CRC32,
  CRC32C: ChecksumTypeProto.CHECKSUM_CRC32C,
} as const;

/** Returns the checksum type of a number from the wire or a meta file. @throws IOException for an unknown number */
export function checksumType(number: number): ChecksumType {
  const type = enumName(TYPE_NUMBERS, number);
  if (type !== undefined) return type;
  throw hadoopError('IOException', `Could not create DataChecksum from the checksum type number ${number}`);
}

/** The largest bytesPerChecksum: messages and meta files hold an int32, whose negative numbers arrive as larger ones. */
const CHUNK_BYTES_MAX = 2 ** 31 - 1;

/** Computes and verifies one checksum for each chunk of `bytesPerChecksum` bytes. */
export class DataChecksum {
  readonly type: ChecksumType;
  readonly bytesPerChecksum: number;

  constructor(type: ChecksumType, bytesPerChecksum: number) {
    if (!Number.isInteger(bytesPerChecksum) || bytesPerChecksum <= 0 || bytesPerChecksum > CHUNK_BYTES_MAX) {
      throw hadoopError('IOException', `Could not create DataChecksum of ${bytesPerChecksum} bytes per checksum`);
    }
    this.type = type;
    this.bytesPerChecksum = bytesPerChecksum;
  }

  /** @throws IOException */
  static fromProto(proto: { type: number; bytesPerChecksum: number }): DataChecksum {
    return new DataChecksum(checksumType(proto.type), proto.bytesPerChecksum);
  }

  toProto(): { type: (typeof TYPE_NUMBERS)[ChecksumType]; bytesPerChecksum: number } {
    return { type: TYPE_NUMBERS[this.type], bytesPerChecksum: this.bytesPerChecksum };
  }

  /** The length of one checksum in bytes. */
  get checksumSize(): 0 | 4 {
    return this.type === 'NULL' ? 0 : 4;
  }

  /** Returns the length in bytes of the checksums of `dataBytes` bytes. */
  checksumsBytes(dataBytes: number): number {
    return Math.ceil(dataBytes / this.bytesPerChecksum) * this.checksumSize;
  }

  /** The part of a meta file's header behind its version: one byte for the type, bytesPerChecksum as int32. */
  get headerBytes(): Buffer {
    const header = Buffer.alloc(5);
    header.writeUInt8(TYPE_NUMBERS[this.type], 0);
    header.writeInt32BE(this.bytesPerChecksum, 1);
    return header;
  }

  /** Returns four big-endian bytes for each chunk; the last chunk may be partial. */
  compute(data: Uint8Array): Buffer {
    if (this.type === 'NULL' || data.length === 0) return Buffer.alloc(0);
    return crcChunks(this.type, data, this.bytesPerChecksum);
  }

  /** @throws ChecksumException that names the position of the first wrong chunk. `basePosition`: position of data[0] */
  verify(data: Uint8Array, checksums: Uint8Array, basePosition: number, name: string): void {
    if (this.type === 'NULL' || data.length === 0) return;
    const expected = Buffer.from(checksums.buffer, checksums.byteOffset, checksums.length);
    const computed = crcChunks(this.type, data, this.bytesPerChecksum);
    if (expected.equals(computed)) return;
    for (let at = 0; at < computed.length; at += 4) {
      const position = basePosition + (at / 4) * this.bytesPerChecksum;
      const got = computed.readInt32BE(at);
      if (at + 4 > expected.length) break;
      const exp = expected.readInt32BE(at);
      if (got !== exp) {
        const message = `Checksum error: ${name} at ${position} exp: ${exp} got: ${got}`;
        throw hadoopError('ChecksumException', message);
      }
    }
    const message = `Checksum error: ${name} at ${basePosition}: ${expected.length} bytes of checksums for ${data.length} bytes of data`;
    throw hadoopError('ChecksumException', message);
  }
}

/** The codecs of Avro's files, which frame some of Hadoop's algorithms otherwise. */
import zlib from 'node:zlib';
import { hadoopError } from '../../runtime/errors.ts';

/** Compresses and decompresses the data of a block. */
export interface AvroCodec {
  compress(data: Buffer): Buffer;
  decompress(data: Buffer): Buffer;
}

/** Loads a codec of Hadoop by its short name. */
export type LoadCodec = (
  name: string,
) => Promise<{ compress(bytes: Uint8Array): Buffer; decompress(bytes: Uint8Array): Buffer }>;

const CRC_BYTES = 4;

/** @throws IOException for a codec that Calf does not have, as Avro's CodecFactory */
export async function avroCodec(name: string, load: LoadCodec): Promise<AvroCodec> {
  switch (name) {
    case 'null':
      return { compress: (data) => data, decompress: (data) => data };
    case 'deflate':
      return { compress: (data) => zlib.deflateRawSync(data), decompress: (data) => zlib.inflateRawSync(data) };
    case 'snappy':
      return await snappy();
    case 'bzip2':
    case 'zstandard':
      return await load(name);
    default:
      throw hadoopError('IOException', `Unrecognized codec: ${name}`);
  }
}

/** Snappy without Hadoop's framing, and the CRC of the data behind it. */
async function snappy(): Promise<AvroCodec> {
  const { snappyCompress, snappyUncompress } = await import('hysnappy');
  return {
    compress(data) {
      const crc = Buffer.alloc(CRC_BYTES);
      crc.writeUInt32BE(zlib.crc32(data));
      return Buffer.concat([snappyCompress(data), crc]);
    },
    decompress(packed) {
      const compressed = packed.subarray(0, -CRC_BYTES);
      const data = Buffer.from(snappyUncompress(compressed, lengthOf(compressed)));
      if (zlib.crc32(data) !== packed.readUInt32BE(packed.length - CRC_BYTES)) {
        throw hadoopError('IOException', 'Checksum failure');
      }
      return data;
    },
  };
}

/** Reads the varint with which Snappy's bytes begin: the number of bytes that they become. */
function lengthOf(compressed: Uint8Array): number {
  let length = 0;
  for (const [i, byte] of compressed.subarray(0, 5).entries()) {
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) break;
  }
  return length;
}

/** Decompresses gzip (RFC 1952), with the checks and the messages of Hadoop's BuiltInGzipDecompressor. */
import { crc32, createInflateRaw } from 'node:zlib';
import { type CompressedInput, DamagedStreamError } from './compressed-input.ts';
import { inflated } from './engine.ts';

const HEADER_BYTES = 10;
const TRAILER_BYTES = 8;
const MAGIC = 0x1f8b;
const DEFLATE = 8;
const FLAG_HEADER_CRC = 0x02;
const FLAG_EXTRA_FIELD = 0x04;
const FLAG_NAME = 0x08;
const FLAG_COMMENT = 0x10;
const FLAGS_RESERVED = 0xe0;

/** Yields the bytes of one member: a header, a deflate stream, its CRC and its length. @throws DamagedStreamError */
export async function* gzipMember(input: CompressedInput): AsyncGenerator<Uint8Array> {
  await skipHeader(input);
  let crc = 0;
  let length = 0;
  for await (const chunk of inflated(input, createInflateRaw())) {
    crc = crc32(chunk, crc);
    length += chunk.length;
    yield chunk;
  }
  const trailer = await take(input, TRAILER_BYTES);
  if (trailer.readUInt32LE(0) !== crc) throw new DamagedStreamError('IOException', 'gzip stream CRC failure');
  if (trailer.readUInt32LE(4) !== length % 2 ** 32) {
    throw new DamagedStreamError('IOException', "stored gzip size doesn't match decompressed size");
  }
}

async function skipHeader(input: CompressedInput): Promise<void> {
  const header = await take(input, HEADER_BYTES);
  if (header.readUInt16BE(0) !== MAGIC) throw new DamagedStreamError('IOException', 'not a gzip file');
  if (header[2] !== DEFLATE)
    throw new DamagedStreamError('IOException', 'gzip data not compressed with deflate method');
  const flags = header.readUInt8(3);
  if (flags & FLAGS_RESERVED)
    throw new DamagedStreamError('IOException', 'unknown gzip format (reserved flagbits set)');
  let crc = crc32(header);
  const checked = (bytes: Buffer): Buffer => {
    crc = crc32(bytes, crc);
    return bytes;
  };
  if (flags & FLAG_EXTRA_FIELD) checked(await take(input, checked(await take(input, 2)).readUInt16LE(0)));
  for (const flag of [FLAG_NAME, FLAG_COMMENT]) {
    if (flags & flag) while (checked(await take(input, 1))[0] !== 0);
  }
  if (flags & FLAG_HEADER_CRC && (await take(input, 2)).readUInt16LE(0) !== (crc & 0xffff)) {
    throw new DamagedStreamError('IOException', 'gzip header CRC failure');
  }
}

async function take(input: CompressedInput, length: number): Promise<Buffer> {
  const bytes = await input.take(length);
  if (!bytes) throw DamagedStreamError.cutOff();
  return bytes;
}

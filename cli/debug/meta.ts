/** `hdfs debug verifyMeta` and `computeMeta`: checks and makes the checksums of a block file. */
import { createReadStream } from 'node:fs';
import fs from 'node:fs/promises';
import { DataChecksum } from '../../protocol/checksum/checksum.ts';
import { errorCode, HadoopError, hadoopError, isNoSuchFile, messageOf } from '../../runtime/errors.ts';
import { popOption } from '../options/parse-options.ts';
import type { DebugContext } from './context.ts';

/** int16 version, then the checksum's type and bytes per checksum. */
const HEADER_BYTES = 7;
const META_VERSION = 1;
/** Number of checksum chunks that are read and verified together. */
const CHUNKS = 2048;

const textOf = (e: unknown): string => `${HadoopError.from(e).javaClass}: ${messageOf(e)}`;

/** `hdfs debug verifyMeta -meta FILE [-block FILE]`. @returns exit status */
export async function verifyMeta(args: string[], { out, err }: DebugContext): Promise<number> {
  const block = popOption(args, 'block');
  const meta = popOption(args, 'meta');
  if (meta === undefined) {
    err('You must specify a meta file with -meta');
    return 1;
  }
  let checksum: DataChecksum;
  let sums: Buffer;
  try {
    const bytes = await fs.readFile(meta);
    checksum = readHeader(bytes, meta);
    sums = bytes.subarray(HEADER_BYTES);
  } catch (e) {
    err(`Failed to read HDFS metadata file header for ${meta}: ${textOf(e)}`);
    return 1;
  }
  out(`Checksum type: DataChecksum(type=${checksum.type}, chunkSize=${checksum.bytesPerChecksum})`);
  if (block === undefined) return 0;
  try {
    let position = 0;
    for await (const chunk of createReadStream(block, { highWaterMark: CHUNKS * checksum.bytesPerChecksum })) {
      const data = chunk as Buffer;
      const from = (position / checksum.bytesPerChecksum) * checksum.checksumSize;
      const expected = sums.subarray(from, from + checksum.checksumsBytes(data.length));
      checksum.verify(data, expected, position, block);
      position += data.length;
    }
  } catch (e) {
    out(`verifyChunkedSums error: ${textOf(e)}`);
    return 1;
  }
  out(`Checksum verification succeeded on block file ${block}`);
  return 0;
}

function readHeader(bytes: Buffer, name: string): DataChecksum {
  if (bytes.length < HEADER_BYTES) throw hadoopError('EOFException', `${name} has no whole header`);
  return DataChecksum.fromProto({ type: bytes.readUInt8(2), bytesPerChecksum: bytes.readInt32BE(3) });
}

/** `hdfs debug computeMeta -block FILE -out FILE`. @returns exit status, Hadoop's for each mistake */
export async function computeMeta(args: string[], { conf, out, err }: DebugContext): Promise<number> {
  const block = popOption(args, 'block');
  if (block === undefined) {
    err('You must specify a block file with -block');
    return 2;
  }
  if (!(await isFile(block))) {
    err(`Block file <${block}> does not exist or is not a file`);
    return 3;
  }
  const target = popOption(args, 'out');
  if (target === undefined) {
    err('You must specify a output file with -out');
    return 4;
  }
  const type = conf.get('dfs.checksum.type');
  if (type !== 'CRC32C' && type !== 'CRC32' && type !== 'NULL') {
    throw hadoopError('HadoopIllegalArgumentException', `Invalid checksum type: ${type}`);
  }
  const checksum = new DataChecksum(type, conf.get('dfs.bytes-per-checksum'));
  let file: fs.FileHandle;
  try {
    file = await fs.open(target, 'wx');
  } catch (e) {
    if (errorCode(e) !== 'EEXIST') throw e;
    err('output file already exists!');
    return 5;
  }
  try {
    const version = Buffer.alloc(2);
    version.writeInt16BE(META_VERSION);
    await file.write(Buffer.concat([version, checksum.headerBytes]));
    for await (const chunk of createReadStream(block, { highWaterMark: CHUNKS * checksum.bytesPerChecksum })) {
      await file.write(checksum.compute(chunk as Buffer));
    }
  } finally {
    await file.close();
  }
  out(`Checksum calculation succeeded on block file ${block} saved metadata to meta file ${target}`);
  return 0;
}

async function isFile(name: string): Promise<boolean> {
  try {
    return (await fs.stat(name)).isFile();
  } catch (e) {
    if (isNoSuchFile(e)) return false;
    throw e;
  }
}

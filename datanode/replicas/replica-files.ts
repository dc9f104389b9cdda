/** Reads, makes, cuts, syncs and copies the two files of a replica. */
import fs from 'node:fs/promises';
import { DataChecksum } from '../../protocol/checksum/checksum.ts';
import { errorCode } from '../../runtime/errors.ts';
import { closeFile, fileLength, openFile, readFully, truncateFile, writeFully } from '../../runtime/files/file-io.ts';
import type { Volume } from '../volumes/volume.ts';
import { vouchedPrefix } from './chunk-prefix.ts';
import { CorruptReplica } from './corrupt-replica.ts';
import {
  type ChecksumSpec,
  checkMetaLength,
  checkSameSpec,
  checksumSizeOf,
  decodeMetaHeader,
  encodeMetaHeader,
  META_HEADER_BYTES,
  metaLength,
} from './meta-header.ts';
import type { ReplicaPaths, StoredReplica } from './stored-replica.ts';

/** Reads a meta file's header. @throws CorruptReplica */
export async function readMetaHeader(metaFd: number, name: string): Promise<ChecksumSpec> {
  const header = Buffer.alloc(META_HEADER_BYTES);
  const read = await readFully(metaFd, header, 0);
  return decodeMetaHeader(header.subarray(0, read), name);
}

/** A replica's two files, open, with the kind of its checksums. */
export interface OpenReplica {
  readonly dataFd: number;
  readonly metaFd: number;
  readonly spec: ChecksumSpec;
}

/**
 * Makes the files of a new replica, the meta file with its header. The meta file is made first: a loss of power may leave
 * the first name alone, and a block file without the generation stamp of a meta file could never be recovered.
 * @throws EEXIST
 */
export function createReplicaFiles(paths: ReplicaPaths, spec: ChecksumSpec): Promise<OpenReplica> {
  const open = (file: string) => () => openFile(file, 'wx+');
  return openTwo(open(paths.meta), open(paths.data), async (metaFd, dataFd) => {
    await writeFully(metaFd, [encodeMetaHeader(spec)], 0);
    return { dataFd, metaFd, spec };
  });
}

/** Opens the files of a replica. @param flags the flags of fs.open @throws CorruptReplica if the meta file is damaged or gone; ENOENT if the block file is gone */
export function openReplicaFiles(paths: ReplicaPaths, flags: 'r' | 'r+'): Promise<OpenReplica> {
  return openTwo(
    () => openFile(paths.data, flags),
    () => openMeta(paths.meta, flags),
    async (dataFd, metaFd) => ({ dataFd, metaFd, spec: await readMetaHeader(metaFd, paths.meta) }),
  );
}

/** Opens two files, one after the other, and gives them to `use`. Closes those that are open if a step fails. */
async function openTwo<T>(
  first: () => Promise<number>,
  second: () => Promise<number>,
  use: (first: number, second: number) => Promise<T>,
): Promise<T> {
  const opened: number[] = [];
  try {
    opened.push(await first());
    opened.push(await second());
    return await use(...(opened as [number, number]));
  } catch (e) {
    await Promise.all(opened.map(closeFile));
    throw e;
  }
}

/** Does as openReplicaFiles() does, and compares the header with what it told before. @throws CorruptReplica */
export async function openStored(stored: StoredReplica, flags: 'r' | 'r+'): Promise<OpenReplica> {
  const files = await openReplicaFiles(stored.paths, flags);
  try {
    stored.noteSpec(files.spec);
    return files;
  } catch (e) {
    await closeReplicaFiles(files);
    throw e;
  }
}

/** Opens a meta file whose block file is there. @throws CorruptReplica if the meta file is gone */
export async function openMeta(file: string, flags: string): Promise<number> {
  try {
    return await openFile(file, flags);
  } catch (e) {
    if (errorCode(e) !== 'ENOENT') throw e;
    const rescue = 'the data can only be read without verification (-ignoreCrc)';
    throw new CorruptReplica('meta', `Meta-data not found: ${file}; ${rescue}`, e);
  }
}

/**
 * Compares the first chunk of a replica with its checksum. A damaged header that still makes sense (another kind of
 * checksum, another chunk size) shows there. Does nothing while the first chunk is not whole.
 * @throws CorruptReplica
 */
export async function verifyFirstChunk(
  { dataFd, metaFd, spec }: OpenReplica,
  dataBytes: number,
  name: string,
): Promise<void> {
  const bytes = spec.bytesPerChecksum;
  if (spec.type === 'NULL' || dataBytes < bytes) return;
  const chunk = Buffer.alloc(bytes);
  const stored = Buffer.alloc(checksumSizeOf(spec));
  await readFully(dataFd, chunk, 0);
  await readFully(metaFd, stored, META_HEADER_BYTES);
  if (lastChecksumOf(spec, chunk, bytes).equals(stored)) return;
  throw new CorruptReplica('data', `${name} is corrupt: its first chunk does not match its checksum`);
}

export async function closeReplicaFiles({ dataFd, metaFd }: Pick<OpenReplica, 'dataFd' | 'metaFd'>): Promise<void> {
  await Promise.all([closeFile(dataFd), closeFile(metaFd)]);
}

/**
 * Cuts a replica's files to `lengthBytes` of data and the checksums of that. Bytes beyond were never acked. The checksum
 * of the last, partial chunk is written before the data is cut: a crash in between then leaves a chunk that the next
 * start can trim.
 *
 * @param known the kind of its checksums, and the checksum of the last, partial chunk, which is computed if it is not known
 * @returns the kind of the checksums, and the checksum of the last chunk if that is partial
 * @throws CorruptReplica if there is less data, or the stored checksums show that the files are damaged
 */
export async function cutReplicaFiles(
  paths: ReplicaPaths,
  lengthBytes: number,
  known: { readonly spec?: ChecksumSpec | undefined; readonly lastChecksum?: Uint8Array | undefined } = {},
): Promise<{ readonly spec: ChecksumSpec; readonly lastChecksum: Uint8Array | undefined }> {
  const files = await openReplicaFiles(paths, 'r+');
  try {
    const { dataFd, metaFd, spec } = files;
    checkSameSpec(known.spec, spec, paths.meta);
    const dataBytes = await fileLength(dataFd);
    const metaBytes = await fileLength(metaFd);
    if (dataBytes < lengthBytes) {
      throw new CorruptReplica('data', `${paths.data} has ${dataBytes} bytes, fewer than the replica's ${lengthBytes}`);
    }
    checkMetaLength(spec, lengthBytes, metaBytes, paths.meta);
    await verifyFirstChunk(files, lengthBytes, paths.data);
    const lastBytes = lengthBytes % spec.bytesPerChecksum;
    let last: Buffer | undefined;
    if (lastBytes > 0 && spec.type !== 'NULL') {
      const chunk = Buffer.alloc(Math.min(spec.bytesPerChecksum, dataBytes - lengthBytes + lastBytes));
      await readFully(dataFd, chunk, lengthBytes - lastBytes);
      const checksum = lastChecksumOf(spec, chunk, lastBytes);
      last = checksum;
      const position = metaLength(spec, lengthBytes) - checksum.length;
      const stored = Buffer.alloc(checksum.length);
      await readFully(metaFd, stored, position);
      const isIntact = known.lastChecksum
        ? checksum.equals(known.lastChecksum)
        : vouchedPrefix(spec.type, chunk, stored, lastBytes) !== undefined;
      if (!isIntact) {
        const at = lengthBytes - lastBytes;
        throw new CorruptReplica('data', `${paths.data} is corrupt: the checksum of its chunk at ${at} is wrong`);
      }
      if (!stored.equals(checksum)) await writeFully(metaFd, [checksum], position);
    }
    const metaBytesKept = metaLength(spec, lengthBytes);
    if (metaBytes > metaBytesKept) await truncateFile(metaFd, metaBytesKept);
    if (dataBytes > lengthBytes) await truncateFile(dataFd, lengthBytes);
    return { spec, lastChecksum: last };
  } finally {
    await closeReplicaFiles(files);
  }
}

/** fsync of both files. */
export async function syncReplicaFiles(paths: ReplicaPaths, volume: Pick<Volume, 'syncFiles'>): Promise<void> {
  const files = await openReplicaFiles(paths, 'r+');
  try {
    await volume.syncFiles(files.dataFd, files.metaFd);
  } finally {
    await closeReplicaFiles(files);
  }
}

function lastChecksumOf(spec: ChecksumSpec, chunk: Buffer, bytes: number): Buffer {
  return new DataChecksum(spec.type, spec.bytesPerChecksum).compute(chunk.subarray(0, bytes));
}

/** Copies the first bytes of a replica, with checksums of their own, to files that don't exist yet. @throws CorruptReplica */
export async function copyReplicaFiles(
  from: StoredReplica,
  to: ReplicaPaths,
  lengthBytes: number,
): ReturnType<typeof cutReplicaFiles> {
  await fs.copyFile(from.paths.data, to.data, fs.constants.COPYFILE_EXCL);
  await fs.copyFile(from.paths.meta, to.meta, fs.constants.COPYFILE_EXCL);
  return cutReplicaFiles(to, lengthBytes, { spec: from.spec });
}

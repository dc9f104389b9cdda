import { DataChecksum } from '../protocol/checksum.ts';
import { closeFile, fileLength, openFile, readFully, truncateFile, writeFully } from './file-io.ts';
import { type ChecksumSpec, decodeMetaHeader, encodeMetaHeader, META_HEADER_BYTES, metaLength } from './meta-header.ts';
import type { ReplicaPaths } from './stored-replica.ts';

/** Reads a meta file's header. @throws IOException when it is corrupt */
export async function readMetaHeader(metaFd: number, name: string): Promise<ChecksumSpec> {
  const header = Buffer.alloc(META_HEADER_BYTES);
  const read = await readFully(metaFd, header, 0);
  return decodeMetaHeader(header.subarray(0, read), name);
}

/** A replica's two files, open, and what its checksums are. */
export interface OpenReplica {
  readonly dataFd: number;
  readonly metaFd: number;
  readonly spec: ChecksumSpec;
}

/** Makes the files of a new replica, the meta file with its header. @throws when they exist */
export function createReplicaFiles(paths: ReplicaPaths, spec: ChecksumSpec): Promise<OpenReplica> {
  return openPair(paths, 'wx+', async (metaFd) => {
    await writeFully(metaFd, [encodeMetaHeader(spec)], 0);
    return spec;
  });
}

/** Opens the files of a replica. @param flags of fs.open */
export function openReplicaFiles(paths: ReplicaPaths, flags: 'r' | 'r+'): Promise<OpenReplica> {
  return openPair(paths, flags, (metaFd) => readMetaHeader(metaFd, paths.meta));
}

async function openPair(
  paths: ReplicaPaths,
  flags: string,
  specOf: (metaFd: number) => Promise<ChecksumSpec>,
): Promise<OpenReplica> {
  const dataFd = await openFile(paths.data, flags);
  try {
    const metaFd = await openFile(paths.meta, flags);
    try {
      return { dataFd, metaFd, spec: await specOf(metaFd) };
    } catch (e) {
      await closeFile(metaFd);
      throw e;
    }
  } catch (e) {
    await closeFile(dataFd);
    throw e;
  }
}

export async function closeReplicaFiles({ dataFd, metaFd }: Pick<OpenReplica, 'dataFd' | 'metaFd'>): Promise<void> {
  await Promise.all([closeFile(dataFd), closeFile(metaFd)]);
}

/**
 * Cuts a block file to a length and its meta file to the checksums of that, the last of which is computed anew.
 * @returns bytes that were freed
 */
export async function truncateReplicaFiles(paths: ReplicaPaths, lengthBytes: number): Promise<number> {
  const files = await openReplicaFiles(paths, 'r+');
  try {
    const { dataFd, metaFd, spec } = files;
    const before = (await fileLength(dataFd)) + (await fileLength(metaFd));
    await truncateFile(dataFd, lengthBytes);
    await truncateFile(metaFd, metaLength(spec, lengthBytes));
    const lastChunkBytes = lengthBytes % spec.bytesPerChecksum;
    if (lastChunkBytes > 0 && spec.type !== 'NULL') {
      const chunk = Buffer.alloc(lastChunkBytes);
      await readFully(dataFd, chunk, lengthBytes - lastChunkBytes);
      const checksum = new DataChecksum(spec.type, spec.bytesPerChecksum).compute(chunk);
      await writeFully(metaFd, [checksum], metaLength(spec, lengthBytes) - checksum.length);
    }
    return before - lengthBytes - metaLength(spec, lengthBytes);
  } finally {
    await closeReplicaFiles(files);
  }
}

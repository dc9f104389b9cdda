import { DataChecksum } from '../protocol/checksum.ts';
import { closeFile, fileLength, openFile, readFully, truncateFile, writeFully } from './file-io.ts';
import { type ChecksumSpec, decodeMetaHeader, META_HEADER_BYTES, metaLength } from './meta-header.ts';
import type { ReplicaPaths } from './stored-replica.ts';

/** Reads a meta file's header. @throws IOException when it is corrupt */
export async function readMetaHeader(metaFd: number, name: string): Promise<ChecksumSpec> {
  const header = Buffer.alloc(META_HEADER_BYTES);
  const read = await readFully(metaFd, header, 0);
  return decodeMetaHeader(header.subarray(0, read), name);
}

/**
 * Cuts a block file to a length and its meta file to the checksums of that, the last of which is computed anew.
 * @returns bytes that were freed
 */
export async function truncateReplicaFiles(paths: ReplicaPaths, lengthBytes: number): Promise<number> {
  const dataFd = await openFile(paths.data, 'r+');
  try {
    const metaFd = await openFile(paths.meta, 'r+');
    try {
      const spec = await readMetaHeader(metaFd, paths.meta);
      const before = (await fileLength(dataFd)) + (await fileLength(metaFd));
      await truncateFile(dataFd, lengthBytes);
      const lastChunkBytes = lengthBytes % spec.bytesPerChecksum;
      await truncateFile(metaFd, metaLength(spec, lengthBytes));
      if (lastChunkBytes > 0 && spec.type !== 'NULL') {
        const chunk = Buffer.alloc(lastChunkBytes);
        await readFully(dataFd, chunk, lengthBytes - lastChunkBytes);
        const checksum = new DataChecksum(spec.type, spec.bytesPerChecksum).compute(chunk);
        await writeFully(metaFd, [checksum], metaLength(spec, lengthBytes) - checksum.length);
      }
      return before - lengthBytes - metaLength(spec, lengthBytes);
    } finally {
      await closeFile(metaFd);
    }
  } finally {
    await closeFile(dataFd);
  }
}

/** Compares the data of a replica's open files with its checksums. */
import { DataChecksum } from '../../protocol/checksum/checksum.ts';
import { isHadoopError } from '../../runtime/errors.ts';
import { readFully } from '../../runtime/files/file-io.ts';
import { CorruptReplica } from './corrupt-replica.ts';
import { checksumSizeOf, metaLength } from './meta-header.ts';
import type { OpenReplica } from './replica-files.ts';

const READ_BYTES = 128 * 1024;

export interface VerifyOptions {
  /** The checksum of a partial last chunk, if the one in the meta file may have changed since. */
  readonly lastChecksum?: Uint8Array | undefined;
  /** Is told after each read how many bytes it was. Returns false to end the verification early. */
  readonly onRead?: (bytes: number) => Promise<boolean>;
}

/**
 * Reads the first bytes of a replica and compares each chunk with its checksum.
 * @param length bytes to compare: whole chunks, or all that there are
 * @returns whether all was read: false if `onRead` has ended it
 * @throws CorruptReplica; the error of a failing disk
 */
export async function verifyChecksums(
  { dataFd, metaFd, spec }: OpenReplica,
  name: string,
  length: number,
  { lastChecksum, onRead }: VerifyOptions = {},
): Promise<boolean> {
  if (checksumSizeOf(spec) === 0) return true;
  const checksum = new DataChecksum(spec.type, spec.bytesPerChecksum);
  const step = Math.max(1, Math.floor(READ_BYTES / spec.bytesPerChecksum)) * spec.bytesPerChecksum;
  for (let at = 0; at < length; at += step) {
    const data = Buffer.allocUnsafe(Math.min(step, length - at));
    const checksums = Buffer.alloc(checksum.checksumsBytes(data.length));
    const dataRead = await readFully(dataFd, data, at);
    const checksumsRead = await readFully(metaFd, checksums, metaLength(spec, at));
    if (dataRead < data.length || checksumsRead < checksums.length) {
      throw new CorruptReplica('data', `${name}: data or checksums end early, behind ${at} bytes`);
    }
    if (lastChecksum && at + data.length === length)
      checksums.set(lastChecksum, checksums.length - lastChecksum.length);
    try {
      checksum.verify(data, checksums, at, name);
    } catch (e) {
      if (!isHadoopError(e, 'ChecksumException')) throw e;
      throw new CorruptReplica('data', e.message, e);
    }
    if (onRead && !(await onRead(data.length + checksums.length))) return false;
  }
  return true;
}

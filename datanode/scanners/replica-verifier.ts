/** Compares one replica with its checksums. */
import { DataChecksum } from '../../protocol/checksum/checksum.ts';
import { errorCode, isHadoopError } from '../../runtime/errors.ts';
import { fileLength, readFully } from '../../runtime/files/file-io.ts';
import type { DataTransferThrottler } from '../context/data-transfer-throttler.ts';
import { CorruptReplica } from '../replicas/corrupt-replica.ts';
import { checkMetaLength, checksumSizeOf, metaLength } from '../replicas/meta-header.ts';
import { closeReplicaFiles, type OpenReplica, openReplicaFiles } from '../replicas/replica-files.ts';
import type { StoredReplica } from '../replicas/stored-replica.ts';

export type Verdict =
  | { readonly kind: 'intact' }
  /** The replica is not finalized, or has changed during the scan: no verdict. */
  | { readonly kind: 'skipped' }
  /** The block file is missing. */
  | { readonly kind: 'vanished'; readonly why: string }
  | { readonly kind: 'corrupt'; readonly why: string };

const READ_BYTES = 128 * 1024;
const INTACT: Verdict = { kind: 'intact' };
const SKIPPED: Verdict = { kind: 'skipped' };

/**
 * Reads a finalized replica and compares it with its checksums.
 * @param throttler limits the reading; closing the throttler ends the reading without a verdict
 * @throws the error of a failing disk
 */
export async function verifyReplica(stored: StoredReplica, throttler: DataTransferThrottler): Promise<Verdict> {
  const { state } = stored;
  if (state.kind !== 'FINALIZED') return SKIPPED;
  const verdict = await verifyFiles(stored, state.bytesOnDisk, throttler);
  // An append or a truncate writes to the same files, so that the verdict says nothing.
  return stored.state === state ? verdict : SKIPPED;
}

async function verifyFiles(stored: StoredReplica, length: number, throttler: DataTransferThrottler): Promise<Verdict> {
  let files: OpenReplica;
  try {
    files = await stored.exclusive(() => openReplicaFiles(stored.paths, 'r'));
  } catch (e) {
    if (errorCode(e) === 'ENOENT') return { kind: 'vanished', why: String(e) };
    if (e instanceof CorruptReplica) return { kind: 'corrupt', why: e.message };
    throw e;
  }
  try {
    checkMetaLength(files.spec, length, await fileLength(files.metaFd), stored.name);
    return await verifyChecksums(files, stored.name, length, throttler);
  } catch (e) {
    if (e instanceof CorruptReplica) return { kind: 'corrupt', why: e.message };
    throw e;
  } finally {
    await closeReplicaFiles(files);
  }
}

async function verifyChecksums(
  { dataFd, metaFd, spec }: OpenReplica,
  name: string,
  length: number,
  throttler: DataTransferThrottler,
): Promise<Verdict> {
  const bytes = await fileLength(dataFd);
  if (bytes !== length) return { kind: 'corrupt', why: `${name} has ${bytes} bytes on disk, expected ${length}` };
  if (checksumSizeOf(spec) === 0) return INTACT;
  const checksum = new DataChecksum(spec.type, spec.bytesPerChecksum);
  const step = Math.max(1, Math.floor(READ_BYTES / spec.bytesPerChecksum)) * spec.bytesPerChecksum;
  for (let at = 0; at < length; at += step) {
    const data = Buffer.allocUnsafe(Math.min(step, length - at));
    const checksums = Buffer.alloc(checksum.checksumsBytes(data.length));
    const dataRead = await readFully(dataFd, data, at);
    const checksumsRead = await readFully(metaFd, checksums, metaLength(spec, at));
    if (dataRead < data.length || checksumsRead < checksums.length) {
      return { kind: 'corrupt', why: `${name}: data or checksums end early, behind ${at} bytes` };
    }
    try {
      checksum.verify(data, checksums, at, name);
    } catch (e) {
      if (!isHadoopError(e, 'ChecksumException')) throw e;
      return { kind: 'corrupt', why: e.message };
    }
    const held = throttler.throttle(data.length + checksums.length);
    if (held) await held;
    if (throttler.isClosed) return SKIPPED;
  }
  return INTACT;
}

/** Compares one replica with its checksums. */
import { errorCode } from '../../runtime/errors.ts';
import { fileLength } from '../../runtime/files/file-io.ts';
import type { DataTransferThrottler } from '../context/data-transfer-throttler.ts';
import { CorruptReplica } from '../replicas/corrupt-replica.ts';
import { checkMetaLength } from '../replicas/meta-header.ts';
import { closeReplicaFiles, type OpenReplica, openStored } from '../replicas/replica-files.ts';
import { verifyChecksums } from '../replicas/replica-verification.ts';
import type { StoredReplica } from '../replicas/stored-replica.ts';

export type Verdict =
  | { readonly kind: 'intact' }
  /** The replica is not finalized, or has changed during the scan: no verdict. */
  | { readonly kind: 'skipped' }
  /** The block file is missing. */
  | { readonly kind: 'vanished'; readonly why: string }
  | { readonly kind: 'corrupt'; readonly why: string };

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
    files = await stored.exclusive(() => openStored(stored, 'r'));
  } catch (e) {
    if (errorCode(e) === 'ENOENT') return { kind: 'vanished', why: String(e) };
    if (e instanceof CorruptReplica) return { kind: 'corrupt', why: e.message };
    throw e;
  }
  try {
    checkMetaLength(files.spec, length, await fileLength(files.metaFd), stored.name);
    const bytes = await fileLength(files.dataFd);
    if (bytes !== length) {
      return { kind: 'corrupt', why: `${stored.name} has ${bytes} bytes on disk, expected ${length}` };
    }
    const onRead = async (read: number): Promise<boolean> => {
      const held = throttler.throttle(read);
      if (held) await held;
      return !throttler.isClosed;
    };
    return (await verifyChecksums(files, stored.name, length, { onRead })) ? INTACT : SKIPPED;
  } catch (e) {
    if (e instanceof CorruptReplica) return { kind: 'corrupt', why: e.message };
    throw e;
  } finally {
    await closeReplicaFiles(files);
  }
}

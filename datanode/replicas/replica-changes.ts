/** Carries a replica's change of state out: its files, its volume's sums and its writer. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { hadoopError } from '../../runtime/errors.ts';
import { lengthIfThere } from '../../runtime/files/file-io.ts';
import { Alarm } from '../../runtime/promises.ts';
import { encodeLogEntry } from './header-record.ts';
import { metaLength } from './meta-header.ts';
import { cutReplicaFiles, syncReplicaFiles } from './replica-files.ts';
import type { Replica } from './replica-state.ts';
import type { StoredReplica } from './stored-replica.ts';

// Every function here expects that the caller has the replica for itself (StoredReplica.exclusive).

/**
 * Changes a replica's state: moves the files first, and keeps the volume's sums right. The header of a replica that becomes
 * final is in the volume's log before anyone hears of the replica.
 */
export async function changeReplica(stored: StoredReplica, next: Replica): Promise<void> {
  const before = stored.state;
  const { spec, volume } = stored;
  const move = (): Promise<void> => stored.moveTo(next);
  if (next.kind === 'FINALIZED' && spec) await volume.headerLog.logged(encodeLogEntry({ ...next, spec }), move);
  else await move();
  if (next.kind === 'FINALIZED' && before.kind !== 'FINALIZED') stored.volume.numBlocks++;
  if (next.kind !== 'FINALIZED' && before.kind === 'FINALIZED') stored.volume.numBlocks--;
  if (next.kind === 'FINALIZED') releaseReserved(stored);
}

/** Finalizes a replica so that the new place of its files lasts over a loss of power. */
export async function finalizeForGood(stored: StoredReplica, next: Replica): Promise<void> {
  const from = path.dirname(stored.paths.data);
  await changeReplica(stored, next);
  // The new directory is synced first: the next start mends a file that has two names, and can't mend one that has none.
  await stored.syncDirectory();
  await stored.volume.syncDirectory(from);
}

/** Finalizes a replica whose bytes no writer has synced. */
export async function syncAndFinalize(stored: StoredReplica, next: Replica): Promise<void> {
  await syncReplicaFiles(stored.paths, stored.volume);
  await finalizeForGood(stored, next);
}

/**
 * Cuts the files to the length of the next state, then changes the state: a failed write may have left more or less.
 * @throws IOException if the data is not there, or its last chunk is corrupt
 */
export async function settleAndChange(stored: StoredReplica, next: Replica): Promise<void> {
  const before = stored.state;
  const isCut = next.bytesOnDisk < before.bytesOnDisk;
  if (isCut) stored.noteCut(next.bytesOnDisk);
  const known = before.kind === 'RBW' && !isCut ? before.lastChecksum : undefined;
  const { spec, lastChecksum } = await cutReplicaFiles(stored.paths, next.bytesOnDisk, {
    spec: stored.spec,
    lastChecksum: known,
  });
  stored.noteSpec(spec);
  stored.volume.usedBytes -= before.bytesOnDisk + metaLength(spec, before.bytesOnDisk);
  stored.volume.usedBytes += next.bytesOnDisk + metaLength(spec, next.bytesOnDisk);
  if (next.kind === 'FINALIZED' && before.kind !== 'FINALIZED') {
    // The replica was not finished by a writer's last packet, so nothing was synced; the NameNode hears a final length.
    return syncAndFinalize(stored, next);
  }
  await changeReplica(stored, next.kind === 'RBW' ? { ...next, lastChecksum } : next);
  // The NameNode takes over the new generation stamp, and never takes an older one again: the meta file's name must last.
  if (next.generationStamp !== before.generationStamp) await stored.syncDirectory();
}

/** Gives the volume back the room that it reserved for the rest of a replica. */
export function releaseReserved(stored: StoredReplica): void {
  stored.volume.reservedForReplicasBytes -= stored.reservedBytes;
  stored.reservedBytes = 0;
}

/** Counts bytes that were written as used, and takes them off the room reserved for the replica. */
export function accountWritten(stored: StoredReplica, bytes: number): void {
  stored.volume.usedBytes += bytes;
  const reserved = Math.min(stored.reservedBytes, bytes);
  stored.reservedBytes -= reserved;
  stored.volume.reservedForReplicasBytes -= reserved;
}

/** Deletes a replica's files and gives their bytes back to the volume. @throws the failure of the disk */
export async function deleteReplicaFiles({
  volume,
  paths,
  state,
}: Pick<StoredReplica, 'volume' | 'paths' | 'state'>): Promise<void> {
  const metaBytes = (await lengthIfThere(paths.meta)) ?? 0;
  await Promise.all([fs.rm(paths.data, { force: true }), fs.rm(paths.meta, { force: true })]);
  volume.usedBytes = Math.max(0, volume.usedBytes - state.bytesOnDisk - metaBytes);
}

/**
 * Runs `action` alone on a replica whose writer has been stopped (Hadoop: attemptToSetWriter, MustStopExistingWriter).
 * @throws IOException if the writer does not end within `timeoutMs`
 */
export async function withoutWriter<T>(
  stored: StoredReplica,
  why: { readonly reason: string; readonly timeoutMs: number },
  action: () => Promise<T>,
): Promise<T> {
  for (;;) {
    if (stored.writer) {
      await within(stored.writer.stop(why.reason), why.timeoutMs, `Join on writer of ${stored.name} timed out`);
    }
    stored.writer = undefined;
    stored.apply({ type: 'stopWriter' });
    // Between the stop and the start of the action, another writer may have taken the replica.
    const result = await stored.exclusive(async () => (stored.writer ? undefined : { value: await action() }));
    if (result) return result.value;
  }
}

/** Waits for the work. @throws IOException with the message if the work takes longer than `timeoutMs` */
async function within(work: Promise<void>, timeoutMs: number, message: string): Promise<void> {
  const limit = new Alarm();
  try {
    const ended = await Promise.race([work.then(() => true), limit.sleep(timeoutMs).then(() => false)]);
    if (!ended) throw hadoopError('IOException', message);
  } finally {
    limit.ring();
  }
}

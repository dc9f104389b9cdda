import fs from 'node:fs/promises';
import path from 'node:path';
import { hadoopError } from '../../runtime/errors.ts';
import { Alarm } from '../../runtime/promises.ts';
import { metaLength } from './meta-header.ts';
import { cutReplicaFiles, syncReplicaFiles } from './replica-files.ts';
import type { Replica } from './replica-state.ts';
import type { StoredReplica } from './stored-replica.ts';

// What block-store.ts does to one replica: its files, its volume's sums and its writer. Whoever changes a replica's
// state has it for himself (StoredReplica.exclusive).

/** Takes a new state over: moves the files first, and keeps the volume's sums. */
export async function changeReplica(stored: StoredReplica, next: Replica): Promise<void> {
  const before = stored.state;
  await stored.moveTo(next);
  if (next.kind === 'FINALIZED' && before.kind !== 'FINALIZED') stored.volume.numBlocks++;
  if (next.kind !== 'FINALIZED' && before.kind === 'FINALIZED') stored.volume.numBlocks--;
  if (next.kind === 'FINALIZED') releaseReserved(stored);
}

/** The same for a replica that becomes a finished one; where its files lie lasts over a loss of power. */
export async function finalizeForGood(stored: StoredReplica, next: Replica): Promise<void> {
  const from = path.dirname(stored.paths.data);
  await changeReplica(stored, next);
  // Where it is first: a name too many is found at the start, one too few is not.
  await stored.syncDirectory();
  await stored.volume.syncDirectory(from);
}

/** The same for files that no writer has synced. */
export async function syncAndFinalize(stored: StoredReplica, next: Replica): Promise<void> {
  await syncReplicaFiles(stored.paths);
  await finalizeForGood(stored, next);
}

/**
 * Makes the files what the next state says before it takes that over: a failed write may have left more or less.
 * @throws IOException when the data is not there, or its last chunk is corrupt
 */
export async function settleAndChange(stored: StoredReplica, next: Replica): Promise<void> {
  const before = stored.state;
  const isCut = next.bytesOnDisk < before.bytesOnDisk;
  if (isCut) stored.noteCut(next.bytesOnDisk);
  const known = before.kind === 'RBW' && !isCut ? before.lastChecksum : undefined;
  const { spec, lastChecksum } = await cutReplicaFiles(stored.paths, next.bytesOnDisk, known);
  stored.volume.usedBytes -= before.bytesOnDisk + metaLength(spec, before.bytesOnDisk);
  stored.volume.usedBytes += next.bytesOnDisk + metaLength(spec, next.bytesOnDisk);
  if (next.kind === 'FINALIZED' && before.kind !== 'FINALIZED') {
    // No writer's last packet has finished it, so nothing was synced; but the NameNode is told its length as final.
    return syncAndFinalize(stored, next);
  }
  await changeReplica(stored, next.kind === 'RBW' ? { ...next, lastChecksum } : next);
}

/** Gives back the room that was kept for the rest of a replica. */
export function releaseReserved(stored: StoredReplica): void {
  stored.volume.reservedForReplicasBytes -= stored.reservedBytes;
  stored.reservedBytes = 0;
}

/** Bytes went to disk: they count as used and are taken off what was reserved for the replica. */
export function accountWritten(stored: StoredReplica, bytes: number): void {
  stored.volume.usedBytes += bytes;
  const reserved = Math.min(stored.reservedBytes, bytes);
  stored.reservedBytes -= reserved;
  stored.volume.reservedForReplicasBytes -= reserved;
}

export async function deleteReplicaFiles({ volume, paths, state }: StoredReplica): Promise<void> {
  const metaBytes = (await fs.stat(paths.meta).catch(() => undefined))?.size ?? 0;
  await Promise.all([fs.rm(paths.data, { force: true }), fs.rm(paths.meta, { force: true })]);
  volume.usedBytes = Math.max(0, volume.usedBytes - state.bytesOnDisk - metaBytes);
}

/**
 * Runs `action` alone on a replica whose writer has been stopped (Hadoop: attemptToSetWriter, MustStopExistingWriter).
 * @throws IOException when the writer does not end within `timeoutMs`
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
    // Between the two another may have taken the replica.
    const result = await stored.exclusive(async () => (stored.writer ? undefined : { value: await action() }));
    if (result) return result.value;
  }
}

/** @throws IOException with the message when the work takes longer */
async function within(work: Promise<void>, timeoutMs: number, message: string): Promise<void> {
  const limit = new Alarm();
  try {
    const ended = await Promise.race([work.then(() => true), limit.sleep(timeoutMs).then(() => false)]);
    if (!ended) throw hadoopError('IOException', message);
  } finally {
    limit.ring();
  }
}

/** The two halves of a block recovery on one replica. */
import type { ExtendedBlockProto } from '../../protocol/gen/messages.ts';
import { formatBlock } from '../volumes/block-layout.ts';
import { metaLength } from './meta-header.ts';
import { changeReplica, settleAndChange, syncAndFinalize, withoutWriter } from './replica-changes.ts';
import { copyReplicaFiles } from './replica-files.ts';
import type { Replica } from './replica-state.ts';
import { StoredReplica } from './stored-replica.ts';

/** First half of a block recovery: stops the writer and makes the replica RUR. @returns the replica's state before that */
export async function beginRecovery(
  stored: StoredReplica,
  block: ExtendedBlockProto,
  recoveryId: number,
  writerStopTimeoutMs: number,
): Promise<Replica> {
  // An unfinished copy takes no part in the recovery, but shows that the block is not lost.
  if (stored.state.kind === 'TEMPORARY') return stored.state;
  const name = formatBlock(block);
  const event = { type: 'beginRecovery', generationStamp: block.generationStamp, recoveryId } as const;
  // A recovery that will be refused must not stop the writer.
  stored.preview(event, name);
  const why = { reason: `recovery ${recoveryId} of ${name}`, timeoutMs: writerStopTimeoutMs };
  return withoutWriter(stored, why, async () => {
    const next = stored.preview(event, name);
    if (stored.state.kind === 'RBW') await settleAndChange(stored, next);
    else await changeReplica(stored, next);
    return next.kind === 'RUR' ? next.original : next;
  });
}

export interface RecoveryResult {
  readonly recoveryId: number;
  /** The length that the DataNode leading the recovery was told of. */
  readonly oldLength: number;
  readonly newLength: number;
}

/** Second half: the replica gets the agreed length and generation stamp and is finalized. */
export function endRecovery(stored: StoredReplica, block: ExtendedBlockProto, result: RecoveryResult): Promise<void> {
  const event = { type: 'endRecovery', ...result } as const;
  return stored.exclusive(() => settleAndChange(stored, stored.preview(event, formatBlock(block))));
}

/**
 * Second half for a truncate that must leave the block as it is: a copy under another id gets the agreed length and
 * generation stamp, and is finalized on the same volume (Hadoop: FsVolumeImpl.updateRURCopyOnTruncate).
 *
 * @param register adds the copy to the replicas; throws if a block has its id
 * @param withdraw deletes the copy if it fails
 */
export function endRecoveryInCopy(
  stored: StoredReplica,
  block: ExtendedBlockProto,
  result: RecoveryResult & { readonly newBlockId: number },
  { register, withdraw }: { register(copy: StoredReplica): void; withdraw(copy: StoredReplica): Promise<void> },
): Promise<StoredReplica> {
  const { recoveryId: generationStamp, newLength: bytesOnDisk, newBlockId: blockId, ...lengths } = result;
  const event = { type: 'endRecovery', recoveryId: generationStamp, newLength: bytesOnDisk, ...lengths } as const;
  return stored.exclusive(async () => {
    const original = stored.preview({ ...event, toCopy: true }, formatBlock(block));
    const { poolId, volume, bugs } = stored;
    const state = { kind: 'TEMPORARY', blockId, generationStamp, bytesReceived: bytesOnDisk, bytesOnDisk } as const;
    const copy = new StoredReplica(poolId, volume, state, bugs);
    register(copy);
    try {
      volume.usedBytes += bytesOnDisk;
      const { spec } = await copyReplicaFiles(stored, copy.paths, bytesOnDisk);
      volume.usedBytes += metaLength(spec, bytesOnDisk);
      copy.noteSpec(spec);
      await copy.exclusive(() => syncAndFinalize(copy, copy.preview({ type: 'finalize' })));
    } catch (e) {
      await withdraw(copy);
      throw e;
    }
    await changeReplica(stored, original);
    return copy;
  });
}

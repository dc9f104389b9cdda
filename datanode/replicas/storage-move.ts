/** Moves a finalized replica to a volume of another storage type. */
import type { ExtendedBlockProto } from '../../protocol/gen/messages.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { formatBlock } from '../volumes/block-layout.ts';
import type { StorageType } from '../volumes/storage-location.ts';
import type { Volume } from '../volumes/volume.ts';
import { metaLength } from './meta-header.ts';
import { deleteReplicaFiles, syncAndFinalize } from './replica-changes.ts';
import { copyReplicaFiles } from './replica-files.ts';
import { describeReplica, replicaNotFound } from './replica-rules.ts';
import { StoredReplica } from './stored-replica.ts';

/**
 * Moves a finished replica to a volume of another storage type (Hadoop: FsDatasetImpl.moveBlockAcrossStorage): a copy
 * is finalized there before the old files are deleted. If a crash leaves both, the next start keeps one.
 *
 * @param chooseVolume returns a volume of the wanted type; throws if none has room
 * @param onCopied called when the copy is final and the old files still exist, so that the NameNode always knows of one
 * @throws ReplicaNotFoundException, ReplicaAlreadyExistsException, IOException, DiskOutOfSpaceException
 */
export function moveAcrossStorage(
  stored: StoredReplica,
  block: ExtendedBlockProto,
  storageType: StorageType,
  chooseVolume: () => Volume,
  onCopied: () => void,
): Promise<void> {
  return stored.exclusive(async () => {
    checkMovable(stored, block, storageType);
    const { poolId, state, volume: from, bugs } = stored;
    const { blockId, generationStamp, bytesOnDisk } = state;
    const to = chooseVolume();
    const temporary = { kind: 'TEMPORARY', blockId, generationStamp, bytesReceived: bytesOnDisk, bytesOnDisk } as const;
    const copy = new StoredReplica(poolId, to, temporary, bugs);
    to.usedBytes += bytesOnDisk;
    try {
      const { spec } = await copyReplicaFiles(stored, copy.paths, bytesOnDisk);
      to.usedBytes += metaLength(spec, bytesOnDisk);
      copy.noteSpec(spec);
      // The old files are deleted right after, so the copy must last over a loss of power.
      await syncAndFinalize(copy, copy.preview({ type: 'finalize' }));
    } catch (e) {
      await deleteReplicaFiles(copy);
      throw e;
    }
    const old = new StoredReplica(poolId, from, state, bugs);
    stored.relocate(to);
    from.numBlocks--;
    onCopied();
    await deleteReplicaFiles(old);
  });
}

function checkMovable({ state, volume, name }: StoredReplica, block: ExtendedBlockProto, type: StorageType): void {
  if (state.generationStamp !== block.generationStamp) throw replicaNotFound(formatBlock(block));
  if (state.kind !== 'FINALIZED') {
    throw hadoopError('ReplicaNotFoundException', `Cannot append to an unfinalized replica ${name}`);
  }
  if (state.bytesOnDisk !== block.numBytes) {
    throw hadoopError(
      'IOException',
      `Corrupted replica ${describeReplica(state)} with a length of ${state.bytesOnDisk} expected length is ${block.numBytes}`,
    );
  }
  if (volume.storageType === type) {
    throw hadoopError(
      'ReplicaAlreadyExistsException',
      `Replica ${describeReplica(state)} already exists on storage ${type}`,
    );
  }
}

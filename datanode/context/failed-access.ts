/** Judges a replica by the failure of an operation that has used its files. */
import type { ExtendedBlockProto } from '../../protocol/gen/messages.ts';
import { errorCode } from '../../runtime/errors.ts';
import { isDiskError } from '../../runtime/files/disk-errors.ts';
import { CorruptReplica } from '../replicas/corrupt-replica.ts';
import type { DatanodeContext } from './datanode-context.ts';
import { forgetVanished } from './vanished-replica.ts';

type Scope = Pick<DatanodeContext, 'store' | 'events' | 'log' | 'scanner'>;

/**
 * Tells the NameNode of a finalized replica that an operation has found damaged, or whose block file is gone. After an
 * error of the disk, the volume is checked, and the block scanner reads the replica next and decides; without a scanner the replica counts as
 * damaged (Hadoop: DataNode.handleBadBlock). Does nothing for every other failure. A replica that is written or under
 * recovery is left to its pipeline and its recovery.
 * @throws the failure of the disk when the NameNode's record can't be compared with it
 */
export async function noteFailedAccess(scope: Scope, block: ExtendedBlockProto, failure: Error): Promise<void> {
  const { store, events, log, scanner } = scope;
  const stored = store.find(block);
  if (stored && isDiskError(failure)) stored.volume.noteSuspect();
  if (stored?.state.kind !== 'FINALIZED') return;
  if (failure instanceof CorruptReplica) {
    log.warn({ block: stored.name, file: stored.paths.data }, `a damaged replica was met: ${failure.message}`);
    events.bad(stored.block, undefined);
  } else if (errorCode(failure) === 'ENOENT') await forgetVanished(scope, stored);
  else if (!isDiskError(failure)) return;
  else if (scanner.isEnabled) scanner.markSuspect(stored);
  else events.bad(stored.block, undefined);
}

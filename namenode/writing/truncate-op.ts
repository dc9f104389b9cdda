/** Truncates files. */
import { invariant } from '../../runtime/bug.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { blockDeleted } from '../blocks/block-manager.ts';
import { recoverBlock } from '../blocks/block-recovery.ts';
import { checkNameNodeSafeMode } from '../blocks/check-safe-mode.ts';
import type { Caller } from '../command/caller.ts';
import type { Transaction } from '../command/transaction.ts';
import { completeLength, fileLength, type INodeFile } from '../namespace/inode.ts';
import { lastINode } from '../namespace/inode-tree.ts';
import { WRITE } from '../namespace/permissions.ts';
import { checkAccess, resolvePath } from '../namespace/resolve-path.ts';
import { fileAt } from '../namespace/stat-and-listing.ts';
import { convertLastBlockToUnderConstruction, toUnderConstruction } from './append-op.ts';
import { becauseOf, recoverLeaseInternal } from './lease-op.ts';
import type { WritingState } from './writing-state.ts';

export interface TruncateRequest {
  readonly caller: Caller;
  readonly path: string;
  readonly newLengthBytes: number;
  readonly clientName: string;
}

/**
 * Truncates a closed file (FSDirTruncateOp.truncate). Blocks beyond the new length are removed at once. Returns true if
 * that was enough. Returns false if the new length lies inside a block: the file then stays open until the block's
 * DataNodes have cut the block.
 * @throws HadoopIllegalArgumentException for a length beyond the file's, FileNotFoundException,
 * AlreadyBeingCreatedException, RecoveryInProgressException, AccessControlException
 */
export function truncate(s: WritingState, tx: Transaction, request: TruncateRequest): boolean {
  const { caller, path, newLengthBytes, clientName } = request;
  if (newLengthBytes < 0) {
    throw hadoopError('HadoopIllegalArgumentException', `Cannot truncate to a negative file size: ${newLengthBytes}.`);
  }
  checkNameNodeSafeMode(s.blockManager, tx.now, `Cannot truncate for ${path}`);
  const iip = resolvePath(s.namespace, caller, path, 'WRITE');
  if (lastINode(iip) !== undefined) checkAccess(s.namespace, iip, caller, { access: WRITE });
  const file = fileAt(iip);
  const truncatingTo = lengthBeingTruncatedTo(file);
  if (truncatingTo === newLengthBytes) return false;
  if (truncatingTo !== undefined) {
    const because = becauseOf('TRUNCATE_FILE', iip, clientName, caller.address);
    throw hadoopError('AlreadyBeingCreatedException', because(`${iip.path} is being truncated.`));
  }
  recoverLeaseInternal(s, tx, 'TRUNCATE_FILE', iip, clientName, caller.address, false);
  const oldLength = fileLength(file);
  if (oldLength === newLengthBytes) return true;
  if (oldLength < newLengthBytes) {
    throw hadoopError(
      'HadoopIllegalArgumentException',
      `Cannot truncate to a larger file size. Current size: ${oldLength}, truncate size: ${newLengthBytes}.`,
    );
  }
  file.modificationTimeMs = tx.wallMs;
  tx.touch(file);
  const excess = removeBlocksBeyond(s, tx, file, newLengthBytes) - newLengthBytes;
  if (excess === 0) return true;
  toUnderConstruction(s, tx, file, clientName, caller.address);
  truncateLastBlock(s, tx, file, excess);
  return false;
}

/** Returns the length in bytes to which an unfinished truncate cuts the file, or undefined if there is none. */
function lengthBeingTruncatedTo(file: INodeFile): number | undefined {
  const truncateTo = file.blocks.at(-1)?.truncateTo;
  return truncateTo === undefined ? undefined : completeLength(file) + truncateTo;
}

/**
 * Removes the blocks that begin at or after `newLength` (INodeFile.collectBlocksBeyondMax). Returns the length in bytes
 * of the blocks that stay.
 */
function removeBlocksBeyond(s: WritingState, tx: Transaction, file: INodeFile, newLength: number): number {
  let kept = 0;
  let count = 0;
  for (const block of file.blocks) {
    if (kept >= newLength) break;
    kept += block.numBytes;
    count++;
  }
  for (const [i, block] of file.blocks.splice(count).entries()) {
    tx.removeBlock(file.id, count + i, block);
    blockDeleted(s.blockManager, block);
  }
  return kept;
}

/** Begins a block recovery that cuts the last block in place (FSDirTruncateOp.prepareFileForTruncate). */
function truncateLastBlock(s: WritingState, tx: Transaction, file: INodeFile, excess: number): void {
  const last = file.blocks.at(-1);
  invariant(last !== undefined, 'a file that is cut has a block');
  convertLastBlockToUnderConstruction(s, tx, last);
  last.truncateTo = last.numBytes - excess;
  recoverBlock(s.blockManager, tx, last);
}

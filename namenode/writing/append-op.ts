/** Opens a closed file for appending. */
import type { HdfsFileStatusProto, LocatedBlockProto } from '../../protocol/gen/messages.ts';
import { invariant } from '../../runtime/bug.ts';
import { hadoopError, JAVA_CLASSES } from '../../runtime/errors.ts';
import { noteSafe } from '../blocks/block-manager.ts';
import { expectReplicas } from '../blocks/block-recovery.ts';
import { checkNameNodeSafeMode } from '../blocks/check-safe-mode.ts';
import { locatedBlock } from '../blocks/located-blocks.ts';
import { blockName, liveReplicas } from '../blocks/locations/block-info.ts';
import { readableReplicas } from '../blocks/locations/block-map.ts';
import type { BlockInfo } from '../blocks/locations/model.ts';
import type { Caller } from '../command/caller.ts';
import type { Transaction } from '../command/transaction.ts';
import { setFeature } from '../namespace/features.ts';
import { fileStatus } from '../namespace/file-status.ts';
import { fileLength, type INodeFile } from '../namespace/inode.ts';
import { lastINode } from '../namespace/inode-tree.ts';
import { WRITE } from '../namespace/permissions.ts';
import { checkAccess, resolvePath } from '../namespace/resolve-path.ts';
import { recoverLeaseInternal } from './lease-op.ts';
import type { WritingState } from './writing-state.ts';

export interface AppendRequest {
  readonly caller: Caller;
  readonly path: string;
  /** The name of the client, which will hold the lease. */
  readonly clientName: string;
  /** Whether the appended data begins a new block (CreateFlag.NEW_BLOCK). */
  readonly newBlock: boolean;
}

/**
 * The answer to an append. `block` is the last block if the writer continues that block or has to name it as
 * `previous`; undefined if the last block is full.
 */
export interface AppendResult {
  readonly block: LocatedBlockProto | undefined;
  readonly stat: HdfsFileStatusProto;
}

/**
 * Opens a closed file, so that its writer can add data at the end (FSDirAppendOp.appendFile).
 * @throws FileNotFoundException, FileAlreadyExistsException for a directory, AlreadyBeingCreatedException,
 * RecoveryInProgressException, AccessControlException, IOException if the last block has too few replicas
 */
export function append(s: WritingState, tx: Transaction, request: AppendRequest): AppendResult {
  const { caller, path, clientName } = request;
  checkNameNodeSafeMode(s.blockManager, tx.now, `Cannot append to file${path}`);
  const iip = resolvePath(s.namespace, caller, path, 'WRITE');
  const file = lastINode(iip);
  if (file?.kind === 'directory') {
    throw hadoopError(
      'FileAlreadyExistsException',
      `Cannot append to directory ${iip.path}; already exists as a directory.`,
    );
  }
  checkAccess(s.namespace, iip, caller, { access: WRITE });
  if (file === undefined) {
    throw hadoopError(
      'FileNotFoundException',
      `Failed to append to non-existent file ${iip.path} for client ${caller.address}`,
    );
  }
  recoverLeaseInternal(s, tx, 'APPEND_FILE', iip, clientName, caller.address, false);
  checkLastBlock(s, iip.path, file.blocks.at(-1));
  toUnderConstruction(s, tx, file, clientName, caller.address);
  const block = request.newBlock ? nameLastBlock(s, file) : reopenLastBlock(s, tx, file);
  return { block, stat: fileStatus(file, '') };
}

function checkLastBlock(s: WritingState, path: string, last: BlockInfo | undefined): void {
  if (last === undefined) return;
  const what = `append: lastBlock=${blockName(last)} of src=${path} is`;
  if (last.state === 'COMMITTED') {
    const cause = JAVA_CLASSES.NotReplicatedYetException;
    throw hadoopError('RetriableException', `${cause}: ${what} COMMITTED but not yet COMPLETE.`);
  }
  const live = liveReplicas(last);
  if (live >= s.blockManager.config.replicationMin || live >= s.blockManager.datanodes.liveCount) return;
  throw hadoopError('IOException', `${what} not sufficiently replicated yet.`);
}

/** Opens a file again, under a lease of its new writer. */
export function toUnderConstruction(
  s: WritingState,
  tx: Transaction,
  file: INodeFile,
  clientName: string,
  clientMachine: string,
): void {
  setFeature(file, 'underConstruction', { clientName, clientMachine });
  s.namespace.leases.add(clientName, file.id, tx.now);
  tx.touch(file);
}

/** Returns the last block, which the writer does not write but names as `previous` in its next addBlock. */
function nameLastBlock(s: WritingState, file: INodeFile): LocatedBlockProto | undefined {
  const last = file.blocks.at(-1);
  return last && locatedBlock(s.blockManager.config.blockPoolId, last, 0, [], false);
}

function reopenLastBlock(s: WritingState, tx: Transaction, file: INodeFile): LocatedBlockProto | undefined {
  const last = file.blocks.at(-1);
  if (last === undefined || last.numBytes === file.blockSizeBytes) return undefined;
  convertLastBlockToUnderConstruction(s, tx, last);
  const { underConstruction } = file.features ?? {};
  invariant(underConstruction !== undefined, 'the file is open');
  setFeature(file, 'underConstruction', { ...underConstruction, reopenedAt: last.genStamp });
  const storages = (last.expected ?? []).map((e) => e.storage);
  return locatedBlock(s.blockManager.config.blockPoolId, last, fileLength(file) - last.numBytes, storages, false);
}

/**
 * Makes a complete block one that is written or cut again, on the DataNodes that hold it (BlockManager's method of this
 * name). Until the block is COMPLETE again, it counts neither for safe mode nor for replication.
 */
export function convertLastBlockToUnderConstruction(s: WritingState, tx: Transaction, block: BlockInfo): void {
  const { storages } = readableReplicas(block);
  s.blockManager.redundancy.forget(block);
  block.state = 'UNDER_CONSTRUCTION';
  s.blockManager.safeMode.blocksTotal--;
  noteSafe(s.blockManager, block);
  expectReplicas(block, storages);
  for (const { datanode } of storages) {
    if (datanode.invalidates.get(block.id) === block.genStamp) datanode.invalidates.delete(block.id);
  }
  tx.touchBlock(block);
}

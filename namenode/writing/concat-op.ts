/** Joins files of one directory into one file. */
import { hadoopError } from '../../runtime/errors.ts';
import { settle } from '../blocks/block-manager.ts';
import { checkNameNodeSafeMode } from '../blocks/check-safe-mode.ts';
import type { Caller } from '../command/caller.ts';
import type { Transaction } from '../command/transaction.ts';
import type { INodeFile } from '../namespace/inode.ts';
import type { INodesInPath } from '../namespace/inode-tree.ts';
import { READ, WRITE } from '../namespace/permissions.ts';
import { checkAccess, resolvePath } from '../namespace/resolve-path.ts';
import { fileAt } from '../namespace/stat-and-listing.ts';
import type { WritingState } from './writing-state.ts';

export interface ConcatRequest {
  readonly caller: Caller;
  readonly target: string;
  readonly sources: readonly string[];
}

/**
 * Moves the blocks of the sources to the end of the target, in the same directory, and removes the sources
 * (FSDirConcatOp.concat). No data is copied.
 * @throws HadoopIllegalArgumentException for files that cannot be joined, FileNotFoundException, AccessControlException
 */
export function concat(s: WritingState, tx: Transaction, request: ConcatRequest): void {
  const { caller, target, sources } = request;
  checkNameNodeSafeMode(s.blockManager, tx.now, `Cannot concat ${target}`);
  if (target === '') throw hadoopError('IllegalArgumentException', 'Target file name is empty');
  if (sources.length === 0) throw hadoopError('IllegalArgumentException', 'No sources given');
  for (const path of [target, ...sources]) {
    if (!path.startsWith('/.reserved/')) continue;
    throw hadoopError('IOException', `Concat operation doesn't support .reserved relative path : ${path}`);
  }
  const iip = resolvePath(s.namespace, caller, target, 'WRITE');
  checkAccess(s.namespace, iip, caller, { access: WRITE });
  const file = fileAt(iip);
  if (file.features?.underConstruction !== undefined) {
    throw hadoopError('HadoopIllegalArgumentException', `concat: target file ${target} is under construction`);
  }
  const files = new Set(sources.map((source) => sourceFile(s, caller, source, iip, file)));
  if (files.size < sources.length) {
    throw hadoopError('HadoopIllegalArgumentException', 'concat: at least two of the source files are the same');
  }
  for (const source of files) moveBlocks(s, tx, source, file);
  file.modificationTimeMs = tx.wallMs;
  tx.touch(file);
}

function sourceFile(s: WritingState, caller: Caller, source: string, target: INodesInPath, file: INodeFile): INodeFile {
  const iip = resolvePath(s.namespace, caller, source, 'WRITE');
  checkAccess(s.namespace, iip, caller, { access: READ, parent: WRITE });
  const inode = fileAt(iip);
  let fault: string | undefined;
  if (inode.parent !== file.parent) {
    fault = `Source file ${source} is not in the same directory with the target ${target.path}`;
  } else if (inode === file) fault = `concat: the src file ${source} is the same with the target file ${target.path}`;
  else if (inode.features?.underConstruction !== undefined || inode.blocks.length === 0) {
    fault = `concat: source file ${source} is invalid or empty or underConstruction`;
  } else if (inode.blockSizeBytes > file.blockSizeBytes) {
    fault =
      `concat: source file ${source} has preferred block size ${inode.blockSizeBytes} which is greater than the ` +
      `target file's preferred block size ${file.blockSizeBytes}`;
  }
  if (fault !== undefined) throw hadoopError('HadoopIllegalArgumentException', fault);
  return inode;
}

/**
 * Removes the source from the namespace and moves its blocks to the target. The blocks then have the target's
 * replication.
 */
function moveBlocks(s: WritingState, tx: Transaction, source: INodeFile, target: INodeFile): void {
  const { parent } = source;
  s.namespace.tree.detach(source);
  if (parent !== undefined) tx.touchChildren(parent);
  tx.removeINode(source);
  s.namespace.tree.unregister(source);
  for (const block of source.blocks.splice(0)) {
    block.file = target;
    target.blocks.push(block);
    tx.touchBlock(block);
    settle(s.blockManager, block);
  }
}

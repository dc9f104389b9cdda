/** The operations of a client that writes a file, from its first block to the close. */
import type { LocatedBlockProto } from '../../protocol/gen/messages.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { commitBlock } from '../blocks/block-manager.ts';
import { checkNameNodeSafeMode } from '../blocks/check-safe-mode.ts';
import { locatedBlock } from '../blocks/located-blocks.ts';
import { blockName, newBlock, REPLICA_RBW } from '../blocks/locations/block-info.ts';
import { incrementScheduled } from '../blocks/locations/datanode-descriptor.ts';
import type { BlockInfo, StorageInfo } from '../blocks/locations/model.ts';
import { rackOf } from '../blocks/locations/topology.ts';
import { chooseTargets } from '../blocks/redundancy/placement.ts';
import type { Caller } from '../command/caller.ts';
import type { Transaction } from '../command/transaction.ts';
import { fileLength, type INodeFile } from '../namespace/inode.ts';
import { lastINode } from '../namespace/inode-tree.ts';
import { resolvePath } from '../namespace/resolve-path.ts';
import { checkLease, finalizeFile, removeLastBlock } from './lease-op.ts';
import type { WritingState } from './writing-state.ts';

/** A block as a client names it. */
export interface ClientBlock {
  readonly poolId: string;
  readonly blockId: number;
  readonly generationStamp: number;
  readonly numBytes: number;
}

/** An open file as a client names it: by path and by id, or with id 0 by path only. */
export interface OpenFileRef {
  readonly caller: Caller;
  readonly path: string;
  readonly fileId: number;
  readonly clientName: string;
}

export interface AddBlockRequest extends OpenFileRef {
  /** The block before, with its final length. */
  readonly previous: ClientBlock | undefined;
  readonly excludedUuids: readonly string[];
  /** DataNodes as `ip:port` or `host:port`. */
  readonly favoredNodes: readonly string[];
  readonly noLocalWrite: boolean;
  readonly ignoreClientLocality: boolean;
}

/** Returns the name of a client's block as messages show it: `BP-…:blk_1073741825_1001`. */
export const extendedName = (b: ClientBlock | undefined) =>
  b === undefined ? 'null' : `${b.poolId}:blk_${b.blockId}_${b.generationStamp}`;

const matches = (block: BlockInfo | undefined, named: ClientBlock | undefined): boolean =>
  block === undefined || named === undefined
    ? block === undefined && named === undefined
    : block.id === named.blockId && block.genStamp === named.generationStamp;

/**
 * Returns the open file of a request.
 * @throws FileNotFoundException, LeaseExpiredException
 */
export function openFile(s: WritingState, ref: OpenFileRef): INodeFile {
  if (ref.fileId === 0) {
    return checkLease(s, resolvePath(s.namespace, ref.caller, ref.path, 'WRITE'), ref.clientName, ref.fileId);
  }
  return checkLease(s, s.namespace.tree.resolveById(ref.path, ref.fileId), ref.clientName, ref.fileId);
}

/**
 * Refuses a block of another cluster.
 * @throws IOException for a block with another pool id
 */
export function checkBlockPool(s: WritingState, block: ClientBlock | undefined): void {
  if (block === undefined || block.poolId === s.blockManager.config.blockPoolId) return;
  throw hadoopError(
    'IOException',
    `Unexpected BlockPoolId ${block.poolId} - expected ${s.blockManager.config.blockPoolId}`,
  );
}

/**
 * Adds a block to a file and chooses its pipeline (FSDirWriteFileOp.validateAddBlock and storeAllocatedBlock). Commits
 * the block before. A repeated call returns the block that the first call added.
 * @throws NotReplicatedYetException, LeaseExpiredException, IOException if too few DataNodes can store the block
 */
export function addBlock(s: WritingState, tx: Transaction, request: AddBlockRequest): LocatedBlockProto {
  const { path, previous } = request;
  checkNameNodeSafeMode(s.blockManager, tx.now, `Cannot add block to ${path}`);
  checkBlockPool(s, previous);
  const file = openFile(s, request);
  const retried = findRetried(file, request);
  if (retried !== undefined) {
    const storages = (retried.expected ?? []).map((e) => e.storage).filter((e) => e.datanode.alive);
    if (storages.length > 0) return located(s, file, retried, storages);
    const targets = chooseForNewBlock(s, file, request);
    // The client may have received the first answer and written to its DataNodes. Recovery must ask these DataNodes
    // too.
    const before = retried.pipeline;
    setPipeline(retried, targets);
    retried.pipeline = before;
    tx.touchBlock(retried);
    return located(s, file, retried, targets);
  }
  const penultimate = file.blocks.at(-2);
  if (penultimate !== undefined && penultimate.state !== 'COMPLETE') {
    throw hadoopError('NotReplicatedYetException', `Not replicated yet: ${path}`);
  }
  if (file.blocks.length >= s.config.blocksPerFileMax) {
    throw hadoopError(
      'IOException',
      'File has reached the limit on maximum number of blocks (dfs.namenode.fs-limits.max-blocks-per-file): ' +
        `${file.blocks.length} >= ${s.config.blocksPerFileMax}`,
    );
  }
  const targets = chooseForNewBlock(s, file, request);
  commitLastBlock(s, tx, file, previous);
  const { counters } = s.blockManager;
  const block = newBlock(++counters.lastBlockId, ++counters.generationStamp, 0, 'UNDER_CONSTRUCTION');
  tx.countersChanged();
  block.file = file;
  file.blocks.push(block);
  s.blockManager.blocks.add(block);
  setPipeline(block, targets);
  tx.touchBlock(block);
  return located(s, file, block, targets);
}

/**
 * Returns the last block if this addBlock repeats one that was carried out, or undefined if it does not
 * (FSDirWriteFileOp.analyzeFileState).
 */
function findRetried(file: INodeFile, request: AddBlockRequest): BlockInfo | undefined {
  const { previous, path } = request;
  const last = file.blocks.at(-1);
  if (matches(last, previous)) return undefined;
  // An append to a file whose last block is full begins with an addBlock that names no previous block.
  const isFull = (block: BlockInfo | undefined) => block?.state === 'COMPLETE' && block.numBytes >= file.blockSizeBytes;
  if (previous === undefined && isFull(last)) return undefined;
  const penultimate = file.blocks.at(-2);
  // Hadoop refuses the repetition of such a first addBlock. A client repeats it after it lost its connection.
  if (last !== undefined && (matches(penultimate, previous) || (previous === undefined && isFull(penultimate)))) {
    if (last.numBytes !== 0 || last.state !== 'UNDER_CONSTRUCTION') {
      throw hadoopError(
        'IOException',
        `Request looked like a retry to allocate block ${blockName(last)} but it already contains ` +
          `${last.numBytes} bytes`,
      );
    }
    return last;
  }
  throw hadoopError(
    'IOException',
    `Cannot allocate block in ${path}: passed 'previous' block ${extendedName(previous)} does not match actual ` +
      `last block in file ${last === undefined ? 'null' : blockName(last)}`,
  );
}

function located(
  s: WritingState,
  file: INodeFile,
  block: BlockInfo,
  targets: readonly StorageInfo[],
): LocatedBlockProto {
  return locatedBlock(s.blockManager.config.blockPoolId, block, fileLength(file) - block.numBytes, targets, false);
}

/** Sets the storages of a new block's pipeline. */
export function setPipeline(block: BlockInfo, targets: readonly StorageInfo[]): void {
  const { genStamp } = block;
  block.expected = targets.map((storage) => ({ storage, state: REPLICA_RBW, genStamp, numBytes: 0 }));
  block.pipeline = undefined;
  incrementScheduled(targets);
}

/** Chooses storages for as many replicas as the file wants. Fewer are enough, down to dfs.namenode.replication.min. */
function chooseForNewBlock(s: WritingState, file: INodeFile, request: AddBlockRequest): StorageInfo[] {
  const nodes = s.blockManager.datanodes.live();
  const excluded = new Set(nodes.filter((n) => request.excludedUuids.includes(n.id.datanodeUuid)));
  const machine = request.ignoreClientLocality ? undefined : file.features?.underConstruction?.clientMachine;
  const targets = chooseTargets(
    {
      count: file.replication,
      nodes,
      writerAddress: machine,
      writerRack: machine === undefined ? undefined : rackOf(s.blockManager.config.racks, machine),
      blockSizeBytes: file.blockSizeBytes,
      excluded,
      chosen: [],
      favored: nodes.filter((n) =>
        request.favoredNodes.some((f) => [n.id.ipAddr, n.id.hostName].some((h) => f === `${h}:${n.id.xferPort}`)),
      ),
      noLocalWrite: request.noLocalWrite,
      loadFactorMax: s.blockManager.config.loadFactorMax,
      slow: s.blockManager.slow.excluded,
    },
    s.blockManager.random,
  );
  if (targets.length < s.blockManager.config.replicationMin) {
    // As in Hadoop, the message counts every DataNode that was examined in vain as excluded.
    throw hadoopError(
      'IOException',
      `File ${request.path} could only be written to ${targets.length} of the ${s.blockManager.config.replicationMin} ` +
        `minReplication nodes. There are ${nodes.length} datanode(s) running and ${nodes.length} node(s) ` +
        'are excluded in this operation.',
    );
  }
  return targets;
}

/**
 * Commits the last block of a file with the length that the client reports.
 * @throws IOException if the client's block is not the last block of the file, or is shorter than the known length
 */
function commitLastBlock(s: WritingState, tx: Transaction, file: INodeFile, committed: ClientBlock | undefined): void {
  const last = file.blocks.at(-1);
  if (committed === undefined || last === undefined) return;
  if (last.state === 'UNDER_RECOVERY') {
    const name = `blk_${committed.blockId}_${committed.generationStamp}`;
    throw hadoopError('IOException', `Commit or complete block ${name}, whereas it is under recovery.`);
  }
  if (last.state !== 'UNDER_CONSTRUCTION') return;
  if (last.id !== committed.blockId || last.genStamp !== committed.generationStamp) {
    throw hadoopError(
      'IOException',
      `Commit block with mismatching GS. NN has ${blockName(last)}, client submits ${extendedName(committed)}`,
    );
  }
  // A copy of the call that closed the file before the append must not close it again, under the old generation stamp:
  // the replicas that the append's pipeline holds would be corrupt. Hadoop does not check this. The copy is known by its
  // length, because clients in Go and Rust append without a new stamp.
  const isReopened = last.genStamp === file.features?.underConstruction?.reopenedAt;
  if (isReopened && committed.numBytes === last.numBytes) {
    throw hadoopError(
      'IOException',
      `Commit block ${blockName(last)}, which was opened for append: its pipeline needs a new generation stamp first`,
    );
  }
  if (committed.numBytes < last.numBytes) {
    throw hadoopError(
      'IOException',
      `commitBlock length is less than the stored one ${committed.numBytes} vs. ${last.numBytes}`,
    );
  }
  commitBlock(s.blockManager, tx, last, committed.numBytes);
}

export interface CompleteRequest extends OpenFileRef {
  readonly last: ClientBlock | undefined;
}

/**
 * Closes a file. Returns true if the file is closed, and false while its last blocks have too few replicas. A repeated
 * call after success returns true.
 */
export function complete(s: WritingState, tx: Transaction, request: CompleteRequest): boolean {
  checkNameNodeSafeMode(s.blockManager, tx.now, `Cannot complete file ${request.path}`);
  checkBlockPool(s, request.last);
  const closed = lastINode(
    request.fileId === 0
      ? resolvePath(s.namespace, request.caller, request.path, 'WRITE')
      : s.namespace.tree.resolveById(request.path, request.fileId),
  );
  if (
    closed?.kind === 'file' &&
    closed.features?.underConstruction === undefined &&
    matches(closed.blocks.at(-1), request.last)
  ) {
    return true;
  }
  const file = openFile(s, request);
  const penultimate = file.blocks.at(-2);
  if (penultimate !== undefined && penultimate.state !== 'COMPLETE') return false;
  commitLastBlock(s, tx, file, request.last);
  if (file.blocks.some((b) => b.state !== 'COMPLETE')) return false;
  finalizeFile(s, tx, file);
  return true;
}

/** Removes the last block, for which the client could not set up a pipeline. */
export function abandonBlock(
  s: WritingState,
  tx: Transaction,
  request: OpenFileRef & { readonly block: ClientBlock },
): void {
  const { block } = request;
  checkNameNodeSafeMode(s.blockManager, tx.now, `Cannot abandon block ${extendedName(block)} for file${request.path}`);
  const file = openFile(s, request);
  const last = file.blocks.at(-1);
  if (last === undefined || last.id !== block.blockId || last.state === 'COMPLETE') return;
  // Hadoop would remove such a block. But it may hold data that was acknowledged to an earlier writer or by hsync.
  if (last.numBytes > 0 || last.state === 'UNDER_RECOVERY') {
    throw hadoopError('IOException', `Cannot abandon block ${blockName(last)}: it is not an empty new one`);
  }
  removeLastBlock(s, tx, file, last);
}

/** Sets the length of the last block as of an hsync. Readers then see that length, and it survives a restart. */
export function fsync(
  s: WritingState,
  tx: Transaction,
  request: OpenFileRef & { readonly lastBlockLength: number },
): void {
  checkNameNodeSafeMode(s.blockManager, tx.now, `Cannot fsync file ${request.path}`);
  const file = openFile(s, request);
  const last = file.blocks.at(-1);
  // A call that arrives after a later one must not reduce the length.
  if (last?.state !== 'UNDER_CONSTRUCTION' || request.lastBlockLength <= last.numBytes) return;
  last.numBytes = request.lastBlockLength;
  tx.touchBlock(last);
}

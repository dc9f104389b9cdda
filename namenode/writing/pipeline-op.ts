/** Rebuilds the pipeline of a block after a failure. */
import type { LocatedBlockProto } from '../../protocol/gen/messages.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { restorePipeline } from '../blocks/block-recovery.ts';
import { checkNameNodeSafeMode } from '../blocks/check-safe-mode.ts';
import { locatedBlock } from '../blocks/located-blocks.ts';
import { blockName, REPLICA_FINALIZED } from '../blocks/locations/block-info.ts';
import { addReplica, leaveBehind } from '../blocks/locations/block-map.ts';
import type { BlockInfo, StorageInfo } from '../blocks/locations/model.ts';
import { chooseTargets } from '../blocks/redundancy/placement.ts';
import type { Transaction } from '../command/transaction.ts';
import { type ClientBlock, checkBlockPool, extendedName, type OpenFileRef, openFile } from './write-file-op.ts';
import type { WritingState } from './writing-state.ts';

/** The offset in a LocatedBlock if the client does not need the block's place in the file. */
const NO_OFFSET = -1;

/**
 * Returns the block that a client is writing.
 * @throws IOException, LeaseExpiredException
 */
function checkUCBlock(s: WritingState, tx: Transaction, named: ClientBlock, clientName: string): BlockInfo {
  const name = extendedName(named);
  checkNameNodeSafeMode(
    s.blockManager,
    tx.now,
    `Cannot get a new generation stamp and an access token for block ${name}`,
  );
  const block =
    named.poolId === s.blockManager.config.blockPoolId ? s.blockManager.blocks.get(named.blockId) : undefined;
  if (block === undefined) throw hadoopError('IOException', `${name} does not exist.`);
  if (block.state !== 'UNDER_CONSTRUCTION') {
    throw hadoopError('IOException', `Unexpected BlockUCState: ${name} is ${block.state} but not UNDER_CONSTRUCTION`);
  }
  const writer = block.file && s.namespace.tree.file(block.file.id)?.features?.underConstruction;
  if (writer === undefined) {
    throw hadoopError('IOException', `The file ${name} belonged to does not exist or it is not under construction.`);
  }
  if (writer.clientName !== clientName) {
    throw hadoopError(
      'LeaseExpiredException',
      `Lease mismatch: ${name} is accessed by a non lease holder ${clientName}`,
    );
  }
  return block;
}

/**
 * Assigns a new generation stamp to a block whose pipeline failed. Replicas that do not join the new pipeline are
 * recognized by their old stamp.
 */
export function updateBlockForPipeline(
  s: WritingState,
  tx: Transaction,
  request: { readonly block: ClientBlock; readonly clientName: string },
): LocatedBlockProto {
  const block = checkUCBlock(s, tx, request.block, request.clientName);
  const generationStamp = ++s.blockManager.counters.generationStamp;
  tx.countersChanged();
  const located = locatedBlock(s.blockManager.config.blockPoolId, block, NO_OFFSET, [], false);
  return { ...located, b: { ...request.block, generationStamp } };
}

export interface UpdatePipelineRequest {
  readonly clientName: string;
  readonly oldBlock: ClientBlock;
  readonly newBlock: ClientBlock;
  readonly datanodeUuids: readonly string[];
  readonly storageUuids: readonly string[];
}

/** Sets generation stamp, length and DataNodes of a block after its pipeline was rebuilt. */
export function updatePipeline(s: WritingState, tx: Transaction, request: UpdatePipelineRequest): void {
  const { oldBlock, newBlock } = request;
  checkBlockPool(s, newBlock);
  checkNameNodeSafeMode(s.blockManager, tx.now, 'Pipeline not updated');
  const block = checkUCBlock(s, tx, oldBlock, request.clientName);
  if (newBlock.generationStamp <= block.genStamp) {
    throw hadoopError(
      'IOException',
      `Update ${extendedName(oldBlock)} but the new block ${extendedName(newBlock)} does not have a larger ` +
        `generation stamp than the last block ${blockName(block)}`,
    );
  }
  // Hadoop does not check this. A made-up stamp would pass for one of a lost future after the next start.
  if (newBlock.generationStamp > s.blockManager.counters.generationStamp) {
    throw hadoopError(
      'IOException',
      `Update ${extendedName(oldBlock)} but the generation stamp of ${extendedName(newBlock)} was never assigned`,
    );
  }
  if (newBlock.numBytes < block.numBytes) {
    throw hadoopError(
      'IOException',
      `Update ${extendedName(oldBlock)} (size=${oldBlock.numBytes}) to a smaller size block ` +
        `${extendedName(newBlock)} (size=${newBlock.numBytes})`,
    );
  }
  const reported = block.expected ?? [];
  leaveBehind(
    block,
    request.datanodeUuids.map((uuid) => s.blockManager.datanodes.get(uuid)),
  );
  block.genStamp = newBlock.generationStamp;
  block.numBytes = newBlock.numBytes;
  block.expected = request.datanodeUuids.flatMap((uuid, i) => {
    const datanode = s.blockManager.datanodes.get(uuid);
    const named = datanode?.storages.get(request.storageUuids[i] ?? '');
    const storage = named ?? datanode?.storages.values().next().value;
    if (storage === undefined) return [];
    const before = reported.find((e) => e.storage.datanode === datanode && e.genStamp === block.genStamp);
    return [before ?? { storage, state: 1, genStamp: block.genStamp, numBytes: newBlock.numBytes }];
  });
  // A DataNode that finalizes its replica as it joins may report the replica before the client reports the pipeline.
  // This happens if the client repeats the close of a block.
  for (const { storage, state } of block.expected) if (state === REPLICA_FINALIZED) addReplica(block, storage);
  // DataNodes that have not registered since a restart join the pipeline when they register.
  block.pipeline = request.datanodeUuids.filter((uuid) => s.blockManager.datanodes.get(uuid) === undefined);
  restorePipeline(s.blockManager, block);
  tx.touchBlock(block);
}

export interface AdditionalDatanodeRequest extends OpenFileRef {
  readonly block: ClientBlock;
  readonly existing: readonly { readonly datanodeUuid: string; readonly storageUuid: string | undefined }[];
  readonly excludedUuids: readonly string[];
  readonly count: number;
}

/** Chooses DataNodes that replace failed ones of a pipeline. The answer lists the existing DataNodes first. */
export function getAdditionalDatanode(
  s: WritingState,
  tx: Transaction,
  request: AdditionalDatanodeRequest,
): LocatedBlockProto {
  const { block: named, path } = request;
  checkNameNodeSafeMode(s.blockManager, tx.now, `Cannot add datanode; src=${path}, blk=blk_${named.blockId}`);
  checkBlockPool(s, named);
  const file = openFile(s, request);
  const block = s.blockManager.blocks.get(named.blockId);
  if (block === undefined) throw hadoopError('IOException', `blk_${named.blockId} does not exist.`);
  const nodes = s.blockManager.datanodes.live();
  const chosen = request.existing.flatMap((e): StorageInfo[] => {
    const storages = s.blockManager.datanodes.get(e.datanodeUuid)?.storages;
    const storage = storages?.get(e.storageUuid ?? '') ?? storages?.values().next().value;
    return storage === undefined ? [] : [storage];
  });
  const targets = chooseTargets(
    {
      count: request.count,
      nodes,
      writerAddress: file.features?.underConstruction?.clientMachine,
      blockSizeBytes: file.blockSizeBytes,
      excluded: new Set(nodes.filter((n) => request.excludedUuids.includes(n.id.datanodeUuid))),
      chosen,
      loadFactorMax: s.blockManager.config.loadFactorMax,
      slow: s.blockManager.slow.excluded,
    },
    s.blockManager.random,
  );
  const located = locatedBlock(s.blockManager.config.blockPoolId, block, NO_OFFSET, [...chosen, ...targets], false);
  return { ...located, b: { ...named } };
}

import type { LocatedBlockProto } from '../../protocol/gen/messages.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { type BlockInfo, blockName, REPLICA_FINALIZED } from '../blocks/block-info.ts';
import { addReplica, leaveBehind } from '../blocks/block-map.ts';
import { restorePipeline } from '../blocks/block-recovery.ts';
import type { StorageInfo } from '../blocks/datanode-descriptor.ts';
import { locatedBlock } from '../blocks/located-blocks.ts';
import { chooseTargets } from '../blocks/placement.ts';
import { checkNameNodeSafeMode, type NamesystemState, type Transaction } from '../namesystem/state.ts';
import { type ClientBlock, checkBlockPool, extendedName, type OpenFileRef, openFile } from './write-file-op.ts';

/** What LocatedBlock says of a block whose place in the file is not asked for. */
const NO_OFFSET = -1;

/** The block that a client is writing. @throws IOException, LeaseExpiredException */
function checkUCBlock(s: NamesystemState, tx: Transaction, named: ClientBlock, clientName: string): BlockInfo {
  const name = extendedName(named);
  checkNameNodeSafeMode(s, tx.now, `Cannot get a new generation stamp and an access token for block ${name}`);
  const block = named.poolId === s.config.blockPoolId ? s.blocks.get(named.blockId) : undefined;
  if (block === undefined) throw hadoopError('IOException', `${name} does not exist.`);
  if (block.state !== 'UNDER_CONSTRUCTION') {
    throw hadoopError('IOException', `Unexpected BlockUCState: ${name} is ${block.state} but not UNDER_CONSTRUCTION`);
  }
  if (block.file?.underConstruction === undefined) {
    throw hadoopError('IOException', `The file ${name} belonged to does not exist or it is not under construction.`);
  }
  if (block.file.underConstruction.clientName !== clientName) {
    throw hadoopError(
      'LeaseExpiredException',
      `Lease mismatch: ${name} is accessed by a non lease holder ${clientName}`,
    );
  }
  return block;
}

/** A failed pipeline is rebuilt under a new generation stamp: the replicas that are left behind are told by it. */
export function updateBlockForPipeline(
  s: NamesystemState,
  tx: Transaction,
  request: { readonly block: ClientBlock; readonly clientName: string },
): LocatedBlockProto {
  const block = checkUCBlock(s, tx, request.block, request.clientName);
  const generationStamp = ++s.counters.generationStamp;
  tx.countersChanged();
  const located = locatedBlock(s.config.blockPoolId, block, NO_OFFSET, [], false);
  return { ...located, b: { ...request.block, generationStamp } };
}

export interface UpdatePipelineRequest {
  readonly clientName: string;
  readonly oldBlock: ClientBlock;
  readonly newBlock: ClientBlock;
  readonly datanodeUuids: readonly string[];
  readonly storageUuids: readonly string[];
}

/** The rebuilt pipeline works: its generation stamp, length and DataNodes are the block's from now on. */
export function updatePipeline(s: NamesystemState, tx: Transaction, request: UpdatePipelineRequest): void {
  const { oldBlock, newBlock } = request;
  checkBlockPool(s, newBlock);
  checkNameNodeSafeMode(s, tx.now, 'Pipeline not updated');
  const block = checkUCBlock(s, tx, oldBlock, request.clientName);
  if (newBlock.generationStamp <= block.genStamp) {
    throw hadoopError(
      'IOException',
      `Update ${extendedName(oldBlock)} but the new block ${extendedName(newBlock)} does not have a larger ` +
        `generation stamp than the last block ${blockName(block)}`,
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
    request.datanodeUuids.map((uuid) => s.datanodes.get(uuid)),
  );
  block.genStamp = newBlock.generationStamp;
  block.numBytes = newBlock.numBytes;
  block.expected = request.datanodeUuids.flatMap((uuid, i) => {
    const datanode = s.datanodes.get(uuid);
    const named = datanode?.storages.get(request.storageUuids[i] ?? '');
    const storage = named ?? datanode?.storages.values().next().value;
    if (storage === undefined) return [];
    const before = reported.find((e) => e.storage.datanode === datanode && e.genStamp === block.genStamp);
    return [before ?? { storage, state: 1, genStamp: block.genStamp, numBytes: newBlock.numBytes }];
  });
  // A DataNode that finalizes the replica as it joins (a close that is repeated) may tell of it before the client does.
  for (const { storage, state } of block.expected) if (state === REPLICA_FINALIZED) addReplica(block, storage);
  // Those that did not register yet since a restart join when they do.
  block.pipeline = request.datanodeUuids.filter((uuid) => s.datanodes.get(uuid) === undefined);
  restorePipeline(s, block);
  tx.touchBlock(block);
}

export interface AdditionalDatanodeRequest extends OpenFileRef {
  readonly block: ClientBlock;
  readonly existing: readonly { readonly datanodeUuid: string; readonly storageUuid: string | undefined }[];
  readonly excludedUuids: readonly string[];
  readonly count: number;
}

/** A DataNode in place of one that failed. The answer lists the existing ones first. */
export function getAdditionalDatanode(
  s: NamesystemState,
  tx: Transaction,
  request: AdditionalDatanodeRequest,
): LocatedBlockProto {
  const { block: named, path } = request;
  checkNameNodeSafeMode(s, tx.now, `Cannot add datanode; src=${path}, blk=blk_${named.blockId}`);
  checkBlockPool(s, named);
  const file = openFile(s, request);
  const block = s.blocks.get(named.blockId);
  if (block === undefined) throw hadoopError('IOException', `blk_${named.blockId} does not exist.`);
  const nodes = s.datanodes.live();
  const chosen = request.existing.flatMap((e): StorageInfo[] => {
    const storages = s.datanodes.get(e.datanodeUuid)?.storages;
    const storage = storages?.get(e.storageUuid ?? '') ?? storages?.values().next().value;
    return storage === undefined ? [] : [storage];
  });
  const targets = chooseTargets(
    {
      count: request.count,
      nodes,
      writerAddress: file.underConstruction?.clientMachine,
      blockSizeBytes: file.blockSizeBytes,
      excluded: new Set(nodes.filter((n) => request.excludedUuids.includes(n.id.datanodeUuid))),
      chosen,
      loadFactorMax: s.config.loadFactorMax,
      slow: s.slowNodes?.excluded,
    },
    s.random,
  );
  const located = locatedBlock(s.config.blockPoolId, block, NO_OFFSET, [...chosen, ...targets], false);
  return { ...located, b: { ...named } };
}

/** Describes blocks and their locations for answers to clients and DataNodes. */
import type {
  DatanodeInfoProto,
  LocatedBlockProto,
  LocatedBlocksProto,
  TokenProto,
} from '../../protocol/gen/messages.ts';
import type { Chooser } from '../command/chooser.ts';
import type { BlockCollection } from './locations/block-collection.ts';
import { completeLengthOf, lengthOf } from './locations/block-info.ts';
import { readableReplicas } from './locations/block-map.ts';
import { blockCount, totalOf } from './locations/datanode-descriptor.ts';
import type { BlockInfo, DatanodeDescriptor, StorageInfo } from './locations/model.ts';
import { sortByDistance } from './redundancy/placement.ts';

const NO_BYTES = new Uint8Array(0);
/** The empty token that Hadoop sends if block tokens are off. */
export const NO_TOKEN: TokenProto = { identifier: NO_BYTES, password: NO_BYTES, kind: '', service: '' };

/** The reader of a file, and the facts that decide in which order it gets the replicas. */
export interface ReaderContext {
  readonly poolId: string;
  readonly address: string;
  readonly rack: string | undefined;
  readonly isStale: (datanode: DatanodeDescriptor) => boolean;
  readonly isSlow: (datanode: DatanodeDescriptor) => boolean;
  readonly random: Chooser;
}

/** Returns the record of a DataNode for clients. Sizes are in bytes. */
export function datanodeInfo(datanode: DatanodeDescriptor): DatanodeInfoProto {
  return {
    id: datanode.id,
    capacity: totalOf(datanode, 'capacity'),
    dfsUsed: totalOf(datanode, 'dfsUsed'),
    remaining: totalOf(datanode, 'remaining'),
    blockPoolUsed: totalOf(datanode, 'blockPoolUsed'),
    lastUpdate: datanode.lastHeartbeatWallMs,
    xceiverCount: datanode.xceiverCount,
    location: datanode.rack,
    nonDfsUsed: totalOf(datanode, 'nonDfsUsed'),
    adminState: datanode.adminState,
    cacheCapacity: datanode.cacheCapacity,
    cacheUsed: datanode.cacheUsed,
    lastUpdateMonotonic: datanode.lastHeartbeatMs,
    lastBlockReportTime: datanode.lastBlockReportMs,
    numBlocks: blockCount(datanode),
  };
}

/** Returns a block with its locations, in the order of `storages`. */
export function locatedBlock(
  poolId: string,
  block: BlockInfo,
  offset: number,
  storages: readonly StorageInfo[],
  corrupt: boolean,
): LocatedBlockProto {
  return {
    b: { poolId, blockId: block.id, generationStamp: block.genStamp, numBytes: block.numBytes },
    offset,
    locs: storages.map((storage) => datanodeInfo(storage.datanode)),
    corrupt,
    blockToken: NO_TOKEN,
    isCached: storages.map(() => false),
    storageTypes: storages.map((storage) => storage.type as 1),
    storageIDs: storages.map((storage) => storage.uuid),
    blockTokens: [],
  };
}

function locate(block: BlockInfo, offset: number, reader: ReaderContext): LocatedBlockProto {
  if (block.expected !== undefined) {
    const expected = block.expected.map((e) => e.storage).filter((storage) => storage.datanode.alive);
    return locatedBlock(reader.poolId, block, offset, sorted(expected, reader), false);
  }
  const { storages, corrupt } = readableReplicas(block);
  return locatedBlock(reader.poolId, block, offset, sorted(storages, reader), corrupt);
}

const sorted = (storages: readonly StorageInfo[], reader: ReaderContext) =>
  sortByDistance(storages, reader, reader.isStale, reader.random);

/**
 * Returns the blocks that overlap [offset, offset + length), in bytes, and the last block of the file
 * (BlockManager.createLocatedBlocks).
 */
export function locateBlocks(
  file: { readonly blocks: readonly BlockInfo[]; readonly features: BlockCollection['features'] },
  offset: number,
  length: number,
  reader: ReaderContext,
): LocatedBlocksProto {
  const underConstruction = file.features?.underConstruction !== undefined;
  const last = file.blocks.at(-1);
  if (last === undefined) return { fileLength: 0, blocks: [], underConstruction, isLastBlockComplete: false };
  const wholeLength = completeLengthOf(file.blocks);
  const end = offset + length;
  const blocks: LocatedBlockProto[] = [];
  let position = 0;
  for (const block of file.blocks) {
    if (blocks.length > 0 && position >= end) break;
    // The first block returned must reach beyond the offset, unless the file is still empty. An empty block that was
    // just added at the end of the file is returned too.
    const reaches = position + block.numBytes > offset || (position === 0 && block.numBytes === 0);
    if (blocks.length > 0 || reaches) blocks.push(locate(block, position, reader));
    position += block.numBytes;
  }
  const lastComplete = last.state === 'COMPLETE';
  return {
    fileLength: wholeLength,
    blocks,
    underConstruction,
    lastBlock: locate(last, lastComplete ? lengthOf(file.blocks) - last.numBytes : wholeLength, reader),
    isLastBlockComplete: lastComplete,
  };
}

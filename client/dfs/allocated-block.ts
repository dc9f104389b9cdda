/** A block with the DataNodes and storages that hold it or are to hold it. */
import { enumName } from '../../protocol/enum-name.ts';
import {
  type DatanodeInfoProto,
  type ExtendedBlockProto,
  type LocatedBlockProto,
  StorageTypeProto,
  type TokenProto,
} from '../../protocol/gen/messages.ts';
import { xferAddress } from './block-format.ts';

/** One place of a pipeline: a DataNode, and the storage on that DataNode that holds the replica. */
export interface PipelineNode {
  readonly info: DatanodeInfoProto;
  readonly storageType: StorageTypeProto;
  readonly storageId: string;
}

/** A block as the NameNode gives it out: the block, the token that allows access, and the places of its replicas. */
export interface AllocatedBlock {
  readonly block: ExtendedBlockProto;
  readonly token: TokenProto;
  readonly nodes: readonly PipelineNode[];
}

/** Joins the parallel lists of Hadoop's LocatedBlockProto. An older NameNode sends no storages: DISK and '' then. */
export function allocatedBlock(located: LocatedBlockProto): AllocatedBlock {
  const nodes = located.locs.map((info, i): PipelineNode => {
    const storageType = located.storageTypes[i] ?? StorageTypeProto.DISK;
    return { info, storageType, storageId: located.storageIDs[i] ?? '' };
  });
  return { block: located.b, token: located.blockToken, nodes };
}

/** Returns the nodes as Hadoop prints them: `DatanodeInfoWithStorage[127.0.0.1:9866,DS-…,DISK], …`. */
export function nodeList(nodes: readonly PipelineNode[]): string {
  const typeName = (type: number): string => enumName(StorageTypeProto, type) ?? String(type);
  return nodes
    .map((n) => `DatanodeInfoWithStorage[${xferAddress(n.info)},${n.storageId},${typeName(n.storageType)}]`)
    .join(', ');
}

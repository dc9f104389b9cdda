/** Names of blocks and DataNodes in messages. */
import type { DatanodeInfoProto, ExtendedBlockProto } from '../../protocol/gen/messages.ts';

/** Returns `BP-…:blk_ID_GENSTAMP`, as Hadoop names a block in messages. */
export function blockName(block: ExtendedBlockProto): string {
  return `${block.poolId}:blk_${block.blockId}_${block.generationStamp}`;
}

/** Returns `ip:xferPort`, as BlockOpResponseProto.firstBadLink names a DataNode. */
export function xferAddress({ id }: DatanodeInfoProto): string {
  return `${id.ipAddr}:${id.xferPort}`;
}

/** Returns the addresses as `[127.0.0.1:9866, 127.0.0.1:9868]`. */
export function datanodeNames(nodes: readonly DatanodeInfoProto[]): string {
  return `[${nodes.map(xferAddress).join(', ')}]`;
}

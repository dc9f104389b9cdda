import type { DatanodeInfoProto, ExtendedBlockProto } from '../../protocol/gen/messages.ts';

/** `BP-…:blk_ID_GENSTAMP`, as Hadoop names a block in messages. */
export function blockName(block: ExtendedBlockProto): string {
  return `${block.poolId}:blk_${block.blockId}_${block.generationStamp}`;
}

/** `ip:xferPort`, what firstBadLink names. */
export function xferAddress({ id }: DatanodeInfoProto): string {
  return `${id.ipAddr}:${id.xferPort}`;
}

/** `[127.0.0.1:9866, 127.0.0.1:9868]` */
export function datanodeNames(nodes: readonly DatanodeInfoProto[]): string {
  return `[${nodes.map(xferAddress).join(', ')}]`;
}

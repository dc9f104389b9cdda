/** Reads the request of reportBadBlocks, which clients and DataNodes both send. Pure. */
import type { LocatedBlockProto } from '../../../protocol/gen/messages.ts';
import type { RequestOf } from '../../namesystem/namesystem.ts';

/** Returns one replica for each DataNode that is named for a block. */
export function badReplicasOf(blocks: readonly LocatedBlockProto[]): RequestOf<'reportBadBlocks'>['replicas'] {
  return blocks.flatMap((located) =>
    located.locs.map((location) => ({
      blockId: located.b.blockId,
      genStamp: located.b.generationStamp,
      datanodeUuid: location.id.datanodeUuid,
    })),
  );
}

/**
 * The layouts of blocks on storages (Hadoop: BlockInfoContiguous and BlockInfoStriped).
 * Every rule that depends on the layout asks the layout of the block, so that striped blocks can be added as one more
 * layout.
 */
import type { BlockLayout } from './model.ts';

/** The layout of replicated blocks: each storage holds the whole block. */
export const CONTIGUOUS: BlockLayout = {
  storagesWanted: (replication) => replication,
  storagesMin: (replicationMin) => replicationMin,
  add: (block, storage) => {
    block.replicas.push(storage);
  },
  remove: (block, storage) => {
    block.replicas = block.replicas.filter((other) => other !== storage);
  },
};

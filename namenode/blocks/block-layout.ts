/**
 * How a block lies on its storages (Hadoop: BlockInfoContiguous and BlockInfoStriped). Everything that depends on it is
 * asked of the block's layout, so that a striped block needs a layout of its own and no other rule.
 */
import type { BlockLayout } from './model.ts';

/** Every storage holds the whole block. */
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

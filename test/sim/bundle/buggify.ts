// Patches that let each seed choose small limits inside the programs, by world/knobs.ts.
import type { Patch } from './patch.ts';

/** Limits as [file, constant, its value in the source, the other values that a seed draws from]. */
const LIMITS: readonly (readonly [file: string, constant: string, usual: string, others: readonly number[]])[] = [
  ['namenode/namesystem/background-op.ts', 'SLICE_BLOCKS', '1000', [1, 2]],
  ['namenode/rpc/datanodes/full-block-report.ts', 'SLICE_REPLICAS', '2000', [1, 3]],
  ['namenode/rpc/subtree-slices.ts', 'SLICE_INODES', '5000', [1]],
  ['namenode/rpc/when-replicated.ts', 'REPLICA_WAIT_MS', '300', [0, 5]],
  ['namenode/rpc/context/client-context.ts', 'CALLERS_MAX', '10_000', [1]],
  ['namenode/namespace/subtree-check.ts', 'PAGE_ENTRIES', '500', [1, 2]],
  ['namenode/namespace/delete-op.ts', 'DELETE_SLICE_INODES', '1000', [1, 2]],
  ['namenode/namespace/children.ts', 'CHUNK_ENTRIES_MAX', '256', [2, 4]],
  ['namenode/blocks/block-report-op.ts', 'SWEEP_BLOCKS', '2000', [1, 2]],
  ['namenode/blocks/reconstruction-op.ts', 'EXAMINED_MAX', '300', [2]],
  ['namenode/namespace/lease-manager.ts', 'LEASE_SOFT_LIMIT_MS', '60_000', [3000]],
  ['namenode/store/group-commit.ts', 'GATHER_KEYS_MAX', '250', [1, 3]],
  ['namenode/store/store.ts', 'APPLY_KEYS', '1000', [1, 20]],
  ['namenode/store/store.ts', 'APPLY_DELAY_MS', '100', [1, 1500]],
  ['datanode/transfer/block-receiver.ts', 'TURN_BYTES_MAX', '512 * 1024', [1, 1500]],
  ['datanode/replicas/replica-writer.ts', 'BATCH_BYTES_MAX', '2 * 1024 * 1024', [1, 1500]],
  ['datanode/replicas/replica-writer.ts', 'WAITING_BYTES_MAX', '4 * 1024 * 1024', [1, 2500]],
  ['datanode/scanners/volume-scanner.ts', 'BATCH_BLOCKS', '1000', [1]],
  ['client/read/located-file.ts', 'PREFETCH_BLOCKS', '10', [1]],
  ['client/dfs/lease-renewer.ts', 'RENEW_INTERVAL_MS', '30_000', [1000]],
  ['client/dfs/peer-cache.ts', 'PEERS_MAX', '16', [0, 1]],
  ['protocol/rpc/server-connection.ts', 'CALLS_IN_FLIGHT_MAX', '256', [1, 2]],
];

/** The patches of every bundle. Scripts, and seeds that draw no limits, see the values of the source. */
export const BUGGIFY: readonly Patch[] = LIMITS.map(([file, constant, usual, others]) => ({
  file,
  find: `const ${constant} = ${usual};`,
  replace: `const ${constant} = __sim.knob('${constant} of ${file}', ${usual}, [${others.join(', ')}]);`,
}));

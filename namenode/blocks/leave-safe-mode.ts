/** The end of safe mode. */
import type { Transaction } from '../command/transaction.ts';
import type { BlockManagerState } from './block-state.ts';

/** Ends start-up's safe mode when enough blocks and DataNodes were reported; then every block is looked at once. */
export function maybeLeaveSafeMode(s: BlockManagerState, tx: Transaction): void {
  if (!s.safeMode.isStartup) return;
  // A DataNode that has only registered can't take a replica yet: its first heartbeat names its storages.
  let datanodes = 0;
  for (const datanode of s.datanodes.live()) if (datanode.storages.size > 0) datanodes++;
  if (s.safeMode.maybeLeave(datanodes, tx.now)) safeModeLeft(s, tx);
}

/** Safe mode was turned off: every block is looked at once. */
export function safeModeLeft(s: BlockManagerState, tx: Transaction): void {
  tx.log('info', 'Safe mode is off');
  s.toCheck.push(s.blocks.values());
  tx.moreWork();
}

/** Ends safe mode, and then checks every block. */
import type { Transaction } from '../command/transaction.ts';
import type { BlockManagerState } from './block-state.ts';
import { passReportedNumbers, passUnreportedNumbers } from './lost-future.ts';

/**
 * Ends the safe mode of start-up if enough blocks and DataNodes have been reported. Every block is then checked once.
 */
export function maybeLeaveSafeMode(s: BlockManagerState, tx: Transaction): void {
  if (!s.safeMode.isStartup) return;
  // A copy of the name directory may be old. Replicas that show it can be on any DataNode that is there.
  if (s.safeMode.future.mayBeOld && !haveAllReported(s)) return;
  // A DataNode that has only registered cannot receive replicas yet: its first heartbeat names its storages.
  let datanodes = 0;
  for (const datanode of s.datanodes.live()) if (datanode.storages.size > 0) datanodes++;
  if (s.safeMode.maybeLeave(datanodes, tx.now)) safeModeLeft(s, tx);
}

/** Whether every live DataNode has reported all its storages since it registered. */
function haveAllReported(s: BlockManagerState): boolean {
  for (const { storages } of s.datanodes.live()) {
    if (storages.size === 0) return false;
    for (const { failed, reportEpoch } of storages.values()) if (!failed && reportEpoch === 0) return false;
  }
  return true;
}

/** Queues a check of every block, after safe mode has been turned off. */
export function safeModeLeft(s: BlockManagerState, tx: Transaction): void {
  passReportedNumbers(s, tx);
  passUnreportedNumbers(s, tx);
  tx.log('info', 'Safe mode is off');
  s.toCheck.push(s.blocks.values());
  tx.moreWork();
}

/** Corrects times after the NameNode itself stood still. */
import type { Transaction } from '../command/transaction.ts';
import type { NamesystemState } from './state.ts';

/** A tick that comes so much later than it should says that the NameNode stood still. */
export const STANDSTILL_MS = 5000;

/**
 * While the NameNode stood still (a debugger, SIGSTOP, a laptop's lid) nobody could be heard: DataNodes and writers
 * must not be held to have been silent, nor copies and block recoveries to have failed
 * (HeartbeatManager.shouldAbortHeartbeatCheck).
 */
export function stoodStill(s: NamesystemState, tx: Transaction, forMs: number): void {
  tx.log('warn', `The NameNode stood still for ${forMs} ms: they are not counted as silence of others`);
  for (const datanode of s.blockManager.datanodes.live()) {
    datanode.lastHeartbeatMs = Math.min(datanode.lastHeartbeatMs + forMs, tx.now);
  }
  s.namespace.leases.renewAll(tx.now);
  s.blockManager.redundancy.pending.shift(forMs);
  for (const block of s.blockManager.recovering) {
    const { recovery } = block;
    if (recovery !== undefined) block.recovery = { ...recovery, startedMs: recovery.startedMs + forMs };
  }
}

/** Corrects times after the NameNode process stood still. */
import type { Transaction } from '../command/transaction.ts';
import type { NamesystemState } from './state.ts';

/** A tick that is later than this, in ms, shows that the NameNode stood still. */
export const STANDSTILL_MS = 5000;

/**
 * Moves times forward after the NameNode stood still, for example in a debugger, after SIGSTOP or while a laptop was
 * closed. It received no messages then, so DataNodes and writers must not count as silent, and copies and block
 * recoveries must not count as failed (HeartbeatManager.shouldAbortHeartbeatCheck).
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

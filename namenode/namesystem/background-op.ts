import { settle } from '../blocks/block-manager.ts';
import { retryRecoveries } from '../blocks/block-recovery.ts';
import { sweepReports } from '../blocks/block-report-op.ts';
import { removeDeadReplicas } from '../blocks/dead-storages.ts';
import { redundancyRound } from '../blocks/reconstruction-op.ts';
import { becomeDead } from '../datanodes/datanode-op.ts';
import { checkLeaving } from '../datanodes/decommission.ts';
import { expireMaintenance } from '../datanodes/maintenance.ts';
import { DELETE_SLICE_INODES, removeSlice } from '../namespace/delete-op.ts';
import { checkLeases } from '../writing/lease-op.ts';
import { maybeLeaveSafeMode } from './safe-mode-op.ts';
import { STANDSTILL_MS, stoodStill } from './standstill.ts';
import type { NamesystemState, Transaction } from './state.ts';

/** Blocks looked at in one slice: a few ms. */
const SLICE_BLOCKS = 1000;

/** What time brings: dead DataNodes, expired leases, the end of safe mode, copies to order. Every second or so. */
export function tick(s: NamesystemState, tx: Transaction, lateMs = 0): void {
  if (lateMs > STANDSTILL_MS) stoodStill(s, tx, lateMs);
  s.lastTickMs = tx.now;
  for (const datanode of s.datanodes.live()) {
    const silentMs = tx.now - datanode.lastHeartbeatMs;
    if (silentMs > s.config.heartbeatExpiryMs) becomeDead(s, tx, datanode, `silent for ${silentMs} ms`);
  }
  s.slowNodes?.maybeCollect(s, tx);
  maybeLeaveSafeMode(s, tx);
  noteRacks(s, tx);
  if (s.safeMode.isOn) {
    // Writers can't renew their leases now; that must not be held against them afterwards.
    s.leases.renewAll(tx.now);
    return;
  }
  checkLeases(s, tx);
  retryRecoveries(s, tx);
  expireMaintenance(s, tx);
  checkLeaving(s, tx, SLICE_BLOCKS);
  if (tx.now - s.lastRedundancyRoundMs < s.config.redundancyIntervalMs) return;
  s.lastRedundancyRoundMs = tx.now;
  redundancyRound(s, tx);
}

/** A second rack is there: what was fine on one no longer is (DatanodeManager.checkIfClusterIsNowMultiRack). */
function noteRacks(s: NamesystemState, tx: Transaction): void {
  if (!s.redundancy.oneRackSufficed || s.datanodes.rackCount < 2) return;
  s.redundancy.oneRackSufficed = false;
  s.toCheck.push(s.blocks.values());
  tx.moreWork();
}

/** The next slice of what can't be done in one turn. */
export function work(s: NamesystemState, tx: Transaction): void {
  removeSlice(s, tx, DELETE_SLICE_INODES);
  let budget = sweepReports(s, removeDeadReplicas(s, SLICE_BLOCKS));
  while (budget > 0) {
    const blocks = s.toCheck.at(-1);
    if (blocks === undefined) break;
    const next = blocks.next();
    if (next.done) s.toCheck.pop();
    else settle(s, next.value);
    budget--;
  }
  if (!s.safeMode.isOn) checkLeaving(s, tx, budget);
  if (s.deadStorages.length > 0 || s.sweeps.length > 0 || s.toCheck.length > 0) tx.moreWork();
}

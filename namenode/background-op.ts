import { settle } from './block-manager.ts';
import { becomeDead, maybeLeaveSafeMode, removeDeadReplicas, sweepReports } from './datanode-op.ts';
import { incrementScheduled } from './datanode-registry.ts';
import { DELETE_SLICE_INODES, removeSlice } from './delete-op.ts';
import { NAMENODE_LEASE_HOLDER } from './lease-manager.ts';
import { internalReleaseLease } from './lease-op.ts';
import { chooseTargets } from './placement.ts';
import { chooseSource, wantedReplicas } from './replication.ts';
import type { NamesystemState, Transaction } from './state.ts';

/** Blocks looked at in one slice: a few ms. */
const SLICE_BLOCKS = 1000;
/** dfs.namenode.replication.work.multiplier.per.iteration: copies begun in a round, for each live DataNode. */
const WORK_MULTIPLIER = 2;

/** What time brings: dead DataNodes, expired leases, the end of safe mode, copies to order. Every second or so. */
export function tick(s: NamesystemState, tx: Transaction): void {
  for (const datanode of s.datanodes.live()) {
    const silentMs = tx.now - datanode.lastHeartbeatMs;
    if (silentMs > s.config.heartbeatExpiryMs) becomeDead(s, tx, datanode, `silent for ${silentMs} ms`);
  }
  maybeLeaveSafeMode(s, tx);
  if (s.safeMode.isOn) return;
  checkLeases(s, tx);
  if (tx.now - s.lastRedundancyRoundMs < s.config.redundancyIntervalMs) return;
  s.lastRedundancyRoundMs = tx.now;
  for (const block of s.redundancy.expirePending(tx.now)) s.redundancy.update(block);
  scheduleCopies(s, tx);
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
  if (s.deadStorages.length > 0 || s.sweeps.length > 0 || s.toCheck.length > 0) tx.moreWork();
}

function checkLeases(s: NamesystemState, tx: Transaction): void {
  for (const lease of s.leases.expiredHardLimit(tx.now)) {
    for (const fileId of [...lease.files]) {
      const file = s.tree.file(fileId);
      if (file === undefined) s.leases.remove(fileId);
      else if (internalReleaseLease(s, tx, file, NAMENODE_LEASE_HOLDER)) {
        tx.log('info', `Lease of ${lease.holder} expired: inode ${fileId} closed`);
      }
    }
  }
}

/** Orders copies of blocks with too few replicas: from an idle holder to where placement says. */
function scheduleCopies(s: NamesystemState, tx: Transaction): void {
  const nodes = s.datanodes.live();
  for (const block of s.redundancy.next(nodes.length * WORK_MULTIPLIER)) {
    const source = chooseSource(block, s.config.replicationStreamsMax);
    if (source === undefined) {
      s.redundancy.postpone(block);
      continue;
    }
    const pending = s.redundancy.pendingTargets(block);
    const holders = block.replicas.filter((r) => r.datanode.alive && !block.corrupt?.has(r));
    const count = wantedReplicas(block) - holders.length - pending.length;
    if (count <= 0) {
      s.redundancy.update(block);
      continue;
    }
    const targets = chooseTargets(
      {
        count,
        nodes,
        writerAddress: undefined,
        writerRack: source.datanode.rack,
        blockSizeBytes: block.numBytes,
        excluded: new Set(block.replicas.map((r) => r.datanode)),
        chosen: [...holders, ...pending],
      },
      s.random,
    );
    if (targets.length === 0) {
      s.redundancy.postpone(block);
      continue;
    }
    source.datanode.transfers.push({ block, targets });
    incrementScheduled(targets);
    s.redundancy.addPending(block, targets, tx.now);
    s.redundancy.update(block);
  }
}

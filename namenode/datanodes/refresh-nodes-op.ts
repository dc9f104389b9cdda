/** The operations by which an administrator gives orders to all DataNodes. */
import type { Transaction } from '../command/transaction.ts';
import { becomeDead } from './datanode-op.ts';
import type { DatanodeManagerState } from './datanode-state.ts';
import { applyHostLists } from './host-admission.ts';
import { type HostLists, isIncluded } from './hosts-file.ts';
import { stopMaintenance } from './maintenance.ts';

/**
 * Sets the bandwidth for balancing, in bytes per second (`dfsadmin -setBalancerBandwidth`). DataNodes get it with their
 * next heartbeat.
 */
export function setBalancerBandwidth(
  s: DatanodeManagerState,
  _tx: Transaction,
  request: { readonly bandwidth: number },
): void {
  for (const datanode of s.blockManager.datanodes.all()) datanode.balancerBandwidth = request.bandwidth;
}

/** Applies the current content of the hosts files to all DataNodes (DatanodeManager.refreshNodes). */
export function refreshNodes(s: DatanodeManagerState, tx: Transaction, request: { readonly hosts: HostLists }): void {
  s.hosts = request.hosts;
  for (const datanode of s.blockManager.datanodes.all()) {
    if (isIncluded(s.hosts, datanode.id)) applyHostLists(s, tx, datanode);
    else {
      stopMaintenance(s, tx, datanode);
      if (datanode.alive) becomeDead(s, tx, datanode, 'its host is not in dfs.hosts any more');
    }
  }
}

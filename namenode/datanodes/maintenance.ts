/** Maintenance of DataNodes: they are away for a while, and their replicas still count. */

import { abandonStorages } from '../blocks/dead-storages.ts';
import { AdminState } from '../blocks/locations/admin-state.ts';
import { isMaintenance, xferAddress } from '../blocks/locations/datanode-descriptor.ts';
import type { DatanodeDescriptor } from '../blocks/locations/model.ts';
import type { Transaction } from '../command/transaction.ts';
import type { DatanodeManagerState } from './datanode-state.ts';
import { becomeAdminState, beginLeaving } from './decommission.ts';

/**
 * Begins the maintenance of a DataNode, until `expireTimeMs` of the wall clock (DatanodeAdminManager.startMaintenance).
 * The replicas of the DataNode are not copied, even if it dies, while each block has
 * dfs.namenode.maintenance.replication.min live replicas elsewhere. The DataNode is IN_MAINTENANCE once that holds for
 * all its blocks, and at once if it is dead or decommissioned.
 */
export function startMaintenance(
  s: DatanodeManagerState,
  tx: Transaction,
  datanode: DatanodeDescriptor,
  expireTimeMs: number,
): void {
  datanode.maintenanceExpireTimeMs = expireTimeMs;
  if (isMaintenance(datanode)) return;
  const { alive, adminState } = datanode;
  const isReady =
    !alive || adminState === AdminState.DECOMMISSIONED || s.blockManager.config.maintenanceReplicationMin === 0;
  tx.log('info', `Starting maintenance of ${xferAddress(datanode.id)}`);
  becomeAdminState(s, tx, datanode, isReady ? AdminState.IN_MAINTENANCE : AdminState.ENTERING_MAINTENANCE);
  if (!isReady) beginLeaving(s, tx, datanode);
}

/**
 * Puts the DataNode into service again. Some blocks may then have too many replicas. If the DataNode is dead, its
 * replicas are lost.
 */
export function stopMaintenance(s: DatanodeManagerState, tx: Transaction, datanode: DatanodeDescriptor): void {
  if (!isMaintenance(datanode)) return;
  tx.log('info', `Stopping maintenance of ${datanode.alive ? 'live' : 'dead'} node ${xferAddress(datanode.id)}`);
  becomeAdminState(s, tx, datanode, AdminState.NORMAL);
  if (!datanode.alive) abandonStorages(s.blockManager, tx, datanode);
}

/** Ends every maintenance whose time is over. */
export function expireMaintenance(s: DatanodeManagerState, tx: Transaction): void {
  for (const datanode of s.blockManager.datanodes.all()) {
    if (isMaintenance(datanode) && datanode.maintenanceExpireTimeMs <= tx.wallMs) stopMaintenance(s, tx, datanode);
  }
}

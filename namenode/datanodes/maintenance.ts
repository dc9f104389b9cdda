/** DataNodes that are away for a while: their replicas still count. */
import { AdminState } from '../blocks/admin-state.ts';
import { isMaintenance, xferAddress } from '../blocks/datanode-descriptor.ts';
import { abandonStorages } from '../blocks/dead-storages.ts';
import type { DatanodeDescriptor } from '../blocks/model.ts';
import type { Transaction } from '../command/transaction.ts';
import type { DatanodeManagerState } from './datanode-state.ts';
import { becomeAdminState, beginLeaving } from './decommission.ts';

/**
 * The DataNode is to be away until `expireTimeMs` of the wall clock (DatanodeAdminManager.startMaintenance). Its
 * replicas are not copied, dead or alive, as long as dfs.namenode.maintenance.replication.min others live; it is in
 * maintenance once that holds for each of its blocks. A dead or decommissioned one is at once.
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

/** It is in service again: there may be too many replicas now; those of one that is dead are lost. */
export function stopMaintenance(s: DatanodeManagerState, tx: Transaction, datanode: DatanodeDescriptor): void {
  if (!isMaintenance(datanode)) return;
  tx.log('info', `Stopping maintenance of ${datanode.alive ? 'live' : 'dead'} node ${xferAddress(datanode.id)}`);
  becomeAdminState(s, tx, datanode, AdminState.NORMAL);
  if (!datanode.alive) abandonStorages(s.blockManager, tx, datanode);
}

/** Ends what was given until now. */
export function expireMaintenance(s: DatanodeManagerState, tx: Transaction): void {
  for (const datanode of s.blockManager.datanodes.all()) {
    if (isMaintenance(datanode) && datanode.maintenanceExpireTimeMs <= tx.wallMs) stopMaintenance(s, tx, datanode);
  }
}

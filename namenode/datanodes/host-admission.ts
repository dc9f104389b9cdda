/** Decides whether a DataNode may join, and carries out the orders of the hosts files for it. */
import { hadoopError } from '../../runtime/errors.ts';
import { xferAddress } from '../blocks/locations/datanode-descriptor.ts';
import type { DatanodeDescriptor, DatanodeId } from '../blocks/locations/model.ts';
import type { Transaction } from '../command/transaction.ts';
import type { DatanodeManagerState } from './datanode-state.ts';
import { startDecommission, stopDecommission } from './decommission.ts';
import { isExcluded, isIncluded, maintenanceExpireTime } from './hosts-file.ts';
import { startMaintenance, stopMaintenance } from './maintenance.ts';

/**
 * Refuses a DataNode that may not join.
 * @throws DisallowedDatanodeException if dfs.hosts does not name the DataNode
 */
export function checkIncluded(s: DatanodeManagerState, id: DatanodeId): void {
  if (isIncluded(s.hosts, id)) return;
  throw hadoopError(
    'DisallowedDatanodeException',
    'Datanode denied communication with namenode because the host is not in the include-list: ' +
      `DatanodeRegistration(${xferAddress(id)}, datanodeUuid=${id.datanodeUuid}, infoPort=${id.infoPort}, ` +
      `infoSecurePort=${id.infoSecurePort}, ipcPort=${id.ipcPort})`,
  );
}

/**
 * Begins or ends the decommission or maintenance of a DataNode as the hosts files order
 * (DatanodeManager.refreshDatanodes).
 */
export function applyHostLists(s: DatanodeManagerState, tx: Transaction, datanode: DatanodeDescriptor): void {
  const expireTimeMs = maintenanceExpireTime(s.hosts, datanode.id);
  if (tx.wallMs < expireTimeMs) startMaintenance(s, tx, datanode, expireTimeMs);
  else if (isExcluded(s.hosts, datanode.id)) startDecommission(s, tx, datanode);
  else {
    stopMaintenance(s, tx, datanode);
    stopDecommission(s, tx, datanode);
  }
}

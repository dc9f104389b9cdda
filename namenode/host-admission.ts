import { hadoopError } from '../protocol/errors.ts';
import { type DatanodeDescriptor, type DatanodeId, xferAddress } from './datanode-descriptor.ts';
import { startDecommission, stopDecommission } from './decommission.ts';
import { isExcluded, isIncluded } from './hosts-file.ts';
import type { NamesystemState, Transaction } from './state.ts';

/** @throws DisallowedDatanodeException for a DataNode that dfs.hosts does not name */
export function checkIncluded(s: NamesystemState, id: DatanodeId): void {
  if (isIncluded(s.hosts, id)) return;
  throw hadoopError(
    'DisallowedDatanodeException',
    'Datanode denied communication with namenode because the host is not in the include-list: ' +
      `DatanodeRegistration(${xferAddress(id)}, datanodeUuid=${id.datanodeUuid}, infoPort=${id.infoPort}, ` +
      `infoSecurePort=${id.infoSecurePort}, ipcPort=${id.ipcPort})`,
  );
}

/** Begins or ends the DataNode's decommission as dfs.hosts.exclude says. */
export function applyHostLists(s: NamesystemState, tx: Transaction, datanode: DatanodeDescriptor): void {
  if (isExcluded(s.hosts, datanode.id)) startDecommission(s, tx, datanode);
  else stopDecommission(s, tx, datanode);
}

/** Lists DataNodes for reports to clients. */
import { DatanodeReportTypeProto } from '../../protocol/gen/messages.ts';
import { AdminState } from '../blocks/locations/admin-state.ts';
import { newDescriptor } from '../blocks/locations/datanode-descriptor.ts';
import type { DatanodeDescriptor } from '../blocks/locations/model.ts';
import { DEFAULT_RACK } from '../blocks/locations/topology.ts';
import type { DatanodeManagerState } from './datanode-state.ts';
import { isExcluded, isIncluded, type NamedHost } from './hosts-file.ts';

/** Hadoop's default ports, assumed for a DataNode that the hosts files name and that has never registered. */
const DEFAULT_PORTS = { xferPort: 9866, infoPort: 9864, infoSecurePort: 9865, ipcPort: 9867 };

/**
 * Returns the DataNodes for reports (DatanodeManager.getDatanodeListForReport): known DataNodes that may join, and as
 * dead those that the hosts files name and that have not registered since the NameNode started.
 */
export function reportedDatanodes(s: DatanodeManagerState): DatanodeDescriptor[] {
  const known = s.blockManager.datanodes.all();
  if (s.hosts.named.length === 0) return known;
  const found = new Set<string>();
  for (const { id } of known) {
    for (const host of [id.ipAddr, id.hostName]) found.add(host).add(`${host}:${id.xferPort}`);
  }
  const isUnseen = ({ host, hostName, port }: NamedHost) =>
    [host, hostName].every((name) => !found.has(port === 0 ? name : `${name}:${port}`));
  const unseen = s.hosts.named.filter(isUnseen).map((host) => unseenDatanode(s, host));
  return [...known.filter((datanode) => isIncluded(s.hosts, datanode.id)), ...unseen];
}

function unseenDatanode(s: DatanodeManagerState, { host, hostName, port }: NamedHost): DatanodeDescriptor {
  const id = { ipAddr: host, hostName, datanodeUuid: '', ...DEFAULT_PORTS };
  if (port !== 0) id.xferPort = port;
  const adminState = isExcluded(s.hosts, id) ? AdminState.DECOMMISSIONED : AdminState.NORMAL;
  return { ...newDescriptor(id, DEFAULT_RACK, 0), alive: false, adminState };
}

/** Returns the DataNodes of one kind. */
export function datanodesOf(s: DatanodeManagerState, type: DatanodeReportTypeProto): DatanodeDescriptor[] {
  const all = reportedDatanodes(s);
  const inState = (state: AdminState) => all.filter((d) => d.adminState === state);
  switch (type) {
    case DatanodeReportTypeProto.ALL:
      return all;
    case DatanodeReportTypeProto.LIVE:
      return all.filter((d) => d.alive);
    case DatanodeReportTypeProto.DEAD:
      return all.filter((d) => !d.alive);
    case DatanodeReportTypeProto.DECOMMISSIONING:
      return inState(AdminState.DECOMMISSION_INPROGRESS);
    case DatanodeReportTypeProto.ENTERING_MAINTENANCE:
      return inState(AdminState.ENTERING_MAINTENANCE);
    case DatanodeReportTypeProto.IN_MAINTENANCE:
      return inState(AdminState.IN_MAINTENANCE);
    default:
      return [];
  }
}

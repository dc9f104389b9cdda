/** The administrative states of a DataNode: in service, being decommissioned, or in maintenance. */
import { DatanodeInfoProto_AdminState } from '../../../protocol/gen/messages.ts';

/** The values of DatanodeInfoProto.AdminState. Only a DataNode in state NORMAL receives new replicas. */
export const AdminState = DatanodeInfoProto_AdminState;
export type AdminState = DatanodeInfoProto_AdminState;

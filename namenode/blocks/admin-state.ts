/** Whether a DataNode is in service, leaves for good, or is away for a while. */
import { DatanodeInfoProto_AdminState } from '../../protocol/gen/messages.ts';

/** DatanodeInfoProto's admin states. A DataNode that is not NORMAL gets no new replicas. */
export const AdminState = DatanodeInfoProto_AdminState;
export type AdminState = DatanodeInfoProto_AdminState;

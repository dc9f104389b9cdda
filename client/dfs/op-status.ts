/** The answers of DataNodes to an op of the data transfer protocol, in words. */
import { enumName } from '../../protocol/enum-name.ts';
import { type BlockOpResponseProto, Status } from '../../protocol/gen/messages.ts';

export function statusName(status: Status): string {
  return enumName(Status, status) ?? String(status);
}

/** Returns the failure of an op in Hadoop's words (DataTransferProtoUtil.checkBlockOpStatus). */
export function opStatusMessage(response: BlockOpResponseProto): string {
  return `Got error, status=${statusName(response.status)}, status message ${response.message ?? ''}`;
}

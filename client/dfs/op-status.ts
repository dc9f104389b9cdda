import { enumName } from '../../protocol/enum-name.ts';
import { type BlockOpResponseProto, Status } from '../../protocol/gen/messages.ts';

export function statusName(status: Status): string {
  return enumName(Status, status) ?? String(status);
}

/** As Hadoop words the failure of an op. */
export function opStatusMessage(response: BlockOpResponseProto): string {
  return `Got error, status=${statusName(response.status)}, status message ${response.message ?? ''}`;
}

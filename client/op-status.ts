import { type BlockOpResponseProto, Status } from '../protocol/gen/messages.ts';

export function statusName(status: Status): string {
  return Object.entries(Status).find(([, value]) => value === status)?.[0] ?? String(status);
}

/** As Hadoop words the failure of an op. */
export function opStatusMessage(response: BlockOpResponseProto): string {
  return `Got error, status=${statusName(response.status)}, status message ${response.message ?? ''}`;
}

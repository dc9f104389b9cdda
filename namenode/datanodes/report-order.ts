/** Detects a report of a DataNode that arrives after a newer one. */
import type { RpcCall } from '../../protocol/rpc/handler.ts';

const CALL_IDS = 2 ** 31;

/**
 * Detects reports that arrive late. A DataNode without an answer sends its report again over another connection and
 * then sends newer reports. The old copy may still arrive over the first connection, and would bring deleted replicas
 * back. A DataNode sends its reports one after the other, and the call ids of a client only grow.
 */
export class ReportOrder {
  readonly #last = new Map<string, { readonly client: string; readonly callId: number }>();

  isLate(datanodeUuid: string, call: Pick<RpcCall, 'clientId' | 'callId'>): boolean {
    const last = this.#last.get(datanodeUuid);
    if (last === undefined || last.client !== clientOf(call)) return false;
    // Call ids wrap around after 2^31.
    return call.callId < last.callId && last.callId - call.callId < CALL_IDS / 2;
  }

  taken(datanodeUuid: string, call: Pick<RpcCall, 'clientId' | 'callId'>): void {
    this.#last.set(datanodeUuid, { client: clientOf(call), callId: call.callId });
  }
}

const clientOf = (call: Pick<RpcCall, 'clientId'>): string => Buffer.from(call.clientId).toString('hex');

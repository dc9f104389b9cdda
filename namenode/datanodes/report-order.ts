/** Tells a DataNode's report that comes too late. */
import type { RpcCall } from '../../protocol/rpc/handler.ts';

const CALL_IDS = 2 ** 31;

/**
 * Tells reports that come late: a DataNode that got no answer sends its report again over another connection, and goes
 * on; what then still arrives over the first one is of the past, and would bring back what was deleted since. A
 * DataNode makes its reports one after the other, and a client's call ids only grow.
 */
export class ReportOrder {
  readonly #last = new Map<string, { readonly client: string; readonly callId: number }>();

  isLate(datanodeUuid: string, call: Pick<RpcCall, 'clientId' | 'callId'>): boolean {
    const last = this.#last.get(datanodeUuid);
    if (last === undefined || last.client !== clientOf(call)) return false;
    // Call ids begin anew after 2^31 of them.
    return call.callId < last.callId && last.callId - call.callId < CALL_IDS / 2;
  }

  taken(datanodeUuid: string, call: Pick<RpcCall, 'clientId' | 'callId'>): void {
    this.#last.set(datanodeUuid, { client: clientOf(call), callId: call.callId });
  }
}

const clientOf = (call: Pick<RpcCall, 'clientId'>): string => Buffer.from(call.clientId).toString('hex');

/** Detects a call of a DataNode that arrives after a newer one. */
import type { RpcCall } from '../../protocol/rpc/handler.ts';

const CALL_IDS = 2 ** 31;
/** The earlier processes of a DataNode that are remembered: a call from before more restarts has long been lost. */
const FORMER_MAX = 8;

type CallIds = Pick<RpcCall, 'clientId' | 'callId'>;

interface Sender {
  readonly client: string;
  readonly callId: number;
  /** The clients of the DataNode's earlier processes, the latest last. */
  readonly former: readonly string[];
}

/**
 * Detects calls that arrive late. A DataNode without an answer sends its report again over another connection and then
 * sends newer reports. The old copy may still arrive over the first connection, and would bring deleted replicas back. A
 * DataNode sends its reports one after the other, and the call ids of a client only grow. Each process of a DataNode is a
 * client of its own, and registers before it reports: reports of an earlier process are late from then on.
 */
export class ReportOrder {
  readonly #senders = new Map<string, Sender>();

  isLate(datanodeUuid: string, call: CallIds): boolean {
    const sender = this.#senders.get(datanodeUuid);
    const client = clientOf(call);
    if (sender?.former.includes(client)) return true;
    if (sender?.client !== client) return false;
    // Call ids wrap around after 2^31.
    return call.callId < sender.callId && sender.callId - call.callId < CALL_IDS / 2;
  }

  /** Notes a report that was taken in, or a registration that was accepted. */
  taken(datanodeUuid: string, call: CallIds): void {
    const client = clientOf(call);
    const before = this.#senders.get(datanodeUuid);
    const isNew = before !== undefined && before.client !== client;
    const former = isNew ? [...before.former, before.client].slice(-FORMER_MAX) : (before?.former ?? []);
    this.#senders.set(datanodeUuid, { client, callId: call.callId, former });
  }
}

const clientOf = (call: Pick<RpcCall, 'clientId'>): string => Buffer.from(call.clientId).toString('hex');

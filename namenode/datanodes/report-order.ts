/** Tells the processes of a DataNode apart: detects late calls of an earlier process, and a copied directory. */
import type { RpcCall } from '../../protocol/rpc/handler.ts';

const CALL_IDS = 2 ** 31;
/** The other processes of a DataNode that are remembered: a call from before more restarts has long been lost. */
const OTHERS_MAX = 8;
/** A process that is gone leaves at most one heartbeat under way, because a DataNode waits for each answer. */
const SIGNS_OF_LIFE = 2;

type CallIds = Pick<RpcCall, 'clientId' | 'callId' | 'isConnected'>;

/** A process of a DataNode, which is an RPC client of its own. */
interface Process {
  readonly client: string;
  readonly address: string;
  /** The last report or registration that was taken in. */
  readonly callId: number;
  /** The last heartbeat or registration that was seen. */
  readonly heartbeatId: number;
  readonly seenMs: number;
  /** The number of heartbeats that were seen. */
  readonly heartbeats: number;
  readonly isConnected: () => boolean;
}

/** A process that is not the DataNode's: one of before, which is gone, or one on a copied directory. */
interface Other extends Process {
  /** New heartbeats since another process registered. */
  readonly signs: number;
  readonly isCopy: boolean;
}

interface Processes {
  readonly current: Process;
  /** The latest last. */
  readonly others: readonly Other[];
}

/**
 * The standing of a process that sends a heartbeat: `current` is the DataNode. `former` may be a late copy of a call.
 * `returns` has shown that it is alive, and is the DataNode again; it must register. `copy` runs on a copied directory.
 */
export type Standing =
  | { readonly kind: 'current' | 'former' | 'returns' }
  /** @param of the address of the DataNode whose directory was copied */
  | { readonly kind: 'copy'; readonly of: string };

/** Whether the earlier process of a DataNode is gone, so that a later one may take its place. */
export type Succession =
  | { readonly kind: 'open' | 'waits' }
  /** The earlier process lives. @param of its address */
  | { readonly kind: 'copy'; readonly of: string };

/**
 * Detects calls that arrive late. A DataNode without an answer sends its report again over another connection and then
 * sends newer reports. The old copy may still arrive over the first connection, and would bring deleted replicas back. A
 * DataNode sends its reports one after the other, and the call ids of a client only grow. Each process of a DataNode is a
 * client of its own, and registers before it reports: reports of an earlier process are late from then on.
 *
 * If the earlier process goes on with new heartbeats, it was not replaced by a restart: the later process runs on a copy
 * of its directory, and is refused.
 */
export class ReportOrder {
  readonly #processes = new Map<string, Processes>();

  isLate(datanodeUuid: string, call: CallIds): boolean {
    const processes = this.#processes.get(datanodeUuid);
    if (processes === undefined) return false;
    const client = clientOf(call);
    if (processes.others.some((other) => other.client === client)) return true;
    return processes.current.client === client && !isAfter(call.callId, processes.current.callId, true);
  }

  /** Notes a report that was taken in, or a registration that was accepted, with the address of the DataNode's data. */
  taken(datanodeUuid: string, call: CallIds, nowMs: number, address?: string): void {
    const client = clientOf(call);
    const before = this.#processes.get(datanodeUuid);
    const { callId } = call;
    const isSame = before?.current.client === client;
    const current: Process = {
      client,
      callId,
      address: address ?? (isSame ? before.current.address : ''),
      heartbeatId: isSame ? before.current.heartbeatId : callId,
      seenMs: nowMs,
      heartbeats: isSame ? before.current.heartbeats : 0,
      isConnected: call.isConnected ?? connected,
    };
    const others =
      before === undefined || isSame
        ? (before?.others ?? [])
        : [...before.others, { ...before.current, signs: 0, isCopy: false }].slice(-OTHERS_MAX);
    this.#processes.set(datanodeUuid, { current, others });
  }

  /** Notes a heartbeat or another sign of life of a process. Returns the standing that the process has from now on. */
  alive(datanodeUuid: string, call: CallIds, nowMs: number): Standing {
    const processes = this.#processes.get(datanodeUuid);
    const client = clientOf(call);
    const { callId } = call;
    if (processes === undefined) return { kind: 'current' };
    const { current, others } = processes;
    if (current.client === client) {
      if (isAfter(callId, current.heartbeatId)) {
        const heartbeats = current.heartbeats + 1;
        const seen = { heartbeatId: callId, seenMs: nowMs, heartbeats, isConnected: call.isConnected ?? connected };
        this.#processes.set(datanodeUuid, { current: { ...current, ...seen }, others });
      }
      return { kind: 'current' };
    }
    const other = others.find((o) => o.client === client);
    if (other === undefined) return { kind: 'current' };
    if (other.isCopy) return { kind: 'copy', of: current.address };
    if (!isAfter(callId, other.heartbeatId)) return { kind: 'former' };
    const seen = { ...other, heartbeatId: callId, signs: other.signs + 1 };
    if (seen.signs < SIGNS_OF_LIFE) {
      this.#processes.set(datanodeUuid, { current, others: others.map((o) => (o === other ? seen : o)) });
      return { kind: 'former' };
    }
    const copy = { ...current, signs: 0, isCopy: true };
    const { address } = seen;
    this.#processes.set(datanodeUuid, {
      current: {
        ...{ client, address, callId: seen.callId, heartbeatId: callId, heartbeats: 0 },
        ...{ seenMs: nowMs, isConnected: call.isConnected ?? connected },
      },
      others: [...others.filter((o) => o !== other), copy],
    });
    return { kind: 'returns' };
  }

  /** The number of heartbeats that the DataNode's process has sent. */
  heartbeats(datanodeUuid: string): number {
    return this.#processes.get(datanodeUuid)?.current.heartbeats ?? 0;
  }

  /**
   * Judges a process that wants to register. It waits while an earlier process at another address may live, because its
   * directory may then be a copy: blocks that it was given would be lost when it is refused. The earlier process is gone
   * when its connection is closed, or when it was silent for `silentMs`.
   * @param heartbeatsThen the result of heartbeats() when the call came
   */
  succession(
    datanodeUuid: string,
    call: CallIds,
    address: string,
    { nowMs, silentMs, heartbeatsThen }: { nowMs: number; silentMs: number; heartbeatsThen: number },
  ): Succession {
    const processes = this.#processes.get(datanodeUuid);
    const client = clientOf(call);
    if (processes === undefined) return { kind: 'open' };
    const { current, others } = processes;
    if (current.client === client || current.address === address) return { kind: 'open' };
    if (current.heartbeats - heartbeatsThen >= SIGNS_OF_LIFE) {
      const copy: Other = { ...current, client, address, heartbeatId: call.callId, signs: 0, isCopy: true };
      this.#processes.set(datanodeUuid, { current, others: [...others, copy].slice(-OTHERS_MAX) });
      return { kind: 'copy', of: current.address };
    }
    return { kind: current.isConnected() && nowMs - current.seenMs < silentMs ? 'waits' : 'open' };
  }
}

const connected = (): boolean => true;

/** Whether a call id comes after another one of the same client. Call ids wrap around after 2^31. */
function isAfter(callId: number, other: number, orSame = false): boolean {
  const distance = (((callId - other) % CALL_IDS) + CALL_IDS) % CALL_IDS;
  return distance < CALL_IDS / 2 && (orSame || distance > 0);
}

const clientOf = (call: Pick<RpcCall, 'clientId'>): string => Buffer.from(call.clientId).toString('hex');

/** Takes a DataNode's block reports in one after the other, and leaves out those that come late. */
import type { RpcCall } from '../../../protocol/rpc/handler.ts';
import { hadoopError } from '../../../runtime/errors.ts';
import { settled, sleep } from '../../../runtime/promises.ts';
import type { Clock } from '../../../runtime/runtime.ts';
import { ReportOrder } from '../../datanodes/report-order.ts';

/** A DataNode that was silent for this many intervals is gone. Its registration must be answered within a minute. */
const SILENT_HEARTBEATS = 2.5;
const SILENT_MS_MAX = 40_000;
/** The pause between the looks whether an earlier process is gone. */
const LOOK_MS = 100;

type Call = Pick<RpcCall, 'clientId' | 'callId' | 'isConnected'>;

export class ReportTurns {
  readonly #order = new ReportOrder();
  readonly #clock: Clock;
  readonly #silentMs: number;
  /** The last report of each DataNode that is being taken in or waits, by the DataNode's UUID. */
  readonly #tails = new Map<string, Promise<void>>();

  /** @param heartbeatIntervalMs dfs.heartbeat.interval */
  constructor(clock: Clock, heartbeatIntervalMs: number) {
    this.#clock = clock;
    this.#silentMs = Math.min(SILENT_HEARTBEATS * heartbeatIntervalMs, SILENT_MS_MAX);
  }

  /**
   * Notes a registration, once an earlier process of the DataNode at another address is gone.
   * @param address where the DataNode's data is served
   * @throws UnregisteredNodeException for a late one of an earlier process, and for a process on a copied directory;
   * RetriableException for an earlier process that may still be alive
   */
  async register(datanodeUuid: string, call: Call, address: string): Promise<void> {
    this.#checkIsLatest(datanodeUuid, call);
    const heartbeatsThen = this.#order.heartbeats(datanodeUuid);
    for (;;) {
      const times = { nowMs: this.#clock.monotonicMs(), silentMs: this.#silentMs, heartbeatsThen };
      const succession = this.#order.succession(datanodeUuid, call, address, times);
      if (succession.kind === 'copy') throw copiedDirectory(datanodeUuid, succession.of);
      if (succession.kind === 'open') break;
      await sleep(LOOK_MS);
      if (call.isConnected?.() === false) throw hadoopError('IOException', 'The DataNode has closed its connection');
    }
    // Another process may have registered meanwhile.
    this.#checkIsLatest(datanodeUuid, call);
    this.#order.taken(datanodeUuid, call, this.#clock.monotonicMs(), address);
  }

  #checkIsLatest(datanodeUuid: string, call: Call): void {
    const standing = this.#standing(datanodeUuid, call);
    if (standing === 'former') {
      const message = `A newer process of the DataNode ${datanodeUuid} has registered since: give each DataNode a directory of its own`;
      throw hadoopError('RetriableException', message);
    }
    if (this.#order.isLate(datanodeUuid, call)) {
      throw hadoopError('UnregisteredNodeException', `A later call of the DataNode ${datanodeUuid} has arrived before`);
    }
  }

  /**
   * Notes a heartbeat. Returns the standing of its process: only the `current` one is the DataNode, and the one that
   * `returns` must register.
   * @throws UnregisteredNodeException for a process on a copied directory
   */
  heartbeat(datanodeUuid: string, call: Call): 'current' | 'former' | 'returns' {
    return this.#standing(datanodeUuid, call);
  }

  #standing(datanodeUuid: string, call: Call) {
    const standing = this.#order.alive(datanodeUuid, call, this.#clock.monotonicMs());
    if (standing.kind !== 'copy') return standing.kind;
    throw copiedDirectory(datanodeUuid, standing.of);
  }

  /**
   * Runs `take` for a report, when the DataNode's reports before it have been taken in, however many slices each needs.
   * A report of the past is dropped (see ReportOrder). Resolves when the report was taken or dropped.
   */
  take(datanodeUuid: string, call: Call, take: () => Promise<void>): Promise<void> {
    const run = async () => {
      if (this.#order.isLate(datanodeUuid, call)) return;
      await take();
      this.#order.taken(datanodeUuid, call, this.#clock.monotonicMs());
    };
    const before = this.#tails.get(datanodeUuid);
    const report = before === undefined ? run() : before.then(run);
    const tail = settled(report);
    this.#tails.set(datanodeUuid, tail);
    void tail.then(() => {
      if (this.#tails.get(datanodeUuid) === tail) this.#tails.delete(datanodeUuid);
    });
    return report;
  }
}

/** @param of the address of the DataNode whose directory was copied */
const copiedDirectory = (datanodeUuid: string, of: string): Error =>
  hadoopError(
    'UnregisteredNodeException',
    `The directory of this DataNode is a copy of that of the DataNode at ${of}, which is alive: both have the ` +
      `datanodeUuid ${datanodeUuid}. Start this DataNode with an empty dfs.datanode.data.dir; its blocks are at ${of}.`,
  );

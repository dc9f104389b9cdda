/** Takes a DataNode's block reports in one after the other, and leaves out those that come late. */
import type { RpcCall } from '../../../protocol/rpc/handler.ts';
import { hadoopError } from '../../../runtime/errors.ts';
import { settled } from '../../../runtime/promises.ts';
import { ReportOrder } from '../../datanodes/report-order.ts';

export class ReportTurns {
  readonly #order = new ReportOrder();
  /** The last report of each DataNode that is being taken in or waits, by the DataNode's UUID. */
  readonly #tails = new Map<string, Promise<void>>();

  /**
   * Notes a registration.
   * @param address where the DataNode's data is served
   * @throws UnregisteredNodeException for a late one of an earlier process, and for a process on a copied directory;
   * RetriableException for an earlier process that may still be alive
   */
  register(datanodeUuid: string, call: Pick<RpcCall, 'clientId' | 'callId'>, address: string): void {
    const standing = this.#standing(datanodeUuid, call);
    if (standing === 'former') {
      const message = `A newer process of the DataNode ${datanodeUuid} has registered since: give each DataNode a directory of its own`;
      throw hadoopError('RetriableException', message);
    }
    if (this.#order.isLate(datanodeUuid, call)) {
      throw hadoopError('UnregisteredNodeException', `A later call of the DataNode ${datanodeUuid} has arrived before`);
    }
    this.#order.taken(datanodeUuid, call, address);
  }

  /**
   * Notes a heartbeat. Returns the standing of its process: only the `current` one is the DataNode, and the one that
   * `returns` must register.
   * @throws UnregisteredNodeException for a process on a copied directory
   */
  heartbeat(datanodeUuid: string, call: Pick<RpcCall, 'clientId' | 'callId'>): 'current' | 'former' | 'returns' {
    return this.#standing(datanodeUuid, call);
  }

  #standing(datanodeUuid: string, call: Pick<RpcCall, 'clientId' | 'callId'>) {
    const standing = this.#order.alive(datanodeUuid, call);
    if (standing.kind !== 'copy') return standing.kind;
    throw hadoopError(
      'UnregisteredNodeException',
      `The directory of this DataNode is a copy of that of the DataNode at ${standing.of}, which is alive: both have the ` +
        `datanodeUuid ${datanodeUuid}. Start this DataNode with an empty dfs.datanode.data.dir; its blocks are at ${standing.of}.`,
    );
  }

  /**
   * Runs `take` for a report, when the DataNode's reports before it have been taken in, however many slices each needs.
   * A report of the past is dropped (see ReportOrder). Resolves when the report was taken or dropped.
   */
  take(datanodeUuid: string, call: Pick<RpcCall, 'clientId' | 'callId'>, take: () => Promise<void>): Promise<void> {
    const run = async () => {
      if (this.#order.isLate(datanodeUuid, call)) return;
      await take();
      this.#order.taken(datanodeUuid, call);
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

/** Takes a DataNode's block reports in one after the other, and leaves out those that come late. */
import type { RpcCall } from '../../../protocol/rpc/handler.ts';
import { hadoopError } from '../../../runtime/errors.ts';
import { settled } from '../../../runtime/promises.ts';
import { ReportOrder } from '../../datanodes/report-order.ts';

export class ReportTurns {
  readonly #order = new ReportOrder();
  /** The last report of each DataNode that is being taken in or waits, by the DataNode's UUID. */
  readonly #tails = new Map<string, Promise<void>>();

  /** Notes a registration. @throws UnregisteredNodeException for one that an earlier process of the DataNode sent */
  register(datanodeUuid: string, call: Pick<RpcCall, 'clientId' | 'callId'>): void {
    if (this.#order.isLate(datanodeUuid, call)) {
      throw hadoopError(
        'UnregisteredNodeException',
        `A newer process of the DataNode ${datanodeUuid} has registered since: give each DataNode a directory of its own`,
      );
    }
    this.#order.taken(datanodeUuid, call);
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

// Tests of the detection of late reports.
import { describe, expect, it } from 'vitest';
import { ReportOrder } from '../../../namenode/datanodes/report-order.ts';

const call = (callId: number, client = 'a') => ({ clientId: Buffer.from(client), callId });

describe('reports of a DataNode', () => {
  it('are late when a later one of the same client was taken in, and only then', () => {
    const order = new ReportOrder();
    expect(order.isLate('dn', call(7))).toBe(false);
    order.taken('dn', call(7), 0);
    // A repeat of the same call is a retry. Processing it twice does no harm, because no other report came between.
    expect([6, 7, 8].map((id) => order.isLate('dn', call(id)))).toEqual([true, false, false]);
    expect(order.isLate('other', call(6))).toBe(false);
    // A restarted DataNode is another client, and its call ids begin anew.
    expect(order.isLate('dn', call(0, 'b'))).toBe(false);
  });

  // Otherwise a late full report would bring replicas back that the DataNode has deleted since it was restarted.
  it('are late when the next process of the DataNode has registered', () => {
    const order = new ReportOrder();
    order.taken('dn', call(5, 'a'), 0);
    order.taken('dn', call(0, 'b'), 0);
    expect(order.isLate('dn', call(6, 'a'))).toBe(true);
    expect(order.isLate('other', call(6, 'a'))).toBe(false);
    order.taken('dn', call(0, 'c'), 0);
    expect(['a', 'b', 'c', 'd'].map((client) => order.isLate('dn', call(9, client)))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('are not late because call ids began anew', () => {
    const order = new ReportOrder();
    order.taken('dn', call(2 ** 31 - 1), 0);
    expect(order.isLate('dn', call(0))).toBe(false);
  });
});

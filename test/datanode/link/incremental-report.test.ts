// Incremental block reports: one entry a block, the newest (Hadoop: IncrementalBlockReportManager).
import { describe, expect, test } from 'vitest';
import { IncrementalReport } from '../../../datanode/link/incremental-report.ts';
import { ReceivedDeletedBlockInfoProto_BlockStatus as BlockStatus } from '../../../protocol/gen/messages.ts';

describe('incremental-report: one entry a block, the newest', () => {
  const block = (blockId: number) => ({ poolId: 'p', blockId, generationStamp: 1, numBytes: 0 });
  const RECEIVING = { block: block(1), status: BlockStatus.RECEIVING };
  const RECEIVED = { block: block(1), status: BlockStatus.RECEIVED };

  test('a later word replaces an earlier one, even on another storage', () => {
    const report = new IncrementalReport();
    report.add('s1', RECEIVING);
    report.add('s2', RECEIVED);
    expect(report.takeAll()).toEqual(new Map([['s2', [RECEIVED]]]));
    expect(report.isEmpty).toBe(true);
  });

  test('what could not be sent comes back, but not over newer word', () => {
    const report = new IncrementalReport();
    report.add('s1', RECEIVING);
    report.add('s1', { block: block(2), status: BlockStatus.RECEIVED });
    const unsent = report.takeAll();
    report.add('s1', RECEIVED);
    report.putBack(unsent);
    expect(report.takeAll().get('s1')).toEqual([RECEIVED, { block: block(2), status: BlockStatus.RECEIVED }]);
  });
});

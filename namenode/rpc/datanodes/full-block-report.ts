/** Takes a full block report in, in slices between which other calls get their turn. */

import type { BlockReportRequestProto } from '../../../protocol/gen/messages.ts';
import { nextTurn } from '../../../runtime/promises.ts';
import { decodeBlockReport } from '../../blocks/block-report.ts';
import type { DatanodeId } from '../../blocks/locations/model.ts';
import type { NamesystemDriver } from '../../namesystem/driver.ts';
import { storageOf } from './datanode-requests.ts';

/** The replicas of one slice: a few milliseconds of work. */
const SLICE_REPLICAS = 2000;

/** Resolves when the reports of all storages are taken in. */
export async function takeBlockReport(
  driver: NamesystemDriver,
  id: DatanodeId,
  reports: BlockReportRequestProto['reports'],
): Promise<void> {
  for (const report of reports) {
    const storage = storageOf(report.storage);
    let first = true;
    for (const replicas of decodeBlockReport(report, SLICE_REPLICAS)) {
      await driver.applySoft({ op: 'blockReport', id, storage, replicas, first, last: false });
      first = false;
      await nextTurn();
    }
    await driver.applySoft({ op: 'blockReport', id, storage, replicas: [], first, last: true });
  }
}

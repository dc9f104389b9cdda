/** The racks of trackers, from the table that the NameNode reads too (Hadoop: TableMapping, RackResolver). */
import type { RackTable } from '../../../conf/rack-table.ts';
import type { TrackerRegistration } from '../../job/messages.ts';

export class TrackerRacks {
  readonly #table: RackTable;

  constructor(table: RackTable) {
    this.#table = table;
  }

  /** Returns the rack of a tracker, by the address of its DataNode or by its host; undefined: the default rack. */
  of({ dataNode, host }: Pick<TrackerRegistration, 'dataNode' | 'host'>): string | undefined {
    const address = dataNode?.slice(0, dataNode.lastIndexOf(':'));
    return (address === undefined ? undefined : this.#table.get(address)) ?? this.#table.get(host);
  }
}

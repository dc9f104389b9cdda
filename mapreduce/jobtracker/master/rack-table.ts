/** The racks of hosts, from the table that the NameNode reads too (Hadoop: TableMapping, RackResolver). */
import fs from 'node:fs/promises';
import type { Configuration } from '../../../conf/configuration.ts';
import type { TrackerRegistration } from '../../job/messages.ts';

export class RackTable {
  readonly #racks = new Map<string, string>();

  /** @param text lines of a host name or address and a rack; `#` begins a comment */
  constructor(text: string) {
    for (const line of text.split('\n')) {
      const [host, rack] = line.replace(/#.*/, '').trim().split(/\s+/);
      if (host && rack) this.#racks.set(host, rack.startsWith('/') ? rack : `/${rack}`);
    }
  }

  /** @throws the system's error if net.topology.table.file.name can not be read */
  static async load(conf: Configuration): Promise<RackTable> {
    const file = conf.get('net.topology.table.file.name');
    return new RackTable(file === '' ? '' : await fs.readFile(file, 'utf8'));
  }

  /** Returns the rack of a tracker, by the address of its DataNode or by its host; undefined: the default rack. */
  of({ dataNode, host }: Pick<TrackerRegistration, 'dataNode' | 'host'>): string | undefined {
    const address = dataNode?.slice(0, dataNode.lastIndexOf(':'));
    return (address === undefined ? undefined : this.#racks.get(address)) ?? this.#racks.get(host);
  }
}

/** Assigns hosts to racks. */

export const DEFAULT_RACK = '/default-rack';

/** Racks by host name or IP address. */
export type RackTable = ReadonlyMap<string, string>;

/** Parses the file of net.topology.table.file.name: each line has a host and its rack, and `#` begins a comment. */
export function parseRackTable(text: string): RackTable {
  const table = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [host, rack] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (host && rack) table.set(host, rack.startsWith('/') ? rack : `/${rack}`);
  }
  return table;
}

/** Returns the rack of the first name that the table has, or `/default-rack`. */
export function rackOf(table: RackTable, ...names: string[]): string {
  for (const name of names) {
    const rack = table.get(name);
    if (rack !== undefined) return rack;
  }
  return DEFAULT_RACK;
}

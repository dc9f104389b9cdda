/** Racks of hosts. */

export const DEFAULT_RACK = '/default-rack';

/** Racks by host name or IP address. */
export type RackTable = ReadonlyMap<string, string>;

/** net.topology.table.file.name's content: lines of a host and its rack; anything after `#` is a comment. */
export function parseRackTable(text: string): RackTable {
  const table = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [host, rack] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (host && rack) table.set(host, rack.startsWith('/') ? rack : `/${rack}`);
  }
  return table;
}

/** The rack of a host that is known by one of its names, else `/default-rack`. */
export function rackOf(table: RackTable, ...names: string[]): string {
  for (const name of names) {
    const rack = table.get(name);
    if (rack !== undefined) return rack;
  }
  return DEFAULT_RACK;
}

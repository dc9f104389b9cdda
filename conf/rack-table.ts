/** The racks of hosts, from the file of net.topology.table.file.name (Hadoop: TableMapping). */
import fs from 'node:fs/promises';

/** Racks by host name or IP address. */
export type RackTable = ReadonlyMap<string, string>;

/** Parses the file: each line has a host and its rack, and `#` begins a comment. */
export function parseRackTable(text: string): RackTable {
  const table = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [host, rack] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (host && rack) table.set(host, rack.startsWith('/') ? rack : `/${rack}`);
  }
  return table;
}

/** Returns the table of a file; an empty one for the name ''. @throws the system's error if the file can not be read */
export async function readRackTable(file: string): Promise<RackTable> {
  return file === '' ? new Map() : parseRackTable(await fs.readFile(file, 'utf8'));
}

/** The lists of hosts, and the plain text file of them. */
import type { DatanodeId } from '../blocks/model.ts';

/** One line of dfs.hosts or dfs.hosts.exclude: a host name or address; port 0 stands for all of its DataNodes. */
export interface HostEntry {
  readonly host: string;
  readonly port: number;
}

/** A DataNode that is to be away until a time of the wall clock, in ms; Infinity: until the file says otherwise. */
export interface MaintenanceEntry extends HostEntry {
  readonly expireTimeMs: number;
}

/** A host as the file names it, and its address. */
export interface NamedHost extends HostEntry {
  readonly hostName: string;
}

/** Which DataNodes may join (none named: all), and which of them are to be decommissioned or in maintenance. */
export interface HostLists {
  readonly included: readonly HostEntry[];
  readonly excluded: readonly HostEntry[];
  readonly maintenance: readonly MaintenanceEntry[];
  /** Which are expected: one that never comes counts as dead. */
  readonly named: readonly NamedHost[];
}

export const NO_HOST_LISTS: HostLists = { included: [], excluded: [], maintenance: [], named: [] };

/** The words of a hosts file (HostFileManager): `host` or `host:port`, separated by white space; `#` begins a comment. */
export function parseHostsFile(text: string): HostEntry[] {
  const entries: HostEntry[] = [];
  for (const line of text.split('\n')) {
    for (const word of line.replace(/#.*/, '').trim().split(/\s+/)) if (word !== '') entries.push(parseEntry(word));
  }
  return entries;
}

function parseEntry(word: string): HostEntry {
  const match = /^\[([^\]]+)\](?::(\d+))?$/.exec(word) ?? /^([^:]+)(?::(\d+))?$/.exec(word);
  // More than one colon and no brackets: an IPv6 address.
  return match ? { host: match[1] ?? word, port: Number(match[2] ?? 0) } : { host: word, port: 0 };
}

const matches = (entry: HostEntry, id: DatanodeId): boolean =>
  (entry.host === id.ipAddr || entry.host === id.hostName) && (entry.port === 0 || entry.port === id.xferPort);

export const isIncluded = (lists: HostLists, id: DatanodeId): boolean =>
  lists.included.length === 0 || lists.included.some((entry) => matches(entry, id));

export const isExcluded = (lists: HostLists, id: DatanodeId): boolean =>
  lists.excluded.some((entry) => matches(entry, id));

/** Until when the DataNode is to be in maintenance; 0 when it is not. */
export const maintenanceExpireTime = (lists: HostLists, id: DatanodeId): number =>
  lists.maintenance.find((entry) => matches(entry, id))?.expireTimeMs ?? 0;

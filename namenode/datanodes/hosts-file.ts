/** The types of host lists, and the parser of the plain text hosts file. */
import type { DatanodeId } from '../blocks/locations/model.ts';

/** One entry of dfs.hosts or dfs.hosts.exclude: a host name or address. Port 0 stands for all DataNodes of the host. */
export interface HostEntry {
  readonly host: string;
  readonly port: number;
}

/** A DataNode that is in maintenance until a time of day in ms. Infinity means until the file changes. */
export interface MaintenanceEntry extends HostEntry {
  readonly expireTimeMs: number;
}

/** A host with the name that the file has, and the address of that name. */
export interface NamedHost extends HostEntry {
  readonly hostName: string;
}

/** The DataNodes that may join (all, if `included` is empty), and those to be decommissioned or in maintenance. */
export interface HostLists {
  readonly included: readonly HostEntry[];
  readonly excluded: readonly HostEntry[];
  readonly maintenance: readonly MaintenanceEntry[];
  /** The DataNodes that are expected. One that has not registered is reported as dead. */
  readonly named: readonly NamedHost[];
}

export const NO_HOST_LISTS: HostLists = { included: [], excluded: [], maintenance: [], named: [] };

/**
 * Parses a hosts file (Hadoop: HostFileManager): entries `host` or `host:port`, separated by white space; `#` begins a
 * comment.
 */
export function parseHostsFile(text: string): HostEntry[] {
  const entries: HostEntry[] = [];
  for (const line of text.split('\n')) {
    for (const word of line.replace(/#.*/, '').trim().split(/\s+/)) if (word !== '') entries.push(parseEntry(word));
  }
  return entries;
}

function parseEntry(word: string): HostEntry {
  const match = /^\[([^\]]+)\](?::(\d+))?$/.exec(word) ?? /^([^:]+)(?::(\d+))?$/.exec(word);
  // A word with more than one colon and without brackets is an IPv6 address.
  return match ? { host: match[1] ?? word, port: Number(match[2] ?? 0) } : { host: word, port: 0 };
}

const matches = (entry: HostEntry, id: DatanodeId): boolean =>
  (entry.host === id.ipAddr || entry.host === id.hostName) && (entry.port === 0 || entry.port === id.xferPort);

/** Returns true if the DataNode may join. */
export const isIncluded = (lists: HostLists, id: DatanodeId): boolean =>
  lists.included.length === 0 || lists.included.some((entry) => matches(entry, id));

/** Returns true if the DataNode is to be decommissioned. */
export const isExcluded = (lists: HostLists, id: DatanodeId): boolean =>
  lists.excluded.some((entry) => matches(entry, id));

/** Returns the time of day in ms at which the maintenance of the DataNode ends, or 0 if none is ordered. */
export const maintenanceExpireTime = (lists: HostLists, id: DatanodeId): number =>
  lists.maintenance.find((entry) => matches(entry, id))?.expireTimeMs ?? 0;

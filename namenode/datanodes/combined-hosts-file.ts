/** Parses the JSON file of dfs.hosts. */
import { AdminState } from '../blocks/locations/admin-state.ts';
import type { HostLists, MaintenanceEntry, NamedHost } from './hosts-file.ts';

/** The entry of one DataNode in the file (Hadoop: DatanodeAdminProperties). */
interface DatanodeAdminProperties {
  readonly hostName: string;
  /** The transfer port; 0 stands for all DataNodes of the host. */
  readonly port: number;
  /** DECOMMISSIONED and IN_MAINTENANCE are orders of the administrator. The other values order nothing. */
  readonly adminState: AdminState;
  /** Time of day in ms at which the maintenance ends. */
  readonly expireTimeMs: number;
}

/**
 * Parses the JSON file of dfs.hosts (Hadoop: CombinedHostsFileReader). The file is an array of objects, or in the older
 * form only the objects, such as
 *
 *     [{ "hostName": "host1" }, { "hostName": "host2", "port": 9866, "adminState": "DECOMMISSIONED" },
 *      { "hostName": "host3", "adminState": "IN_MAINTENANCE", "maintenanceExpireTimeInMS": 1767225600000 }]
 *
 * An empty file names no host. Hadoop treats a file that cannot be parsed as empty too, which ends every maintenance.
 * @throws Error that names the fault
 */
export function parseCombinedHostsFile(text: string): HostLists {
  const entries = readValues(text).map(readProperties);
  const hosts = (state: AdminState): MaintenanceEntry[] =>
    entries
      .filter(({ adminState }) => adminState === state)
      .map(({ hostName: host, port, expireTimeMs }) => ({ host, port, expireTimeMs }));
  // If every DataNode in the file is to leave service, any other DataNode may join.
  const isOpen = entries.every(({ adminState }) => adminState !== AdminState.NORMAL);
  const named = entries.map(({ hostName, port }): NamedHost => ({ host: hostName, hostName, port }));
  return {
    included: isOpen ? [] : named,
    excluded: hosts(AdminState.DECOMMISSIONED),
    maintenance: hosts(AdminState.IN_MAINTENANCE),
    named,
  };
}

function readValues(text: string): unknown[] {
  const values = [...splitObjects(text)].map((value): unknown => JSON.parse(value));
  const [first] = values;
  return Array.isArray(first) && values.length === 1 ? first : values;
}

/**
 * Yields the text of each JSON value. Values follow each other without a separator, so the closing bracket ends each
 * array or object.
 */
function* splitObjects(text: string): Generator<string> {
  let from = 0;
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{\]}]/g)) {
    if (token === '[' || token === '{') depth++;
    if (token === ']' || token === '}') depth--;
    if (depth !== 0 || token.startsWith('"')) continue;
    yield text.slice(from, index + 1);
    from = index + 1;
  }
  const rest = text.slice(from);
  if (rest.trim() !== '') yield rest;
}

const PROPERTIES = ['hostName', 'port', 'upgradeDomain', 'adminState', 'maintenanceExpireTimeInMS'];

function readProperties(value: unknown): DatanodeAdminProperties {
  const fail = (why: string): Error => new Error(`${why} in ${JSON.stringify(value)}`);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail('no object');
  const unknown = Object.keys(value).find((name) => !PROPERTIES.includes(name));
  if (unknown !== undefined) throw fail(`unknown property ${unknown}`);
  const {
    hostName,
    port = 0,
    adminState = 'NORMAL',
    maintenanceExpireTimeInMS = Number.POSITIVE_INFINITY,
  } = {
    ...value,
  } as Record<string, unknown>;
  if (typeof hostName !== 'string' || hostName === '') throw fail('no hostName');
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > 65535) throw fail('no port number');
  if (typeof maintenanceExpireTimeInMS !== 'number') throw fail('no number as maintenanceExpireTimeInMS');
  const state = Object.entries(AdminState).find(([name]) => name === adminState)?.[1];
  if (state === undefined) throw fail(`no adminState (${Object.keys(AdminState).join(', ')})`);
  return { hostName, port, adminState: state, expireTimeMs: maintenanceExpireTimeInMS };
}

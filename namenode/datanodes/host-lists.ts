/** Reads the files of dfs.hosts and dfs.hosts.exclude, and resolves the host names in them. */
import { lookup } from 'node:dns/promises';
import fs from 'node:fs/promises';
import { isIP } from 'node:net';
import type { Configuration } from '../../conf/configuration.ts';
import { hadoopError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { parseCombinedHostsFile } from './combined-hosts-file.ts';
import { type HostEntry, type HostLists, type NamedHost, NO_HOST_LISTS, parseHostsFile } from './hosts-file.ts';

/**
 * Reads the files of dfs.hosts and dfs.hosts.exclude. With CombinedHostFileManager as
 * dfs.namenode.hosts.provider.classname, reads only the file of dfs.hosts. A host name also stands for its addresses.
 * @throws FileNotFoundException if a configured file cannot be read, IOException if its content is not valid
 */
export async function readHostLists(conf: Configuration): Promise<HostLists> {
  const lists = await (isCombined(conf) ? readCombinedFile(conf.get('dfs.hosts')) : readPlainFiles(conf));
  return {
    included: await withAddresses(lists.included),
    excluded: await withAddresses(lists.excluded),
    maintenance: await withAddresses(lists.maintenance),
    named: (await Promise.all(lists.named.map(firstAddress))).flat(),
  };
}

/**
 * Reads the host lists when the NameNode starts. As in Hadoop, the NameNode starts even if a file cannot be read; any
 * DataNode may then join.
 * @throws Error if dfs.namenode.hosts.provider.classname is neither of the two supported classes
 */
export async function hostListsAtStart(conf: Configuration, log: Logger): Promise<HostLists> {
  const files = isCombined(conf) ? 'The file of dfs.hosts is' : 'The files of dfs.hosts and dfs.hosts.exclude are';
  try {
    return await readHostLists(conf);
  } catch (err) {
    log.error({ err }, `${files} not in force until dfsadmin -refreshNodes`);
    return NO_HOST_LISTS;
  }
}

const isCombined = (conf: Configuration): boolean =>
  conf.get('dfs.namenode.hosts.provider.classname').endsWith('.CombinedHostFileManager');

async function readPlainFiles(conf: Configuration): Promise<HostLists> {
  const included = parseHostsFile(await readText(conf.get('dfs.hosts')));
  return {
    included,
    excluded: parseHostsFile(await readText(conf.get('dfs.hosts.exclude'))),
    maintenance: [],
    named: included.map((entry) => ({ ...entry, hostName: entry.host })),
  };
}

async function readCombinedFile(file: string): Promise<HostLists> {
  if (file === '') return NO_HOST_LISTS;
  const text = await readText(file);
  try {
    return parseCombinedHostsFile(text);
  } catch (e) {
    throw hadoopError('IOException', `${file} is no JSON file of DataNodes: ${(e as Error).message}`, e);
  }
}

async function readText(file: string): Promise<string> {
  if (file === '') return '';
  try {
    return await fs.readFile(file, 'utf8');
  } catch (e) {
    throw hadoopError('FileNotFoundException', `${file} can't be read: ${(e as Error).message}`, e);
  }
}

/** Adds the addresses of each host name. A name that cannot be resolved is kept alone. */
async function withAddresses<T extends HostEntry>(entries: readonly T[]): Promise<T[]> {
  const resolved = entries.map(async (entry): Promise<T[]> => {
    if (isIP(entry.host) !== 0) return [entry];
    const found = await lookup(entry.host, { all: true }).catch(() => []);
    return [entry, ...found.map(({ address }) => ({ ...entry, host: address }))];
  });
  return (await Promise.all(resolved)).flat();
}

/** Returns the first address of a host, IPv4 before IPv6 as in Java, or nothing if the name cannot be resolved. */
async function firstAddress(named: NamedHost): Promise<NamedHost[]> {
  const all = await lookup(named.host, { all: true }).catch(() => []);
  const found = all.find(({ family }) => family === 4) ?? all[0];
  return found === undefined ? [] : [{ ...named, host: found.address }];
}

/** Reads the files of dfs.hosts and dfs.hosts.exclude, and resolves the host names in them. */
import fs from 'node:fs/promises';
import { isIP } from 'node:net';
import type { Configuration } from '../../conf/configuration.ts';
import { errorCode, HadoopError, hadoopError, messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { parseCombinedHostsFile } from './combined-hosts-file.ts';
import { type AddressesOf, addressesOfHosts } from './host-addresses.ts';
import { type HostEntry, type HostLists, type NamedHost, NO_HOST_LISTS, parseHostsFile } from './hosts-file.ts';

/**
 * Reads the files of dfs.hosts and dfs.hosts.exclude. With CombinedHostFileManager as
 * dfs.namenode.hosts.provider.classname, reads only the file of dfs.hosts. A host name also stands for its addresses.
 * @throws FileNotFoundException if a configured file cannot be opened; IOException if the disk or a name look-up fails,
 * or if a file's content is not valid
 */
export async function readHostLists(conf: Configuration, log: Logger): Promise<HostLists> {
  const { included, excluded, maintenance, named } = await (isCombined(conf)
    ? readCombinedFile(conf.get('dfs.hosts'))
    : readPlainFiles(conf));
  const names = [included, excluded, maintenance, named].flatMap((entries) => entries.map(({ host }) => host));
  const addressesOf = await addressesOfHosts(names, log);
  return {
    included: withAddresses(included, addressesOf),
    excluded: withAddresses(excluded, addressesOf),
    maintenance: withAddresses(maintenance, addressesOf),
    named: named.flatMap((entry) => firstAddress(entry, addressesOf)),
  };
}

/**
 * Reads the host lists when the NameNode starts. As in Hadoop, the NameNode starts even if a file cannot be read; any
 * DataNode may then join. The same holds if a name look-up fails: half a list would keep DataNodes of the other half out.
 * @throws ConfigurationError if dfs.namenode.hosts.provider.classname is neither of the two supported classes
 */
export async function hostListsAtStart(conf: Configuration, log: Logger): Promise<HostLists> {
  const files = isCombined(conf) ? 'The file of dfs.hosts is' : 'The files of dfs.hosts and dfs.hosts.exclude are';
  try {
    return await readHostLists(conf, log);
  } catch (err) {
    if (!(err instanceof HadoopError)) throw err;
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
    throw hadoopError('IOException', `${file} is no JSON file of DataNodes: ${messageOf(e)}`, e);
  }
}

/** The reasons for which Java's FileInputStream has a FileNotFoundException. */
const NOT_TO_BE_OPENED: readonly (string | undefined)[] = ['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES'];

async function readText(file: string): Promise<string> {
  if (file === '') return '';
  try {
    return await fs.readFile(file, 'utf8');
  } catch (e) {
    const name = NOT_TO_BE_OPENED.includes(errorCode(e)) ? 'FileNotFoundException' : 'IOException';
    throw hadoopError(name, `${file} can't be read: ${messageOf(e)}`, e);
  }
}

/** Adds an entry for each address of each host name. */
function withAddresses<T extends HostEntry>(entries: readonly T[], addressesOf: AddressesOf): T[] {
  return entries.flatMap((entry) => [entry, ...addressesOf(entry.host).map((host) => ({ ...entry, host }))]);
}

/** Returns a named host with its first address; nothing if it has no address. */
function firstAddress(named: NamedHost, addressesOf: AddressesOf): NamedHost[] {
  const [host] = isIP(named.host) !== 0 ? [named.host] : addressesOf(named.host);
  return host === undefined ? [] : [{ ...named, host }];
}

import { lookup } from 'node:dns/promises';
import fs from 'node:fs/promises';
import { isIP } from 'node:net';
import type { Configuration } from '../conf/configuration.ts';
import { hadoopError } from '../protocol/errors.ts';
import { type HostEntry, type HostLists, parseHostsFile } from './hosts-file.ts';

/**
 * Reads the files of dfs.hosts and dfs.hosts.exclude. Names stand for their addresses too.
 * @throws FileNotFoundException for a file that is named and not there
 */
export async function readHostLists(conf: Configuration): Promise<HostLists> {
  return {
    included: await readEntries(conf.get('dfs.hosts')),
    excluded: await readEntries(conf.get('dfs.hosts.exclude')),
  };
}

async function readEntries(file: string): Promise<HostEntry[]> {
  if (file === '') return [];
  let text: string;
  try {
    text = await fs.readFile(file, 'utf8');
  } catch (e) {
    throw hadoopError('FileNotFoundException', `${file} can't be read: ${(e as Error).message}`, e);
  }
  return (await Promise.all(parseHostsFile(text).map(withAddresses))).flat();
}

/** A name that can't be resolved stands for itself alone. */
async function withAddresses(entry: HostEntry): Promise<HostEntry[]> {
  if (isIP(entry.host) !== 0) return [entry];
  const found = await lookup(entry.host, { all: true }).catch(() => []);
  return [entry, ...found.map(({ address }) => ({ host: address, port: entry.port }))];
}

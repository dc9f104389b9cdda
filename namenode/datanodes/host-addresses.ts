/** Looks the addresses of host names up, and tells a name without addresses from a look-up that fails. */
import dns from 'node:dns/promises';
import { isIP } from 'node:net';
import { errorCode, hadoopError, messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { sleep } from '../../runtime/promises.ts';

/** Returns the addresses of a host name, IPv4 before IPv6 as in Java. A name that is an address has none beside itself. */
export type AddressesOf = (host: string) => readonly string[];

/** The pauses between the attempts of one look-up. */
const RETRY_PAUSES_MS = [100, 1000];

/**
 * Looks all names up. A name that provably does not exist is logged and has no addresses, as in Hadoop's
 * HostFileManager.
 * @throws IOException if a look-up fails at every attempt: it does not say which addresses the host has
 */
export async function addressesOfHosts(names: readonly string[], log: Logger): Promise<AddressesOf> {
  const hosts = [...new Set(names)].filter((name) => isIP(name) === 0);
  const found = await Promise.allSettled(hosts.map((host) => lookUp(host, log)));
  const failure = found.find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  const addresses = new Map(hosts.map((host, i) => [host, found[i]?.status === 'fulfilled' ? found[i].value : []]));
  return (host) => addresses.get(host) ?? [];
}

async function lookUp(host: string, log: Logger): Promise<string[]> {
  for (let attempt = 0; ; attempt++) {
    try {
      const all = await dns.lookup(host, { all: true });
      return all.sort((a, b) => a.family - b.family).map(({ address }) => address);
    } catch (err) {
      if (errorCode(err) === 'ENOTFOUND') {
        log.warn({ host }, 'A host of dfs.hosts or dfs.hosts.exclude has no address: only its name counts');
        return [];
      }
      log.warn({ err, host, attempt: attempt + 1 }, "A host of dfs.hosts or dfs.hosts.exclude can't be looked up");
      const pauseMs = RETRY_PAUSES_MS[attempt];
      if (pauseMs === undefined) {
        const message = `The addresses of ${host} can't be looked up: ${messageOf(err)}`;
        throw hadoopError('IOException', `${message}: the host lists stay as they were`, err);
      }
      await sleep(pauseMs);
    }
  }
}

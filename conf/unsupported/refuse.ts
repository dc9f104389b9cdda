/** Refuses a configuration that asks a program for something that Calf cannot do. */
import type { Configuration } from '../configuration.ts';
import { ConfigurationError } from '../errors.ts';
import { REFUSED, type Refusal, type Role } from './refused.ts';

/**
 * Checks each property of REFUSED that concerns `role`. A value that is Hadoop's default is never refused.
 * @throws ConfigurationError with the reason and the way out
 */
export function refuseUnsupported(conf: Configuration, role: Role): void {
  for (const [name, refusal] of Object.entries(REFUSED)) {
    if (!refusal.roles.includes(role) || !conf.isSet(name)) continue;
    const value = (conf.getRaw(name) ?? '').trim();
    if (refusal.takes.some((taken) => isSameValue(conf.substitute(taken), value))) continue;
    throw notSupported(name, value, refusal);
  }
  if (role === 'namenode' || role === 'datanode') refuseNameservices(conf);
}

/**
 * Refuses a client's file system URI that names a nameservice of dfs.ha.namenodes.NAMESERVICE in place of a host.
 * @throws ConfigurationError
 */
export function refuseLogicalUri(conf: Configuration, host: string): void {
  const name = `dfs.ha.namenodes.${host}`;
  const namenodes = (conf.getRaw(name) ?? '').trim();
  if (namenodes === '') return;
  throw notSupported(name, namenodes, {
    reason: 'Calf does not fail over between NameNodes',
    fix: 'Name the active one: hdfs://HOST:PORT',
  });
}

/** Compares values without regard to case and to forms of a number: 0.5f, 0.50 and TRUE are 0.5 and true. */
export function isSameValue(a: string, b: string): boolean {
  const number = (text: string) => (/^-?[\d.]+[fd]?$/i.test(text) ? Number.parseFloat(text) : Number.NaN);
  return a.toLowerCase() === b.toLowerCase() || number(a) === number(b);
}

function notSupported(name: string, value: string, refusal: Pick<Refusal, 'reason' | 'fix'> & Partial<Refusal>): Error {
  const usual = refusal.takes?.[0];
  const fix = refusal.fix ?? (usual ? `Set it to ${usual}` : 'Leave it out');
  return new ConfigurationError(`${name} is '${value}', which is not supported: ${refusal.reason}. ${fix}.`);
}

function refuseNameservices(conf: Configuration): void {
  const set = new Map(conf.entries());
  const nameservices = (conf.getRaw('dfs.nameservices') ?? '').trim();
  if (nameservices.includes(',')) {
    const reason = 'Calf has one NameNode, which no other shares the namespace with';
    throw notSupported('dfs.nameservices', nameservices, { reason, fix: 'Name one nameservice, or leave it out' });
  }
  for (const [name, value] of set) {
    const isHa = name.startsWith('dfs.ha.namenodes.') && value.trim() !== '';
    if (isHa) throw notSupported(name, value, { reason: 'Calf has no standby NameNode', fix: 'Leave it out' });
  }
  const own = `dfs.namenode.rpc-address.${nameservices}`;
  if (nameservices !== '' && set.has(own)) {
    const reason = 'Calf reads addresses without the name of a nameservice';
    throw notSupported(own, set.get(own) ?? '', { reason, fix: 'Set dfs.namenode.rpc-address in its place' });
  }
}

/** The names by which callers may reach a web server. A page of another site has another name (DNS rebinding). */
import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** A name or an IPv4 address, or an IPv6 address in brackets; then a port, or nothing. */
const AUTHORITY = /^(\[[\da-f:.]+\]|[^\s:/?#@\\[\]]+)(?::\d*)?$/i;

/** Returns whether a host is this machine's loopback interface. Of names, only localhost is: others need a resolver. */
export function isLoopback(host: string): boolean {
  const name = canonical(host);
  const family = isIP(name);
  return family === 0 ? name === 'localhost' : LOOPBACK.check(name, family === 4 ? 'ipv4' : 'ipv6');
}

/** Returns the host of a Host header, without port and brackets; undefined for a text that is no host. */
export function hostOfAuthority(authority: string): string | undefined {
  const host = AUTHORITY.exec(authority)?.[1];
  return host === undefined ? undefined : canonical(host);
}

/** Returns the host of an Origin header; undefined for `null` and for a text that is no origin of a web page. */
export function hostOfOrigin(origin: string): string | undefined {
  const authority = /^https?:\/\/(.+)$/i.exec(origin)?.[1];
  return authority === undefined ? undefined : hostOfAuthority(authority);
}

/** The names of one server. */
export class KnownHosts {
  readonly #names: ReadonlySet<string>;

  constructor(names: readonly string[]) {
    this.#names = new Set(names.map(canonical));
  }

  /**
   * Returns whether callers may name the server so.
   * @param host as hostOfAuthority() returns it
   * @param arrivedAt this machine's address of the connection: whoever typed an address of this machine arrives there
   */
  has(host: string, arrivedAt: string | undefined): boolean {
    return this.#names.has(host) || isLoopback(host) || (arrivedAt !== undefined && host === canonical(arrivedAt));
  }
}

/** Returns one spelling of a host: small letters, no dot at the end, no brackets, and the shortest form of an address. */
function canonical(host: string): string {
  const name = host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
  if (isIP(name) !== 6) return name;
  const mapped = /^::ffff:([\d.]+)$/.exec(name)?.[1];
  if (mapped !== undefined && isIP(mapped) === 4) return mapped;
  // A zone, as in fe80::1%eth0, belongs to this machine alone and stands in no URL.
  return new URL(`http://[${name.replace(/%.*$/, '')}]`).hostname.slice(1, -1);
}

/**
 * The one rule of who may call a web server (ARCHITECTURE.md, "Who may call over HTTP"): the names of Host and Origin,
 * the proof that the caller knows the cluster's secret, and the type of the body. All of it is checked before any of the
 * body is read.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { hostOfAuthority, hostOfOrigin, type KnownHosts } from './known-hosts.ts';
import { SCHEME } from './proof.ts';
import { refusal } from './refusal.ts';
import type { SharedSecret } from './shared-secret.ts';
import type { SignedRequests } from './signed-requests.ts';

/** The callers that a route accepts. Without this, anyone may call GET and HEAD, and the other methods need the secret. */
export type Callers = 'anyone' | 'secret';

declare module 'fastify' {
  interface FastifyContextConfig {
    callers?: Callers;
  }
}

const BAD_REQUEST = 400;
const UNAUTHORIZED = 401;
const FORBIDDEN = 403;
const UNSUPPORTED_MEDIA_TYPE = 415;

const READS: readonly string[] = ['GET', 'HEAD'];
const WITH_BODY: readonly string[] = ['POST', 'PUT', 'PATCH'];
const JSON_TYPE = /^application\/json\s*(;|$)/i;

const WHERE =
  'Clients read it from the file calf.http.secret.file, by default calf-http-secret in the conf directory of the ' +
  'cluster: set HADOOP_CONF_DIR to that directory';
const PROPERTY = 'calf.http.allowed-hosts';

/** Has the server check every request, also those for which it has no route. To be called before routes are added. */
export function checkCallers(
  server: FastifyInstance,
  knownHosts: () => KnownHosts,
  secret: SharedSecret | undefined,
  signedRequests: SignedRequests,
): void {
  server.addHook('onRoute', (route) => {
    const callers = callersOf(route);
    if (callers === 'secret' && !secret) {
      throw new Error(`The route ${String(route.method)} ${route.url} needs a secret, and its server has none`);
    }
    route.config = { ...route.config, callers };
  });
  server.addHook('onRequest', (request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void) => {
    done(hostRefusal(request, knownHosts()) ?? secretRefusal(request, secret, signedRequests));
  });
}

function callersOf({ method, config }: RouteOptions): Callers {
  const methods = Array.isArray(method) ? method : [method];
  return config?.callers ?? (methods.every((name) => READS.includes(name)) ? 'anyone' : 'secret');
}

/** Returns the refusal of a request whose names are not those of this server; undefined for a request that is fine. */
export function hostRefusal({ raw }: Pick<FastifyRequest, 'raw'>, knownHosts: KnownHosts): Error | undefined {
  const { origin } = raw.headers;
  const { localAddress } = raw.socket;
  const hosts = raw.headersDistinct.host ?? [];
  // Clients of HTTP/1.0 send none, and no browser is one.
  if (hosts.length > 1 || (!hosts[0] && raw.httpVersion !== '1.0')) {
    const reason = `The header Host is ${hosts.length > 1 ? 'there more than once' : 'missing'}`;
    return refusal(BAD_REQUEST, 'IllegalArgumentException', reason);
  }
  // A client of a proxy names the host in the request's first line too.
  const target = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i.exec(raw.url ?? '')?.[1];
  for (const host of target === undefined ? hosts : [...hosts, target]) {
    const name = hostOfAuthority(host);
    if (name === undefined || !knownHosts.has(name, localAddress)) {
      return refusal(
        FORBIDDEN,
        'AccessControlException',
        `This server does not answer to the name '${host}'. If it is reached by that name, list it in ${PROPERTY}`,
      );
    }
  }
  if (origin === undefined) return undefined;
  const site = hostOfOrigin(origin);
  if (site !== undefined && knownHosts.has(site, localAddress)) return undefined;
  return refusal(
    FORBIDDEN,
    'AccessControlException',
    `This server does not answer pages of '${origin}'. If that is a name of this server, list it in ${PROPERTY}`,
  );
}

/** A caller that signs its request is checked on every route: it expects an answer that is signed too. */
function secretRefusal(
  request: FastifyRequest,
  secret: SharedSecret | undefined,
  signedRequests: SignedRequests,
): Error | undefined {
  if (!secret) return undefined;
  const { authorization, 'content-type': type } = request.headers;
  if (authorization?.startsWith(SCHEME)) {
    const reason = signedRequests.accept(request.raw, secret, WHERE);
    if (reason) return reason;
  }
  if (request.routeOptions.config.callers !== 'secret') return undefined;
  if (!authorization?.startsWith(SCHEME)) {
    return refusal(
      UNAUTHORIZED,
      'AccessControlException',
      `${request.method} ${request.routeOptions.url} is for those who know the cluster's secret, and this request does ` +
        `not prove it. ${WHERE}`,
    );
  }
  if (!WITH_BODY.includes(request.method) || JSON_TYPE.test(type ?? '')) return undefined;
  return refusal(
    UNSUPPORTED_MEDIA_TYPE,
    'IllegalArgumentException',
    `The content-type is '${type ?? ''}': expected application/json`,
  );
}

/** The web server of every daemon: its port, its callers, its limits, its answers to failures, and the pages that all daemons have. */
import type { Server } from 'node:http';
import os from 'node:os';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Configuration } from '../../conf/configuration.ts';
import { ConfigurationError } from '../../conf/errors.ts';
import { bindError } from '../bind-error.ts';
import { Bug } from '../bug.ts';
import { HadoopError } from '../errors.ts';
import { addBrowserHeaders, BROWSER_HEADERS } from './browser-headers.ts';
import { checkCallers, hostRefusal } from './callers.ts';
import { addConfPage } from './conf-page.ts';
import { addFaultEndpoint, type FaultPoint } from './fault-endpoint.ts';
import { addJmx, type Bean, memoryBean } from './jmx.ts';
import { KnownHosts } from './known-hosts.ts';
import { hasBody, PendingBodies } from './pending-bodies.ts';
import { limitPipelining } from './pipelining.ts';
import type { SharedSecret } from './shared-secret.ts';
import { SignedRequests } from './signed-requests.ts';

/** Longest body of a request unless the daemon says otherwise. */
const BODY_BYTES_MAX = 1024 * 1024;
/** A client that has not sent all headers, or all of its request, after this time is cut off. */
const HEADERS_MS_MAX = 10_000;
const REQUEST_MS_MAX = 60_000;
/** Pause between looks for such clients. */
const CHECK_MS = 2000;
/** A client that neither sends nor takes anything for this time is cut off. No route answers as late as this. */
const SILENCE_MS_MAX = 120_000;

/** A body that does not fit its schema is refused, never made to fit; a union goes by its `discriminator`. */
const SCHEMA_OPTIONS = {
  coerceTypes: false,
  removeAdditional: false,
  useDefaults: false,
  discriminator: true,
} as const;

export interface HttpServerOptions {
  /** Longest body of a request, in bytes. */
  readonly bodyBytesMax?: number;
  /** Names by which callers may reach the server beside its address and those of this machine. */
  readonly names?: readonly string[];
  /** The secret that routes for few callers ask for; without it a server can have no such route. */
  readonly secret?: SharedSecret | undefined;
  /** The content of the pages /jmx and /conf; a server without it has neither page. */
  readonly pages?: {
    readonly conf: Configuration;
    /** Returns the daemon's own beans; the server adds those that every process has. */
    readonly beans: () => readonly Bean[];
  };
  /** The faults that `/fault` can begin; set only with calf.fault.injection.enabled, and with a secret. */
  readonly faults?: Readonly<Record<string, FaultPoint>> | undefined;
}

export class HttpServer {
  /** The server to which a daemon adds its own routes, before listen(). */
  readonly routes: FastifyInstance;
  /** The signed requests, for routes whose callers know another secret than the cluster's. */
  readonly signedRequests = new SignedRequests();

  readonly #names: readonly string[];
  #knownHosts: KnownHosts;
  #address = { host: '', port: 0 };

  /** @throws ConfigurationError if hadoop.security.sensitive-config-keys is not well formed */
  constructor({ bodyBytesMax = BODY_BYTES_MAX, names = [], secret, pages, faults }: HttpServerOptions = {}) {
    this.routes = fastify({
      bodyLimit: bodyBytesMax,
      requestTimeout: REQUEST_MS_MAX,
      connectionTimeout: SILENCE_MS_MAX,
      // A request without the header Host is answered with a message of our own.
      http: { headersTimeout: HEADERS_MS_MAX, connectionsCheckingInterval: CHECK_MS, requireHostHeader: false },
      forceCloseConnections: true,
      ajv: { customOptions: SCHEMA_OPTIONS },
      // A path that can not be decoded, or with too long a part, comes to no hook: the names are checked here.
      frameworkErrors: (error, request, reply) => {
        const refused = hostRefusal(request, this.#knownHosts) ?? error;
        const answer = reply as unknown as FastifyReply;
        void answer
          .headers({ ...BROWSER_HEADERS, connection: 'close' })
          .code(statusOf(refused))
          .send(remoteException(refused));
      },
    });
    const allowed = pages?.conf.get('calf.http.allowed-hosts') ?? [];
    this.#names = [os.hostname(), os.hostname().split('.')[0] ?? '', ...names, ...allowed];
    this.#knownHosts = new KnownHosts(this.#names);
    sendErrors(this.routes);
    // A page of another site can send text without asking first, and no route takes any.
    this.routes.removeContentTypeParser('text/plain');
    limitPipelining(this.routes.server as Server);
    addBrowserHeaders(this.routes);
    checkCallers(this.routes, () => this.#knownHosts, secret, this.signedRequests);
    this.signedRequests.guard(this.routes);
    limitBodies(this.routes, bodyBytesMax);
    if (pages) {
      addJmx(this.routes, () => [...pages.beans(), memoryBean()]);
      addConfPage(this.routes, pages.conf);
    }
    if (faults) addFaultEndpoint(this.routes, faults);
  }

  /** Opens the port; 0 takes a free one. @throws BindException */
  async listen(port: number, host: string): Promise<{ host: string; port: number }> {
    this.#knownHosts = new KnownHosts([host, ...this.#names]);
    try {
      await this.routes.listen({ port, host });
    } catch (e) {
      throw bindError(e, host, port);
    }
    const address = this.routes.server.address();
    this.#address = { host, port: address !== null && typeof address === 'object' ? address.port : port };
    return this.#address;
  }

  /** The host as it was given, and the port; an empty host and port 0 before listen(). */
  get address(): { readonly host: string; readonly port: number } {
    return this.#address;
  }

  /** Cuts every connection at once, so that no route can answer any more. For a daemon whose state is wrong. */
  abort(): void {
    this.routes.server.close();
    this.routes.server.closeAllConnections();
  }

  /** Closes the port and every connection. */
  async close(): Promise<void> {
    await this.routes.close();
  }
}

/** Sends a page as HTML. */
export function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(page);
}

/** Has the server read no body that no route takes, and cut off the oldest of too many bodies that are not whole. */
function limitBodies(server: FastifyInstance, bodyBytesMax: number): void {
  const pending = new PendingBodies(bodyBytesMax);
  server.addHook('onRequest', (request, reply, done) => {
    const { raw, method, url } = request;
    if (hasBody(raw)) {
      if (request.is404) {
        void closing(reply)
          .code(404)
          .send({ message: `Route ${method}:${url} not found`, error: 'Not Found' });
        return;
      }
      if (method === 'GET' || method === 'HEAD') closing(reply);
      else pending.add(raw);
    }
    done();
  });
}

/** Has the connection closed after the answer: what is left of the request is not waited for. */
const closing = (reply: FastifyReply): FastifyReply => reply.header('connection', 'close');

/** Answers failures as Hadoop's WebHDFS does: exception, javaClassName and message of a RemoteException. */
function sendErrors(server: FastifyInstance): void {
  server.setErrorHandler((error, request, reply) => {
    // A bug is no answer: the daemon that it happened in ends.
    if (error instanceof Bug) {
      reply.hijack();
      request.raw.socket.destroy();
      return;
    }
    if (hasBody(request.raw) && !request.raw.complete) closing(reply);
    const status = statusOf(error);
    void reply.code(status >= 400 ? status : 500).send(remoteException(error));
  });
}

function remoteException(error: unknown): object {
  const { javaClass, code, message } = HadoopError.from(error);
  return { RemoteException: { exception: code, javaClassName: javaClass, message } };
}

/** Returns the HTTP status of a failure: its own, and 400 for a property that a request brought with a wrong value. */
function statusOf(error: unknown): number {
  if (error instanceof ConfigurationError) return 400;
  return typeof error === 'object' && error && 'statusCode' in error ? Number(error.statusCode) : 500;
}

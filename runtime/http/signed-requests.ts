/** The server's side of signed requests: their proofs, the digests of their bodies, and the proofs of their answers. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { systemClock } from '../runtime.ts';
import { FreshRequests, type Staleness } from './fresh-requests.ts';
import { ANSWER_PROOF, answerProof, isSigned, type Proven, parseAuthorization, sha256 } from './proof.ts';
import { refusal } from './refusal.ts';
import type { SharedSecret } from './shared-secret.ts';

const UNAUTHORIZED = 401;
const SERVICE_UNAVAILABLE = 503;
const NO_BODY = sha256('');

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set to 'length' for a route whose answers may be streams: their proofs cover the header content-length alone. */
    proves?: 'length';
  }
}

/** A request whose signature is right. */
interface Accepted {
  readonly secret: SharedSecret;
  readonly nonce: string;
  /** The SHA-256 of the body that the caller sent. */
  readonly bodyDigest: string;
}

export class SignedRequests {
  readonly #accepted = new WeakMap<IncomingMessage, Accepted>();
  readonly #fresh = new FreshRequests(systemClock.now());

  /**
   * Checks the proof of a request. Returns the error of a refusal. The answer to an accepted request is signed.
   * @param hint stands in the refusal of a request that is signed with another secret
   */
  accept(request: IncomingMessage, secret: SharedSecret, hint: string): Error | undefined {
    const { method = '', url: target = '', headers } = request;
    const authorization = parseAuthorization(headers.authorization);
    if (!authorization || !isSigned(secret, { method, host: headers.host ?? '', target }, authorization)) {
      return unauthorized(`The request is signed with another secret, or was changed on the way. ${hint}`);
    }
    const { timeMs, nonce, bodyDigest } = authorization;
    const staleness = this.#fresh.take(nonce, timeMs, systemClock.now());
    // The nonce of a repeated request has had its answer.
    if (staleness !== 'repeated') this.#accepted.set(request, { secret, nonce, bodyDigest });
    return staleness && refusalOf(staleness, timeMs);
  }

  /** Has the server compare bodies with their digests, before anything is done with them, and sign answers. */
  guard(server: FastifyInstance): void {
    const parse = server.getDefaultJsonParser('error', 'error');
    server.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
      const refusal = this.#bodyRefusal(request, sha256(body));
      if (refusal) done(refusal);
      else parse(request, body.toString(), done);
    });
    server.addHook('preValidation', (request, _reply, done) => {
      done(request.body === undefined ? this.#bodyRefusal(request, NO_BODY) : undefined);
    });
    server.addHook('onSend', (request, reply, payload, done) => {
      this.#sign(request, reply, payload);
      done();
    });
  }

  #bodyRefusal({ raw }: FastifyRequest, digest: string): Error | undefined {
    const accepted = this.#accepted.get(raw);
    if (!accepted || accepted.bodyDigest === digest) return undefined;
    return unauthorized('The body of the request is not the one that was signed');
  }

  #sign({ raw, routeOptions }: FastifyRequest, reply: FastifyReply, payload: unknown): void {
    const accepted = this.#accepted.get(raw);
    const content = accepted && provenPart(reply, payload, routeOptions.config.proves);
    if (content) reply.header(ANSWER_PROOF, answerProof(accepted.secret, accepted.nonce, reply.statusCode, content));
  }
}

/** Returns undefined for a stream on a route that sends none to callers that sign. */
function provenPart(reply: FastifyReply, payload: unknown, proves: 'length' | undefined): Proven | undefined {
  if (proves === 'length') return { length: Number(reply.getHeader('content-length')) };
  if (typeof payload === 'string' || payload instanceof Uint8Array) return { body: payload };
  return payload === null || payload === undefined ? { body: '' } : undefined;
}

const unauthorized = (reason: string): Error => refusal(UNAUTHORIZED, 'AccessControlException', reason);

function refusalOf(staleness: Staleness, timeMs: number): Error {
  const signed = `The request was signed at ${new Date(timeMs).toISOString()}`;
  const now = new Date(systemClock.now()).toISOString();
  switch (staleness) {
    case 'from before the start':
      return refusal(SERVICE_UNAVAILABLE, 'RetriableException', `${signed}, before this server started: send it again`);
    case 'too old or too new':
      return unauthorized(`${signed}, and the clock of this server says ${now}: set both clocks`);
    case 'repeated':
      return unauthorized(`${signed}, and has come before`);
  }
}

/** The routes below /fault: they begin and end faults of a daemon, for tests and for people who try out failures. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isFailure } from '../bug.ts';
import { messageOf } from '../errors.ts';
import { fits } from './fits.ts';
import { isLoopback } from './known-hosts.ts';
import { refusal } from './refusal.ts';

/** A fault that is on, as `GET /fault` shows it: its kind and its settings. */
export interface ActiveFault {
  readonly kind: string;
  readonly [setting: string]: unknown;
}

/** A fault that a daemon can be made to suffer. */
export interface FaultPoint {
  /** Begins the fault or changes its settings. Returns the `result` of the answer. @throws HadoopError, or an error of the system, with the reason */
  set(settings: Readonly<Record<string, unknown>>): unknown;
  clear(): void;
  /** Returns the settings while the fault is on; undefined while it is off. */
  active(): Readonly<Record<string, unknown>> | undefined;
}

const FORBIDDEN = 403;
const NOT_FOUND = 404;
const BAD_REQUEST = 400;

/**
 * Serves faults to callers of this machine that know the cluster's secret. A request to one daemon is no request to
 * another, which has the same paths: the port in the header Host is this server's. To be called only with
 * calf.fault.injection.enabled.
 *
 *     GET    /fault          { "faults": [{ "kind": "slow", "packetDelayMs": 100 }] }
 *     PUT    /fault/KIND     body: its settings as JSON; { "kind", "result" }
 *     DELETE /fault[/KIND]   ends one fault, or all faults
 *
 * A fault that is unknown or fails is answered by { "error": reason } with status 404 or 400. A caller that is refused is
 * answered by a RemoteException, and so is a mistake in our own code, with status 500.
 */
export function addFaultEndpoint(server: FastifyInstance, points: Readonly<Record<string, FaultPoint>>): void {
  const active = (): ActiveFault[] =>
    Object.entries(points).flatMap(([kind, point]) => {
      const settings = point.active();
      return settings ? [{ kind, ...settings }] : [];
    });
  const config = { callers: 'secret' } as const;
  const onRequest = (request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void => {
    const { headers, socket } = request.raw;
    if (!isLoopback(request.ip)) {
      const reason = 'Faults are taken from this machine alone, at a loopback address';
      done(refusal(FORBIDDEN, 'AccessControlException', reason));
    } else if (!headers.host?.endsWith(`:${socket.localPort}`)) {
      const reason = `A request for the faults of '${headers.host}' has come to port ${socket.localPort}`;
      done(refusal(FORBIDDEN, 'AccessControlException', reason));
    } else {
      done();
    }
  };
  const pointOf = (kind: string, reply: FastifyReply): FaultPoint | undefined => {
    const point = Object.hasOwn(points, kind) ? points[kind] : undefined;
    const known = Object.keys(points).join(', ');
    if (!point) void reply.code(NOT_FOUND).send({ error: `No such fault: ${kind}; this daemon knows ${known}` });
    return point;
  };
  interface Route {
    Params: { kind: string };
    Body: Record<string, unknown>;
  }
  server.get('/fault', { config, onRequest }, () => ({ faults: active() }));
  const preValidation = fits('body', { type: 'object' });
  server.put<Route>('/fault/:kind', { config, onRequest, preValidation }, async (request, reply) => {
    const { kind } = request.params;
    const point = pointOf(kind, reply);
    if (!point) return reply;
    try {
      return { kind, result: await point.set(request.body) };
    } catch (e) {
      if (!isFailure(e)) throw e;
      return reply.code(BAD_REQUEST).send({ error: messageOf(e) });
    }
  });
  server.delete('/fault', { config, onRequest }, () => {
    for (const point of Object.values(points)) point.clear();
    return { faults: active() };
  });
  server.delete<Route>('/fault/:kind', { config, onRequest }, (request, reply) => {
    const point = pointOf(request.params.kind, reply);
    if (!point) return reply;
    point.clear();
    return { faults: active() };
  });
}

/** The page /fault: begins and ends faults of a daemon, for tests and for people who try out failures. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { messageOf } from '../errors.ts';

/** One fault as `GET /fault` shows it: its kind and settings. */
export interface ActiveFault {
  readonly kind: string;
  readonly [setting: string]: unknown;
}

/** A fault that a daemon can be made to suffer. */
export interface FaultPoint {
  /** Begins it, or changes its settings. What it returns is the answer's `result`. @throws Error with the reason */
  set(settings: Readonly<Record<string, unknown>>): unknown;
  clear(): void;
  /** Its settings while it is on; undefined while it is not. */
  active(): Readonly<Record<string, unknown>> | undefined;
}

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;
const LOOPBACK_HOST = /^(localhost|127\.[\d.]+|\[::1\])(:\d+)?$/i;
const FORBIDDEN = 403;
const NOT_FOUND = 404;
const BAD_REQUEST = 400;

/**
 * Faults on demand over a daemon's HTTP server, for this machine alone; only with calf.fault.injection.enabled.
 *
 *     GET    /fault          { "faults": [{ "kind": "slow", "packetDelayMs": 100 }] }
 *     PUT    /fault/KIND     body: its settings as JSON; { "kind", "result" }
 *     DELETE /fault[/KIND]   ends one, or all
 *
 * A failure is { "error": reason } with status 400, 403 or 404.
 */
export function addFaultEndpoint(server: FastifyInstance, points: Readonly<Record<string, FaultPoint>>): void {
  const active = (): ActiveFault[] =>
    Object.entries(points).flatMap(([kind, point]) => {
      const settings = point.active();
      return settings ? [{ kind, ...settings }] : [];
    });
  const onRequest = (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
    // The Host header keeps out web pages whose name was made to lead here.
    if (LOOPBACK.test(request.ip) && LOOPBACK_HOST.test(request.headers.host ?? '')) done();
    else void reply.code(FORBIDDEN).send({ error: 'Faults are taken from this machine alone, at a loopback address' });
  };
  const pointOf = (kind: string, reply: FastifyReply): FaultPoint | undefined => {
    const point = Object.hasOwn(points, kind) ? points[kind] : undefined;
    const known = Object.keys(points).join(', ');
    if (!point) void reply.code(NOT_FOUND).send({ error: `No such fault: ${kind}; this daemon knows ${known}` });
    return point;
  };
  interface Route {
    Params: { kind: string };
    Body: Record<string, unknown> | undefined;
  }
  server.get('/fault', { onRequest }, () => ({ faults: active() }));
  server.put<Route>('/fault/:kind', { onRequest }, async (request, reply) => {
    const { kind } = request.params;
    const point = pointOf(kind, reply);
    if (!point) return reply;
    try {
      return { kind, result: await point.set(request.body ?? {}) };
    } catch (e) {
      return reply.code(BAD_REQUEST).send({ error: messageOf(e) });
    }
  });
  server.delete('/fault', { onRequest }, () => {
    for (const point of Object.values(points)) point.clear();
    return { faults: active() };
  });
  server.delete<Route>('/fault/:kind', { onRequest }, (request, reply) => {
    const point = pointOf(request.params.kind, reply);
    if (!point) return reply;
    point.clear();
    return { faults: active() };
  });
}

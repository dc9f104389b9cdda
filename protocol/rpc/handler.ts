/** The methods of an RPC server: handlers by the names of a generated method table, and the caller that they get. */
import type { EncodedMessage } from '../message.ts';
import type { Method } from '../method.ts';

/** The caller of a method, as its handler sees it. */
export interface RpcCall {
  /** The effective user. */
  readonly user: string;
  /** For a proxy: the user who acts as `user`. */
  readonly realUser?: string | undefined;
  /** The client's IP address. */
  readonly remoteAddress: string;
  readonly clientId: Uint8Array;
  readonly callId: number;
  /** -1 or 0 at the first try. */
  readonly retryCount: number;
  /** Whether the connection on which the call came is still open; absent for a call that came on none. */
  readonly isConnected?: () => boolean;
}

/**
 * Answers one method. A HadoopError that it throws reaches the caller with its Java class; a Bug is never answered.
 * The owner of the server judges any other exception (see FailureOf).
 */
export type Handler<Q, S> = (request: Q, call: RpcCall) => Promise<Answer<S>> | Answer<S>;
type Answer<S> = S | EncodedMessage<S>;

/** Handlers by the names of a generated method table (`delete_`, not `delete`). */
export type Handlers<T> = {
  readonly [K in keyof T as T[K] extends Method<infer _Q, infer _S> ? K : never]?: T[K] extends Method<infer Q, infer S>
    ? Handler<Q, S>
    : never;
};

/** A method that a server answers. */
export interface ServedMethod {
  readonly method: Method<unknown, unknown>;
  readonly handler: Handler<unknown, unknown>;
  /** Whether a call that comes again is given the first call's answer. */
  readonly retryCached: boolean;
}

/** A protocol that a server answers: the methods that have a handler, by their names on the wire. */
export interface ServedProtocol {
  readonly version: number;
  readonly methods: ReadonlyMap<string, ServedMethod>;
}

/** Returns the methods of a generated table that have a handler. */
export function servedMethods<T extends object>(
  table: T,
  handlers: Handlers<T>,
  retryCached: readonly (keyof T)[] = [],
): ReadonlyMap<string, ServedMethod> {
  const cached = new Set<unknown>(retryCached);
  const methods = new Map<string, ServedMethod>();
  const served: Record<string, unknown> = handlers;
  for (const [key, method] of Object.entries(table) as [string, Method<unknown, unknown> | string][]) {
    const handler = served[key];
    if (typeof method === 'string' || typeof handler !== 'function') continue;
    methods.set(method.name, {
      method,
      handler: (request, call) => handler.call(handlers, request, call),
      retryCached: cached.has(key),
    });
  }
  return methods;
}

/** Method tables: one object per theme, whose keys are the methods of a protocol and whose values answer them. */

import type { EncodedMessage, MessageType } from '../../../protocol/message.ts';
import type { Method } from '../../../protocol/method.ts';
import type { Handler, Handlers, RpcCall } from '../../../protocol/rpc/handler.ts';
import type { RpcServer } from '../../../protocol/rpc/server.ts';
import { invariant } from '../../../runtime/bug.ts';
import type { Caller } from '../../command/caller.ts';
import type { Reading } from '../../command/reading.ts';
import type { NamespaceState } from '../../namespace/namespace-state.ts';
import type { Command, OpName, RequestOf, ResultOf } from '../../namesystem/namesystem.ts';
import { type AccessRule, type AccessTable, type CheckSuperuser, checkRule } from './access.ts';
import type { ClientContext } from './client-context.ts';

/** Stands in a table for a method that is not served: a call of it gets Hadoop's RpcNoSuchMethodException. */
export const NOT_SUPPORTED = 'not supported';

type Answer<S> = S | EncodedMessage<S>;

/** Answers one method, with the context that all methods of its protocol share. */
export interface Answering<C, Q, S> {
  (context: C, request: Q, call: RpcCall): Answer<S> | Promise<Answer<S>>;
  /** Hadoop marks the method @AtMostOnce: a repeat of a call gets the answer that the call got. */
  readonly atMostOnce?: true;
}

export type Entry<C, Q, S> = Answering<C, Q, S> | typeof NOT_SUPPORTED;

/** Entries by the names of a generated table `T` (`delete_`, not `delete`). */
export type MethodTable<T, C> = {
  readonly [K in keyof T as T[K] extends Method<infer _Q, infer _S> ? K : never]?: T[K] extends Method<infer Q, infer S>
    ? Entry<C, Q, S>
    : never;
};

/** A protocol as it is served. */
interface ServedTable<T, C> {
  /** The generated table. */
  readonly protocol: T;
  readonly table: MethodTable<T, C>;
  readonly access: AccessTable<T>;
  readonly context: C;
  readonly checkSuperuser: CheckSuperuser;
  /** Whether the methods that are marked as at most once run once per client id and call id. */
  readonly keepsAnswers?: boolean;
}

/** Serves the methods of a table. Every call is checked here by the rule of its method, before the method runs. */
export function serveTable<T extends { readonly PROTOCOL: string }, C>(server: RpcServer, of: ServedTable<T, C>): void {
  const { protocol, table, context, checkSuperuser } = of;
  const rules: Readonly<Record<string, AccessRule<unknown>>> = of.access;
  const handlers: Record<string, Handler<unknown, unknown>> = {};
  const retryCached: (keyof T)[] = [];
  for (const [name, entry] of Object.entries(table) as [string, Entry<C, unknown, unknown>][]) {
    if (entry === NOT_SUPPORTED) continue;
    const rule = rules[name];
    invariant(rule !== undefined, `the method ${name} has a rule`);
    handlers[name] =
      rule.kind === 'superuser'
        ? (request, call) => after(checkRule(rule, request, call, checkSuperuser), () => entry(context, request, call))
        : (request, call) => entry(context, request, call);
    if (entry.atMostOnce && of.keepsAnswers) retryCached.push(name as keyof T);
  }
  server.addProtocol(protocol, handlers as Handlers<T>, { retryCached });
}

/** Continues with a value at once, or when its promise resolves: a call costs no promise if nothing is waited for. */
function after<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** An entry that asks the namesystem a question, which changes nothing. */
export function read<Q, R, T, S>(
  question: (s: NamespaceState, reading: Reading, request: R) => T,
  requestOf: (request: Q, caller: Caller) => R,
  responseOf: (value: T) => S,
): Answering<ClientContext, Q, S> {
  return ({ driver, callerOf }, request, call) =>
    after(callerOf(call), (caller) => after(driver.read(question, requestOf(request, caller)), responseOf));
}

/** A command of the namesystem, named by its `op`. */
type CommandOf<K extends OpName> = { readonly op: K } & RequestOf<K>;

/** An entry that applies a command, and answers when its changes are on disk. */
export function apply<Q, K extends OpName, S>(
  commandOf: (request: Q, caller: Caller) => CommandOf<K>,
  responseOf: (result: ResultOf<K>) => S,
): Answering<ClientContext, Q, S> {
  return async ({ driver, callerOf }, request, call) => {
    const command = commandOf(request, await callerOf(call)) as Command<K>;
    return responseOf(await driver.apply(command));
  };
}

/**
 * An entry like apply(), which runs once for the ids of a call while this NameNode lives. A copy of a call may arrive
 * late, over a connection that its client gave up, when the client has done other things since. Hadoop runs the call
 * again if the method is @Idempotent, and the copy undoes what came after the call.
 */
export function applyOnce<Q, K extends OpName, S>(
  commandOf: (request: Q, caller: Caller) => CommandOf<K>,
  responseOf: (result: ResultOf<K>) => S,
): Answering<ClientContext, Q, S> {
  return Object.assign(apply(commandOf, responseOf), { atMostOnce: true as const });
}

/** An entry like applyOnce(), whose answer is kept with the changes, for as long as Hadoop keeps that of @AtMostOnce. */
export function applyAtMostOnce<Q, K extends OpName, S>(
  type: MessageType<S>,
  commandOf: (request: Q, caller: Caller) => CommandOf<K>,
  responseOf: (result: ResultOf<K>) => S,
): Answering<ClientContext, Q, S> {
  const answer = async ({ driver, callerOf }: ClientContext, request: Q, call: RpcCall) => {
    const command = commandOf(request, await callerOf(call)) as Command<K>;
    return driver.applyAtMostOnce(command, call, type, responseOf);
  };
  return Object.assign(answer, { atMostOnce: true as const });
}

/** Answers a method whose response has no fields. */
export const empty = (): Record<string, never> => ({});

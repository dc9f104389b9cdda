/** The parts of an RPC server that all its connections share. */
import type { Bug } from '../../runtime/bug.ts';
import type { HadoopError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Clock } from '../../runtime/runtime.ts';
import type { CallQueue } from './call-queue.ts';
import type { FrameBudget } from './frame-budget.ts';
import type { ServedMethod } from './handler.ts';
import type { RetryCache } from './retry-cache.ts';
import type { RpcServerLimits } from './server-limits.ts';

/**
 * Judges an exception that is neither a HadoopError nor a Bug: the failure of a call, which its caller is answered with,
 * or a bug of the daemon, which is never answered. Before it returns a Bug, it must ask for the daemon's end.
 * @param operation the protocol and the method, such as `ClientProtocol.mkdirs`, for the message of the Bug
 */
export type FailureOf = (operation: string, request: unknown, thrown: unknown) => HadoopError | Bug;

export interface ConnectionOwner {
  /** The daemon's name for the log, such as `NameNode`. */
  readonly name: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly limits: RpcServerLimits;
  readonly calls: CallQueue;
  readonly frames: FrameBudget;
  /** Encoded answers of calls that must not run twice. */
  readonly retryCache: RetryCache<Uint8Array>;
  readonly failureOf: FailureOf;
  /** @throws RpcNoSuchProtocolException, RPC.VersionMismatch, RpcNoSuchMethodException */
  find(protocolName: string, version: number, methodName: string): ServedMethod;
}

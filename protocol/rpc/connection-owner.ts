/** What all connections of one RPC server share. */
import type { Logger } from '../../runtime/log.ts';
import type { Clock } from '../../runtime/runtime.ts';
import type { CallQueue } from './call-queue.ts';
import type { FrameBudget } from './frame-budget.ts';
import type { ServedMethod } from './handler.ts';
import type { RetryCache } from './retry-cache.ts';
import type { RpcServerLimits } from './server-limits.ts';

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
  /** @throws RpcNoSuchProtocolException, RPC.VersionMismatch, RpcNoSuchMethodException */
  find(protocolName: string, version: number, methodName: string): ServedMethod;
}

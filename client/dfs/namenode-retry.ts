/** Whether and when a failed call of the NameNode is sent again. */
import type { Configuration } from '../../conf/configuration.ts';
import { errorCode, hadoopError, isHadoopError } from '../../runtime/errors.ts';

export interface NamenodeRetryRule {
  /** ipc.client.connect.max.retries and ipc.client.connect.retry.interval */
  readonly connectRetries: number;
  readonly connectRetryIntervalMs: number;
  /** dfs.client.retry.policy.spec: each mean pause with its number of times; empty unless dfs.client.retry.policy.enabled. */
  readonly policy: readonly { readonly meanMs: number; readonly times: number }[];
}

export interface FailedCall {
  readonly error: unknown;
  /** Failures of the same call before this one. */
  readonly failures: number;
  /** The NameNode has answered this client before, so that a NameNode that can't be reached now is restarting. */
  readonly wasReached: boolean;
  /** An open file depends on the call. */
  readonly forWriter: boolean;
  /** Time since the client's close() began; undefined if it has not begun. */
  readonly closingMs?: number | undefined;
}

/** Socket errors that mean that the NameNode is not there now. A call that timed out is not one of them. */
const LOST_CODES: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'EOF']);
/** A writer waits for a NameNode for this time in all, in pauses that double from the first delay to the longest. */
const WRITER_WAIT_MS = 60_000;
const WRITER_DELAY_MS = 100;
const WRITER_DELAY_MAX_MS = 5000;

/** @throws HadoopIllegalArgumentException for a dfs.client.retry.policy.spec that can't be parsed */
export function namenodeRetryRule(conf: Configuration): NamenodeRetryRule {
  return {
    connectRetries: conf.get('ipc.client.connect.max.retries'),
    connectRetryIntervalMs: conf.get('ipc.client.connect.retry.interval'),
    policy: conf.get('dfs.client.retry.policy.enabled') ? parsePolicy(conf.get('dfs.client.retry.policy.spec')) : [],
  };
}

/** Parses a spec such as `10000,6,60000,10`: six pauses of 10 s, then ten of 60 s (Hadoop: MultipleLinearRandomRetry). */
function parsePolicy(text: string): { meanMs: number; times: number }[] {
  const numbers = text.split(',').map(Number);
  const isValid = numbers.length % 2 === 0 && numbers.every((n) => Number.isInteger(n) && n > 0);
  if (!isValid) {
    throw hadoopError('HadoopIllegalArgumentException', `Illegal value of dfs.client.retry.policy.spec: ${text}`);
  }
  const pairs: { meanMs: number; times: number }[] = [];
  for (let i = 0; i < numbers.length; i += 2) pairs.push({ meanMs: numbers[i] ?? 0, times: numbers[i + 1] ?? 0 });
  return pairs;
}

/**
 * Returns the ms after which a failed call is sent again; undefined: never. The first lost connection is tried again at
 * once. After that:
 *   dfs.client.retry.policy.enabled   the pauses of the spec, if the NameNode is away, in safe mode or asks for a retry
 *   a call for a writer               the same failures, for a minute. If the NameNode is away while the client closes,
 *                                     as long as the IPC client tries: 10 s
 *   any other call                    as the IPC client, if the NameNode is away and has answered before; as a writer's
 *                                     call, if the NameNode asks for a retry (RetriableException)
 * @param random in [0, 1)
 */
export function namenodeRetryDelayMs(rule: NamenodeRetryRule, failed: FailedCall, random: number): number | undefined {
  const { error, failures, wasReached, forWriter, closingMs } = failed;
  const isLost = LOST_CODES.has(errorCode(error) ?? '');
  const asksForIt = isHadoopError(error, 'RetriableException');
  if (!isLost && !asksForIt && !isHadoopError(error, 'SafeModeException')) return undefined;
  if (isLost && failures === 0) return 0;
  if (isLost && closingMs !== undefined) {
    const { connectRetries, connectRetryIntervalMs } = rule;
    return closingMs < connectRetries * connectRetryIntervalMs ? connectRetryIntervalMs : undefined;
  }
  if (rule.policy.length > 0) return policyDelayMs(rule.policy, failures, random);
  if (forWriter || asksForIt) return writerDelayMs(failures);
  return isLost && wasReached && failures <= rule.connectRetries ? rule.connectRetryIntervalMs : undefined;
}

function policyDelayMs(policy: NamenodeRetryRule['policy'], failures: number, random: number): number | undefined {
  let left = failures;
  for (const { meanMs, times } of policy) {
    if (left < times) return meanMs * (0.5 + random);
    left -= times;
  }
  return undefined;
}

function writerDelayMs(failures: number): number | undefined {
  let waitedMs = 0;
  for (let i = 0; ; i++) {
    const delayMs = Math.min(WRITER_DELAY_MS * 2 ** i, WRITER_DELAY_MAX_MS);
    waitedMs += delayMs;
    if (waitedMs > WRITER_WAIT_MS) return undefined;
    if (i === failures) return delayMs;
  }
}

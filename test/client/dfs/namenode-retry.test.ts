// Tests whether and when a failed call to the NameNode is sent again.
import { describe, expect, it } from 'vitest';
import { namenodeRetryDelayMs, namenodeRetryRule } from '../../../client/dfs/namenode-retry.ts';
import { Configuration } from '../../../conf/configuration.ts';
import { hadoopError } from '../../../runtime/errors.ts';

const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
const timedOut = Object.assign(new Error('late'), { code: 'ETIMEDOUT' });
const safeMode = hadoopError('SafeModeException', 'Name node is in safe mode');
const retriable = hadoopError('RetriableException', 'not now');
const denied = hadoopError('AccessControlException', 'no');

/** Returns the pauses between the tries of a call that always fails in the same way. */
function delays(
  error: unknown,
  facts: { wasReached?: boolean; forWriter?: boolean; closingMs?: number } = {},
  properties: Record<string, string> = {},
): number[] {
  const rule = namenodeRetryRule(new Configuration(properties));
  const all: number[] = [];
  for (let failures = 0; ; failures++) {
    const failed = { error, failures, wasReached: false, forWriter: false, ...facts };
    const delayMs = namenodeRetryDelayMs(rule, failed, 0.5);
    if (delayMs === undefined) return all;
    all.push(delayMs);
  }
}

describe('a call of the NameNode that failed', () => {
  it('is sent again once, at once, and then given up if no NameNode ever answered', () => {
    expect(delays(refused)).toEqual([0]);
  });

  // The settings are ipc.client.connect.max.retries and ipc.client.connect.retry.interval.
  it('is sent again while a NameNode that answered before restarts', () => {
    expect(delays(refused, { wasReached: true })).toEqual([0, ...Array.from({ length: 10 }, () => 1000)]);
    const properties = { 'ipc.client.connect.max.retries': '2', 'ipc.client.connect.retry.interval': '50' };
    expect(delays(refused, { wasReached: true }, properties)).toEqual([0, 50, 50]);
  });

  it('is sent again for a minute when a file being written depends on it', () => {
    for (const error of [refused, safeMode, retriable]) {
      const all = delays(error, { forWriter: true });
      expect(all.slice(error === refused ? 1 : 0, 4).every((ms) => ms >= 100)).toBe(true);
      const sum = all.reduce((a, b) => a + b, 0);
      expect(sum).toBeGreaterThan(50_000);
      expect(sum).toBeLessThanOrEqual(60_000);
    }
  });

  it('is sent again for as long as the IPC client tries when the client closes meanwhile', () => {
    const next = (closingMs: number, error: unknown = refused) => {
      const failed = { error, failures: 3, wasReached: true, forWriter: true, closingMs };
      return namenodeRetryDelayMs(namenodeRetryRule(new Configuration({})), failed, 0.5);
    };
    expect([next(0), next(9999), next(10_000)]).toEqual([1000, 1000, undefined]);
    // The NameNode answers, so the call waits for the end of its safe mode.
    expect(next(10_000, safeMode)).toBeGreaterThan(0);
  });

  it('is not sent again in safe mode otherwise, unless the NameNode asks for it', () => {
    expect(delays(safeMode, { wasReached: true })).toEqual([]);
    expect(delays(retriable, { wasReached: true })).not.toEqual([]);
  });

  // dfs.client.retry.policy.enabled and .spec configure Hadoop's MultipleLinearRandomRetry.
  it('follows the policy when one is enabled', () => {
    const properties = { 'dfs.client.retry.policy.enabled': 'true', 'dfs.client.retry.policy.spec': '10,2,30,1' };
    expect(delays(safeMode, {}, properties)).toEqual([10, 10, 30]);
    expect(delays(refused, {}, properties)).toEqual([0, 10, 30]);
    const wrong = { 'dfs.client.retry.policy.enabled': 'true', 'dfs.client.retry.policy.spec': '10,2,30' };
    expect(() => delays(safeMode, {}, wrong)).toThrow('Illegal value of dfs.client.retry.policy.spec: 10,2,30');
  });

  it('is not sent again after any other failure', () => {
    for (const error of [timedOut, denied, new Error('odd')]) {
      expect(delays(error, { wasReached: true, forWriter: true })).toEqual([]);
    }
  });
});

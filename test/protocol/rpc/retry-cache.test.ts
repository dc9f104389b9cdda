// RetryCache answers a repeated call with the answer of the first call.
import v8 from 'node:v8';
import vm from 'node:vm';
import { expect, test, vi } from 'vitest';
import { RetryCache } from '../../../protocol/rpc/retry-cache.ts';
import { deferred } from '../../../runtime/promises.ts';
import { until } from '../../support/until.ts';

v8.setFlagsFromString('--expose-gc');
const collectGarbage: () => void = vm.runInNewContext('gc');

const CLIENT = Buffer.alloc(16, 1);
const MINUTE_MS = 60_000;

test('a call runs once for its client id and call id', async () => {
  const cache = new RetryCache<string>();
  const run = vi.fn(async () => 'answer');
  expect(await cache.run(CLIENT, 1, 0, run)).toBe('answer');
  expect(await cache.run(CLIENT, 1, MINUTE_MS, run)).toBe('answer');
  expect(run).toHaveBeenCalledTimes(1);
  await cache.run(CLIENT, 2, MINUTE_MS, run);
  await cache.run(Buffer.alloc(16, 2), 1, MINUTE_MS, run);
  expect(run).toHaveBeenCalledTimes(3);
});

test('a repeat of a call in progress waits for its answer', async () => {
  const cache = new RetryCache<string>();
  const { promise, resolve } = deferred<string>();
  const second = vi.fn(async () => 'second');
  const answers = Promise.all([cache.run(CLIENT, 1, 0, () => promise), cache.run(CLIENT, 1, 1, second)]);
  resolve('first');
  expect(await answers).toEqual(['first', 'first']);
  expect(second).not.toHaveBeenCalled();
});

test('a failed call runs again, as in Hadoop', async () => {
  const cache = new RetryCache<string>();
  await expect(cache.run(CLIENT, 1, 0, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await cache.run(CLIENT, 1, 1, async () => 'yes')).toBe('yes');
});

test('nothing of a failed call is kept: neither its ids nor its error', async () => {
  const cache = new RetryCache<string>();
  const errors: WeakRef<Error>[] = [];
  for (let id = 0; id < 100; id++) {
    const fail = async () => {
      const error = new Error('no');
      errors.push(new WeakRef(error));
      throw error;
    };
    await cache.run(CLIENT, id, 0, fail).catch(() => undefined);
  }
  expect(cache.size).toBe(0);
  await until(() => {
    collectGarbage();
    return errors.every((error) => error.deref() === undefined);
  }, 'every error of a failed call is collected');
});

test('a call that runs is never removed to make room', async () => {
  const cache = new RetryCache<number>({ entriesMax: 2, expiryMs: MINUTE_MS });
  const { promise, resolve } = deferred<number>();
  const first = cache.run(CLIENT, 0, 0, () => promise);
  for (let id = 1; id < 10; id++) await cache.run(CLIENT, id, 2 * id * MINUTE_MS, async () => id);
  const repeated = cache.run(CLIENT, 0, 30 * MINUTE_MS, async () => -1);
  resolve(7);
  expect(await Promise.all([first, repeated])).toEqual([7, 7]);
});

test('an answer is kept for 10 minutes (dfs.namenode.retrycache.expirytime.millis)', async () => {
  const cache = new RetryCache<number>();
  await cache.run(CLIENT, 1, 0, async () => 1);
  expect(await cache.run(CLIENT, 1, 10 * MINUTE_MS - 1, async () => 2)).toBe(1);
  expect(await cache.run(CLIENT, 1, 10 * MINUTE_MS, async () => 3)).toBe(3);
});

test('the oldest answers make room for new ones', async () => {
  const cache = new RetryCache<number>({ entriesMax: 3, expiryMs: 10 * MINUTE_MS });
  for (let id = 0; id < 10; id++) await cache.run(CLIENT, id, id, async () => id);
  expect(cache.size).toBe(3);
  expect(await cache.run(CLIENT, 9, 11, async () => -1)).toBe(9);
  expect(await cache.run(CLIENT, 0, 11, async () => -1)).toBe(-1);
});

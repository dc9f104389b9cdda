// Tests that the block reports of one DataNode are processed one after the other, and which process is the DataNode.
import { expect, test, vi } from 'vitest';
import { ReportTurns } from '../../../../namenode/rpc/datanodes/report-turns.ts';
import { deferred } from '../../../../runtime/promises.ts';

const CLIENT = new Uint8Array(16).fill(7);
const callOf = (callId: number) => ({ clientId: CLIENT, callId });
const HEARTBEAT_MS = 3000;

/** The turns of a NameNode whose clock is the one that vitest simulates. */
const newTurns = () => new ReportTurns({ now: Date.now, monotonicMs: Date.now }, HEARTBEAT_MS);

test('a report waits for the reports of its DataNode before it, and not for those of another', async () => {
  const turns = newTurns();
  const taken: string[] = [];
  const slow = deferred();
  const first = turns.take('a', callOf(1), async () => {
    await slow.promise;
    taken.push('a 1');
  });
  const second = turns.take('a', callOf(2), async () => void taken.push('a 2'));
  await turns.take('b', callOf(3), async () => void taken.push('b'));
  expect(taken).toEqual(['b']);
  slow.resolve();
  await Promise.all([first, second]);
  expect(taken).toEqual(['b', 'a 1', 'a 2']);
});

test('a report that fails tells its own caller alone, and the next one has its turn', async () => {
  const turns = newTurns();
  const first = turns.take('a', callOf(1), async () => {
    throw new Error('cut short');
  });
  const second = turns.take('a', callOf(2), async () => undefined);
  await expect(first).rejects.toThrow('cut short');
  await expect(second).resolves.toBeUndefined();
});

const NEWER = new Uint8Array(16).fill(8);
const THIRD = new Uint8Array(16).fill(9);

test('a late registration of an earlier process is refused, and its reports are dropped', async () => {
  const turns = newTurns();
  const older = { clientId: CLIENT, callId: 9 };
  const newer = { clientId: NEWER, callId: 0 };
  await turns.register('a', older, 'h1:9866');
  await turns.register('a', newer, 'h1:9866');
  const refusal = 'A newer process of the DataNode a has registered since';
  await expect(turns.register('a', older, 'h1:9866')).rejects.toThrow(refusal);
  const taken: string[] = [];
  await turns.take('a', { ...older, callId: 10 }, async () => void taken.push('older'));
  await turns.take('a', { ...newer, callId: 1 }, async () => void taken.push('newer'));
  expect(taken).toEqual(['newer']);
});

const first = (callId: number) => ({ clientId: CLIENT, callId });
const second = (callId: number) => ({ clientId: NEWER, callId });
const REFUSAL = /is a copy of that of the DataNode at h1:9866, which is alive.* empty dfs\.datanode\.data\.dir/;

// Blocks that a process on a copied directory was given would be lost when it is refused.
test('a process at another address is refused, without having been the DataNode, if the one before goes on', async () => {
  vi.useFakeTimers();
  try {
    const turns = newTurns();
    await turns.register('a', first(0), 'h1:9866');
    const registered = turns.register('a', second(0), 'h2:9866').then(
      () => 'registered',
      (e: unknown) => String(e),
    );
    for (const callId of [1, 2]) {
      await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
      expect(turns.heartbeat('a', first(callId))).toBe('current');
    }
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
    expect(await registered).toMatch(REFUSAL);
    expect(() => turns.heartbeat('a', second(1))).toThrow(REFUSAL);
    await expect(turns.register('a', second(2), 'h2:9866')).rejects.toThrow(REFUSAL);
    expect(turns.heartbeat('a', first(3))).toBe('current');
  } finally {
    vi.useRealTimers();
  }
});

test('a process at another address registers when the one before was silent, and at once when its connection is closed', async () => {
  vi.useFakeTimers();
  try {
    const turns = newTurns();
    await turns.register('a', first(0), 'h1:9866');
    let isRegistered = false;
    const registered = turns.register('a', second(0), 'h2:9866').then(() => {
      isRegistered = true;
    });
    // A last heartbeat that was under way.
    turns.heartbeat('a', first(1));
    await vi.advanceTimersByTimeAsync(2 * HEARTBEAT_MS);
    expect(isRegistered).toBe(false);
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
    await registered;
    turns.heartbeat('a', { ...second(1), isConnected: () => false });
    await turns.register('a', { clientId: THIRD, callId: 0 }, 'h3:9866');
    expect(turns.heartbeat('a', { clientId: THIRD, callId: 1 })).toBe('current');
  } finally {
    vi.useRealTimers();
  }
});

test('a process that waits for its registration gives up with its connection', async () => {
  const turns = newTurns();
  await turns.register('a', first(0), 'h1:9866');
  const waiting = turns.register('a', { ...second(0), isConnected: () => false }, 'h2:9866');
  await expect(waiting).rejects.toThrow('The DataNode has closed its connection');
});

test('of two processes at one address that both go on, the first stays and the second is told of its copied directory', async () => {
  const turns = newTurns();
  await turns.register('a', first(0), 'h1:9866');
  expect(turns.heartbeat('a', first(1))).toBe('current');
  await turns.register('a', second(0), 'h1:9866');
  expect(turns.heartbeat('a', second(1))).toBe('current');
  // Copies of the same heartbeat, however many and however late, are no sign of life.
  expect([1, 2, 2, 1].map((id) => turns.heartbeat('a', first(id)))).toEqual(['former', 'former', 'former', 'former']);
  expect(turns.heartbeat('a', first(3))).toBe('returns');
  await turns.register('a', first(4), 'h1:9866');
  expect(turns.heartbeat('a', first(5))).toBe('current');
  expect(() => turns.heartbeat('a', second(2))).toThrow(REFUSAL);
  await expect(turns.register('a', second(3), 'h1:9866')).rejects.toThrow(REFUSAL);
});

test('a process that was killed and started again takes the place of the one before, whose last heartbeat comes late', async () => {
  const turns = newTurns();
  await turns.register('a', first(0), 'h1:9866');
  await turns.register('a', second(0), 'h1:9866');
  expect(turns.heartbeat('a', first(7))).toBe('former');
  expect(turns.heartbeat('a', second(1))).toBe('current');
});

// As in ReportOrder: a call id below the last one of the same client belongs to a late report.
test('a report that comes late is dropped; one that failed does not make its repeat late', async () => {
  const turns = newTurns();
  const taken: number[] = [];
  const take = (callId: number) => turns.take('a', callOf(callId), async () => void taken.push(callId));
  await take(5);
  await take(4);
  expect(taken).toEqual([5]);
  await expect(turns.take('a', callOf(9), async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await take(6);
  expect(taken).toEqual([5, 6]);
});

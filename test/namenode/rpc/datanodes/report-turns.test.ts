// Tests that the block reports of one DataNode are processed one after the other.
import { expect, test } from 'vitest';
import { ReportTurns } from '../../../../namenode/rpc/datanodes/report-turns.ts';
import { deferred } from '../../../../runtime/promises.ts';

const CLIENT = new Uint8Array(16).fill(7);
const callOf = (callId: number) => ({ clientId: CLIENT, callId });

test('a report waits for the reports of its DataNode before it, and not for those of another', async () => {
  const turns = new ReportTurns();
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
  const turns = new ReportTurns();
  const first = turns.take('a', callOf(1), async () => {
    throw new Error('cut short');
  });
  const second = turns.take('a', callOf(2), async () => undefined);
  await expect(first).rejects.toThrow('cut short');
  await expect(second).resolves.toBeUndefined();
});

const NEWER = new Uint8Array(16).fill(8);

test('a late registration of an earlier process is refused, and its reports are dropped', async () => {
  const turns = new ReportTurns();
  const older = { clientId: CLIENT, callId: 9 };
  const newer = { clientId: NEWER, callId: 0 };
  turns.register('a', older, 'h1:9866');
  turns.register('a', newer, 'h2:9866');
  expect(() => turns.register('a', older, 'h1:9866')).toThrow('A newer process of the DataNode a has registered since');
  const taken: string[] = [];
  await turns.take('a', { ...older, callId: 10 }, async () => void taken.push('older'));
  await turns.take('a', { ...newer, callId: 1 }, async () => void taken.push('newer'));
  expect(taken).toEqual(['newer']);
});

test('of two processes with one uuid that both go on, the first stays and the second is told of its copied directory', () => {
  const turns = new ReportTurns();
  const first = (callId: number) => ({ clientId: CLIENT, callId });
  const second = (callId: number) => ({ clientId: NEWER, callId });
  turns.register('a', first(0), 'h1:9866');
  expect(turns.heartbeat('a', first(1))).toBe('current');
  turns.register('a', second(0), 'h2:9866');
  expect(turns.heartbeat('a', second(1))).toBe('current');
  // Copies of the same heartbeat, however many and however late, are no sign of life.
  expect([1, 2, 2, 1].map((id) => turns.heartbeat('a', first(id)))).toEqual(['former', 'former', 'former', 'former']);
  expect(turns.heartbeat('a', first(3))).toBe('returns');
  turns.register('a', first(4), 'h1:9866');
  expect(turns.heartbeat('a', first(5))).toBe('current');
  const refusal = /is a copy of that of the DataNode at h1:9866, which is alive.* empty dfs\.datanode\.data\.dir/;
  expect(() => turns.heartbeat('a', second(2))).toThrow(refusal);
  expect(() => turns.register('a', second(3), 'h2:9866')).toThrow(refusal);
});

test('a process that was killed and started again takes the place of the one before, whose last heartbeat comes late', () => {
  const turns = new ReportTurns();
  turns.register('a', { clientId: CLIENT, callId: 0 }, 'h1:9866');
  turns.register('a', { clientId: NEWER, callId: 0 }, 'h1:9866');
  expect(turns.heartbeat('a', { clientId: CLIENT, callId: 7 })).toBe('former');
  expect(turns.heartbeat('a', { clientId: NEWER, callId: 1 })).toBe('current');
});

// As in ReportOrder: a call id below the last one of the same client belongs to a late report.
test('a report that comes late is dropped; one that failed does not make its repeat late', async () => {
  const turns = new ReportTurns();
  const taken: number[] = [];
  const take = (callId: number) => turns.take('a', callOf(callId), async () => void taken.push(callId));
  await take(5);
  await take(4);
  expect(taken).toEqual([5]);
  await expect(turns.take('a', callOf(9), async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await take(6);
  expect(taken).toEqual([5, 6]);
});

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

test('a registration of an earlier process is refused, and its reports are dropped', async () => {
  const turns = new ReportTurns();
  const older = { clientId: CLIENT, callId: 9 };
  const newer = { clientId: new Uint8Array(16).fill(8), callId: 0 };
  turns.register('a', older);
  turns.register('a', newer);
  expect(() => turns.register('a', older)).toThrow('A newer process of the DataNode a has registered since');
  const taken: string[] = [];
  await turns.take('a', { ...older, callId: 10 }, async () => void taken.push('older'));
  await turns.take('a', { ...newer, callId: 1 }, async () => void taken.push('newer'));
  expect(taken).toEqual(['newer']);
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

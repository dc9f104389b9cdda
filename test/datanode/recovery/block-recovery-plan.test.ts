// The plan of a block recovery (Hadoop: BlockRecoveryWorker.syncBlock).
import { describe, expect, test } from 'vitest';
import { planRecovery } from '../../../datanode/recovery/block-recovery-plan.ts';

describe('block-recovery-plan: which replicas survive, at what length', () => {
  const replica = (state: 'FINALIZED' | 'RBW' | 'RWR', numBytes: number, generationStamp = 1) => ({
    state,
    numBytes,
    generationStamp,
  });

  test('finalized replicas settle the length; an RBW replica of that length joins them', () => {
    const [f, r, short] = [replica('FINALIZED', 100), replica('RBW', 100), replica('RBW', 90)];
    expect(planRecovery([f, r, short], 1)).toEqual({ participants: [f, r], newLength: 100 });
  });

  test('otherwise the best state wins, at its shortest length', () => {
    const [a, b, w] = [replica('RBW', 100), replica('RBW', 80), replica('RWR', 10)];
    expect(planRecovery([a, b, w], 1)).toEqual({ participants: [a, b], newLength: 80 });
    expect(planRecovery([w], 1)).toEqual({ participants: [w], newLength: 10 });
  });

  test('older generations and empty replicas do not count', () => {
    expect(planRecovery([replica('FINALIZED', 5, 1), replica('RBW', 0, 2)], 2)).toEqual({
      participants: [],
      newLength: 0,
    });
  });

  test('the longest finalized or RWR replica counts: a loss of power may have cut others off', () => {
    for (const state of ['FINALIZED', 'RWR'] as const) {
      const [cut, whole] = [replica(state, 5), replica(state, 6)];
      expect(planRecovery([cut, whole], 1)).toEqual({ participants: [whole], newLength: 6 });
    }
  });

  test('a truncate takes every replica that is long enough, also those that an earlier try of it has cut', () => {
    const [whole, done, lost] = [replica('FINALIZED', 100), replica('FINALIZED', 40, 2), replica('FINALIZED', 7)];
    expect(planRecovery([whole, done, lost], 1, 40)).toEqual({ participants: [whole, done], newLength: 40 });
    expect(() => planRecovery([lost], 1, 40)).toThrow('No replica has the 40 bytes');
  });
});

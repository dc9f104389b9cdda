// The phases of a task add up to its time: a phase within another one is counted once.
import { expect, it, vi } from 'vitest';
import { PHASE_GROUP } from '../../../mapreduce/job/counter-names.ts';
import { Counters } from '../../../mapreduce/job/counters.ts';
import { inPhase, inShortPhase } from '../../../mapreduce/job/phase-times.ts';
import { systemClock } from '../../../runtime/runtime.ts';

it('the time of an inner phase is not counted in the outer one, also when the work fails', async () => {
  let now = 1000;
  const spy = vi.spyOn(systemClock, 'monotonicMs').mockImplementation(() => now);
  try {
    const counters = new Counters();
    const mapping = inPhase(counters, 'MAP_MILLIS', async () => {
      now += 10;
      inShortPhase(counters, 'SPILL_MILLIS', () => {
        now += 3.4;
      });
      now += 5;
      throw new Error('bad record');
    });
    await expect(mapping).rejects.toThrow('bad record');
    expect(counters.toJson()).toEqual({ [PHASE_GROUP]: { SPILL_MILLIS: 3, MAP_MILLIS: 15 } });
  } finally {
    spy.mockRestore();
  }
});

/** The times of the phases of a task, as counters: they tell where a slow job spends its time. */
import { systemClock } from '../../runtime/runtime.ts';
import { PHASE_GROUP, PHASES, type PhaseName } from './counter-names.ts';
import type { Counters } from './counters.ts';

/**
 * Runs a part of a task, and adds its time to the counter of the phase. The time of phases within it is theirs alone, so that
 * the phases of a task add up to its time.
 */
export async function inPhase<T>(counters: Counters, phase: PhaseName, work: () => Promise<T>): Promise<T> {
  const end = begin(counters, phase);
  try {
    return await work();
  } finally {
    end();
  }
}

/** As inPhase(), for work that waits for nothing. */
export function inShortPhase<T>(counters: Counters, phase: PhaseName, work: () => T): T {
  const end = begin(counters, phase);
  try {
    return work();
  } finally {
    end();
  }
}

function begin(counters: Counters, phase: PhaseName): () => void {
  const beganMs = systemClock.monotonicMs();
  const before = sum(counters);
  return () => {
    const inner = sum(counters) - before;
    counters.add(PHASE_GROUP, phase, Math.max(0, Math.round(systemClock.monotonicMs() - beganMs) - inner));
  };
}

const sum = (counters: Counters): number =>
  PHASES.reduce((total, phase) => total + counters.get(PHASE_GROUP, phase), 0);

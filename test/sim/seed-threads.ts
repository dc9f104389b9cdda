// Runs seeds of this simulator in worker threads.
import { loadBundle } from './bundle/bundle.ts';
import { runSeed } from './simulation.ts';
import { runInThreads, serveSeeds } from './threads.ts';
import type { Violation } from './world/promises.ts';

export interface SeedReport {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly coverage: readonly (readonly [string, number])[];
  readonly events: number;
  readonly simulatedMs: number;
  readonly faults: number;
  readonly bytesVerified: number;
  readonly callsChecked: number;
  readonly callsTimed: number;
}

/** Runs in a worker thread: runs each seed that the main thread sends. */
export function serve(): void {
  serveSeeds((text, root) => {
    const bundle = loadBundle(text, root);
    return async (seed): Promise<SeedReport> => {
      const { trace: _trace, digest: _digest, coverage, ...result } = await runSeed(seed, bundle);
      return { ...result, coverage: [...coverage.counts] };
    };
  });
}

/**
 * Runs seeds on all threads until `take` has received every result or returns that no more are needed.
 * @param seeds.step distance between seeds, 1 when absent
 */
export const runSeeds = (
  text: string,
  seeds: { first: number; count: number; threads: number; step?: number },
  take: (report: SeedReport) => boolean,
): Promise<void> => runInThreads(text, seeds, take);

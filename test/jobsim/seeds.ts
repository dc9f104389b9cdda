// Runs seeds of the simulator of jobs in worker threads.
import { runInThreads, serveSeeds } from '../sim/threads.ts';
import { loadBundle } from './bundle.ts';
import { runSeed, type SeedResult } from './simulation.ts';

/** Runs in a worker thread: runs each seed that the main thread sends. */
export function serve(): void {
  serveSeeds((text, root) => {
    const bundle = loadBundle(text, root);
    return (seed) => runSeed(seed, bundle);
  });
}

/** Runs seeds on all threads until `take` has received every result or returns that no more are needed. */
export const runSeeds = (
  text: string,
  seeds: { first: number; count: number; threads: number },
  take: (result: SeedResult) => boolean,
): Promise<void> => runInThreads(text, seeds, take);

// Runs seeds in worker threads: each thread loads the programs once and runs the seeds that the main thread sends.
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { loadBundle } from './bundle/bundle.ts';
import { runSeed } from './simulation.ts';
import type { Violation } from './world/promises.ts';

/** Data that a worker thread starts with. */
interface Work {
  readonly text: string;
  readonly root: string;
}
export interface SeedReport {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly coverage: readonly (readonly [string, number])[];
  readonly events: number;
  readonly simulatedMs: number;
  readonly faults: number;
  readonly bytesVerified: number;
}

/** Runs in a worker thread: runs each seed that the main thread sends. */
export function serve(): void {
  const { text, root: sources } = workerData as Work;
  // The programs make thousands of errors whose stacks are not read: making them would cost time.
  Error.stackTraceLimit = 0;
  const bundle = loadBundle(text, sources);
  parentPort?.on('message', async (seed: number) => {
    const { violation, coverage, events, simulatedMs, faults, bytesVerified } = await runSeed(seed, bundle);
    const report: SeedReport = {
      seed,
      violation,
      coverage: [...coverage.counts],
      events,
      simulatedMs,
      faults,
      bytesVerified,
    };
    parentPort?.postMessage(report);
  });
}

/** Runs seeds on all threads until `take` has received every result or returns that no more are needed. */
export async function runSeeds(
  text: string,
  seeds: { first: number; count: number; threads: number },
  take: (report: SeedReport) => boolean,
): Promise<void> {
  let next = seeds.first;
  let isEnough = false;
  const oneThread = async (): Promise<void> => {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { text, root: process.cwd() } satisfies Work,
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    });
    await new Promise<void>((resolve, reject) => {
      const more = (): void => {
        if (isEnough || next >= seeds.first + seeds.count) resolve();
        else worker.postMessage(next++);
      };
      worker.on('error', reject);
      worker.on('message', (report: SeedReport) => {
        if (!isEnough) isEnough = take(report);
        more();
      });
      more();
    });
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: Math.min(seeds.threads, seeds.count) }, oneThread));
}

// Runs seeds of a simulator in worker threads: each thread loads the programs once and runs the seeds that it is sent.
import { parentPort, Worker, workerData } from 'node:worker_threads';

/** Data that a worker thread starts with: the bundled programs, and the directory of their sources. */
interface Work {
  readonly text: string;
  readonly root: string;
}

/** Runs in a worker thread: answers each seed that the main thread sends with its report. */
export function serveSeeds<Report>(prepare: (text: string, root: string) => (seed: number) => Promise<Report>): void {
  const { text, root } = workerData as Work;
  // The programs make thousands of errors whose stacks are not read: making them would cost time.
  Error.stackTraceLimit = 0;
  const run = prepare(text, root);
  parentPort?.on('message', async (seed: number) => parentPort?.postMessage(await run(seed)));
}

/**
 * Runs seeds on all threads until `take` has received every report or returns that no more are needed. The threads run
 * the program of the main thread, which calls serveSeeds() in them.
 * @param seeds.step distance between seeds, 1 when absent
 */
export async function runInThreads<Report>(
  text: string,
  seeds: { first: number; count: number; threads: number; step?: number },
  take: (report: Report) => boolean,
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
        else {
          worker.postMessage(next);
          next += seeds.step ?? 1;
        }
      };
      worker.on('error', reject);
      worker.on('message', (report: Report) => {
        if (!isEnough) isEnough = take(report);
        more();
      });
      more();
    });
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: Math.min(seeds.threads, seeds.count) }, oneThread));
}

/** Runs a job with a bar for its progress, on a terminal. */
import type { JobClientOptions } from '../../mapreduce/engines/job-client.ts';

/** Runs a job. On a terminal a bar takes the place of the progress lines. */
export async function withJobProgress(run: (console: Partial<JobClientOptions>) => Promise<number>): Promise<number> {
  if (!process.stderr.isTTY || !process.stdout.isTTY) return run({});
  const { JobProgress } = await import('./job-progress.ts');
  const progress = await JobProgress.open(process.stderr);
  try {
    return await run(progress.outputs);
  } finally {
    progress.stop();
  }
}

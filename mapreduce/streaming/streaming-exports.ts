/** The built-in program `streaming`, as the submission and the tasks load it: at its first use. */
import type { Configuration } from '../../conf/configuration.ts';

/** The name by which the built-in program is known, beside those of the examples. */
export const STREAMING = 'streaming';

/** Returns the module of the built-in program: its default export is the job that the properties ask for. */
export async function streamingExports(conf: Configuration): Promise<Record<string, unknown>> {
  const { streamingJob } = await import('./streaming-job.ts');
  return { default: streamingJob(conf) };
}

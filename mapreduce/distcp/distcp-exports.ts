/** The built-in program `distcp`, as the submission and the tasks load it: at its first use. */
import type { Configuration } from '../../conf/configuration.ts';

/** The name by which the built-in program is known, beside those of the examples. */
export const DISTCP = 'distcp';

/** Returns the module of the built-in program: its default export is the job that the properties ask for. */
export async function distCpExports(conf: Configuration): Promise<Record<string, unknown>> {
  const { distCpJob } = await import('./distcp-job.ts');
  return { default: distCpJob(conf) };
}

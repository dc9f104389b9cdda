/** The token of a job, by which its tasks fetch the outputs of its maps (Hadoop's job token). */
import type { SharedSecret } from '../../runtime/http/shared-secret.ts';

/** Returns the token. A task that has it can not find out the secret, nor the token of another job. */
export function jobToken(secret: SharedSecret, jobId: string): string {
  return secret.mac('shuffle', jobId);
}

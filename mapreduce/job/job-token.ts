/** The token of a job, by which its tasks fetch the outputs of its maps (Hadoop's job token). */
import type { ClusterSecret } from '../../runtime/http/cluster-secret.ts';

/** Returns the token. A task that has it can not find out the secret, nor the token of another job. */
export function jobToken(secret: ClusterSecret, jobId: string): string {
  return secret.derive(`shuffle of ${jobId}`);
}

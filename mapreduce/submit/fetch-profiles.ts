/** Brings the CPU profiles of a job's tasks into the working directory of its client. */
import fs from 'node:fs';
import path from 'node:path';
import type { Configuration } from '../../conf/configuration.ts';
import { parseAttemptId } from '../job/job-id.ts';
import type { JobService } from '../job/job-service.ts';
import { isProfiled } from '../job/profile-choice.ts';

/**
 * Writes each profile as `attempt_….cpuprofile` below `directory`. Tells of each file, and of profiles that cannot be had: their
 * TaskTracker is gone.
 * @param conf the properties of the job
 */
export async function fetchProfiles(
  service: JobService,
  jobId: string,
  conf: Configuration,
  tell: (message: string) => void,
  directory = process.cwd(),
): Promise<void> {
  if (!conf.get('mapreduce.task.profile')) return;
  for (const attempt of await service.attempts(jobId)) {
    const index = parseAttemptId(attempt.attemptId)?.index;
    const hasProfile = attempt.state === 'SUCCEEDED' || attempt.state === 'FAILED';
    if (!hasProfile || index === undefined || !isProfiled(conf, attempt.kind, index)) continue;
    const bytes = await service.profile(attempt);
    if (bytes) {
      const name = `${attempt.attemptId}.cpuprofile`;
      await fs.promises.writeFile(path.join(directory, name), bytes);
      tell(`The CPU profile of ${attempt.attemptId} is in ${name}`);
    } else tell(`${attempt.trackerId} gives no CPU profile of ${attempt.attemptId}`);
  }
}

/** Fetches the output of the attempts of a job from the TaskTrackers that ran them. */
import { request } from 'undici';
import type { JobService } from './job-service.ts';

/** Yields a heading and the text of each attempt, or of the attempt `attemptId` alone. For `mapred job -logs`. */
export async function* taskLogs(service: JobService, jobId: string, attemptId?: string): AsyncGenerator<string> {
  for (const attempt of await service.attempts(jobId)) {
    if (attemptId !== undefined && attempt.attemptId !== attemptId) continue;
    yield `Container: ${attempt.attemptId} on ${attempt.trackerId}\n${'='.repeat(80)}`;
    yield await fetchLog(attempt.httpUrl, attempt.attemptId);
  }
}

async function fetchLog(httpUrl: string, attemptId: string): Promise<string> {
  if (httpUrl === '') return 'The TaskTracker that has the logs is gone';
  const { statusCode, body } = await request(`${httpUrl}/tasklog?attemptid=${attemptId}`);
  const text = await body.text();
  return statusCode === 200 ? text : `The logs can't be had: status ${statusCode}: ${text}`;
}

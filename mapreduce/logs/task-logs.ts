/** The output of the attempts of a job, from the file system or from the TaskTrackers that ran them. */
import { request } from 'undici';
import type { Configuration } from '../../conf/configuration.ts';
import { messageOf } from '../../runtime/errors.ts';
import { FileSystems } from '../files/file-systems.ts';
import type { JobService } from '../job/job-service.ts';
import type { AttemptStatus } from '../job/messages.ts';
import { type GatheredLog, gatheredLogs } from './gathered-logs.ts';

const RULE = '='.repeat(80);

/**
 * Yields a heading and the text of each attempt, or of the attempt `attemptId` alone. For `mapred job -logs`. The logs of a
 * job that has ended are in the file system; those that are not there yet are asked of the trackers.
 */
export async function* taskLogs(
  service: JobService,
  conf: Configuration,
  jobId: string,
  attemptId?: string,
): AsyncGenerator<string> {
  const status = await service.status(jobId);
  const isWanted = (id: string): boolean => attemptId === undefined || id === attemptId;
  const seen = new Set<string>();
  await using fileSystems = new FileSystems(conf);
  for await (const log of gatheredLogs(conf, { jobId, user: status?.user ?? '' }, fileSystems)) {
    if (!isWanted(log.attemptId)) continue;
    if (!seen.has(log.attemptId)) yield headingOf(log.attemptId, `tracker_${log.node.replace('_', ':')}`);
    seen.add(log.attemptId);
    yield `Log Type:${log.log}\nLog Contents:\n${await textOf(log)}\n`;
  }
  for (const attempt of await service.attempts(jobId)) {
    if (!isWanted(attempt.attemptId) || seen.has(attempt.attemptId)) continue;
    yield headingOf(attempt.attemptId, attempt.trackerId);
    yield await fetchLog(attempt, status?.finishTimeMs !== 0);
  }
}

const headingOf = (attemptId: string, trackerId: string): string => `Container: ${attemptId} on ${trackerId}\n${RULE}`;

async function textOf(log: GatheredLog): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of log.content()) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function fetchLog({ httpUrl, attemptId }: AttemptStatus, hasEnded: boolean): Promise<string> {
  const gone = hasEnded ? 'The attempt has printed nothing, or its TaskTracker is gone' : 'The TaskTracker is gone';
  if (httpUrl === '') return gone;
  try {
    const { statusCode, body } = await request(`${httpUrl}/tasklog?attemptid=${attemptId}`);
    const text = await body.text();
    return statusCode === 200 ? text : `The logs can't be had: status ${statusCode}: ${text}`;
  } catch (e) {
    return `${gone}: ${messageOf(e)}`;
  }
}

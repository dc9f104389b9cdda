/** The list of jobs, page by page: those in memory and those in the history, by their ids. */
import { compareJobIds } from '../../job/job-id.ts';
import type { JobStatus } from '../../job/messages.ts';
import type { JobHistory } from '../history/job-history.ts';
import type { JobMaster } from '../master/job-master.ts';

/** Returns the latest `limit` jobs before the job `before`, or of all jobs, the oldest first. */
export async function jobsBefore(
  master: JobMaster,
  history: JobHistory,
  before: string | undefined,
  limit: number,
): Promise<JobStatus[]> {
  const inMemory = new Map(master.jobs().map((job) => [job.jobId, job]));
  const live = [...inMemory.keys()].filter((id) => before === undefined || compareJobIds(id, before) < 0);
  const ids = [...new Set([...history.idsBefore(before, limit), ...live])].sort(compareJobIds).slice(-limit);
  const jobs = await Promise.all(ids.map(async (id) => inMemory.get(id) ?? (await history.get(id))?.status));
  return jobs.filter((job) => job !== undefined);
}

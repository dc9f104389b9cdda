/** The caches of the jobs of one TaskTracker: each job's files are brought here once. */
import path from 'node:path';
import type { Configuration } from '../../conf/configuration.ts';
import { awaitedLater, settled } from '../../runtime/promises.ts';
import { FileSystems } from '../files/file-systems.ts';
import type { JobDescription } from '../job/messages.ts';
import { type CacheEntry, cacheEntries } from './cache-entries.ts';
import type { LocalEntry } from './working-directory.ts';

/** The part of a job's directory that holds the files of its cache, as in Hadoop. */
const DIRECTORY = 'filecache';

export class JobCaches {
  readonly #jobDirectory: (jobId: string) => string;
  readonly #jobs = new Map<string, Promise<readonly LocalEntry[]>>();

  constructor(jobDirectory: (jobId: string) => string) {
    this.#jobDirectory = jobDirectory;
  }

  /**
   * Returns the local files of a job, once they are here; undefined at once for a job that has no cache. After a failure,
   * the next call tries again.
   * @param conf the properties of the tracker and of the job
   */
  of(job: JobDescription, conf: Configuration): Promise<readonly LocalEntry[]> | undefined {
    const entries = cacheEntries(conf);
    if (entries.length === 0) return undefined;
    const known = this.#jobs.get(job.jobId);
    if (known) return known;
    const bringing = awaitedLater(this.#bring(job, conf, entries));
    this.#jobs.set(job.jobId, bringing);
    bringing.catch(() => {
      if (this.#jobs.get(job.jobId) === bringing) this.#jobs.delete(job.jobId);
    });
    return bringing;
  }

  /** Forgets a job, once nothing is being brought for it any more. Its directory is the caller's to delete. */
  async forget(jobId: string): Promise<void> {
    const bringing = this.#jobs.get(jobId);
    this.#jobs.delete(jobId);
    if (bringing) await settled(bringing);
  }

  async #bring(job: JobDescription, conf: Configuration, entries: readonly CacheEntry[]): Promise<LocalEntry[]> {
    // Loaded for the few jobs that need it.
    const { localize } = await import('./localize.ts');
    await using fileSystems = new FileSystems(conf, job.user);
    return await localize(entries, path.join(this.#jobDirectory(job.jobId), DIRECTORY), fileSystems);
  }
}

/** The ended jobs, one JSON file each below mapreduce.cluster.local.dir. They outlive the JobTracker. */
import fs from 'node:fs';
import path from 'node:path';
import pLimit from 'p-limit';
import type { Configuration } from '../../conf/configuration.ts';
import { errorCode, hadoopError, messageOf } from '../../runtime/errors.ts';
import { isJobId } from '../job/job-id.ts';
import type { AttemptStatus, JobStatus } from '../job/messages.ts';

/** Limits the open files, of which a process may have a certain number. */
const READS_AT_ONCE = 32;

/** An ended job as it is kept. */
export interface JobRecord {
  readonly status: JobStatus;
  readonly attempts: readonly AttemptStatus[];
}

export class JobHistory {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Makes the directory. @throws DiskErrorException if that is not possible */
  static async open(conf: Configuration): Promise<JobHistory> {
    const directory = path.join(conf.get('mapreduce.cluster.local.dir'), 'history');
    try {
      await fs.promises.mkdir(directory, { recursive: true });
    } catch (e) {
      throw hadoopError(
        'DiskErrorException',
        `The directory for ended jobs can not be made: ${messageOf(e)}. ` +
          'Set mapreduce.cluster.local.dir to a directory that this user may write to',
        e,
      );
    }
    return new JobHistory(directory);
  }

  async save(status: JobStatus, attempts: readonly AttemptStatus[]): Promise<void> {
    const record: JobRecord = { status, attempts };
    const file = this.#file(status.jobId);
    await fs.promises.writeFile(`${file}.partial`, JSON.stringify(record));
    await fs.promises.rename(`${file}.partial`, file);
  }

  /** Returns undefined for a job that is not in the history. @throws IOException for a file that can't be read */
  async get(jobId: string): Promise<JobRecord | undefined> {
    if (!isJobId(jobId)) return undefined;
    const file = this.#file(jobId);
    try {
      return JSON.parse(await fs.promises.readFile(file, 'utf8')) as JobRecord;
    } catch (e) {
      if (errorCode(e) === 'ENOENT') return undefined;
      throw hadoopError('IOException', `The history of ${jobId} can not be read from ${file}: ${messageOf(e)}`, e);
    }
  }

  /** Returns all jobs, the oldest first. @throws IOException if the directory or a file can't be read */
  async list(): Promise<JobRecord[]> {
    let names: string[];
    try {
      names = await fs.promises.readdir(this.#directory);
    } catch (e) {
      throw hadoopError('IOException', `The history ${this.#directory} can not be read: ${messageOf(e)}`, e);
    }
    const ids = names.filter((name) => name.endsWith('.json')).map((name) => path.basename(name, '.json'));
    const limit = pLimit(READS_AT_ONCE);
    const records = await Promise.all(ids.sort().map((jobId) => limit(() => this.get(jobId))));
    return records.filter((record) => record !== undefined);
  }

  #file(jobId: string): string {
    return path.join(this.#directory, `${jobId}.json`);
  }
}

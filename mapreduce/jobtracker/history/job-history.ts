/** The ended jobs, one JSON file each below mapreduce.cluster.local.dir. They outlive the JobTracker. */
import fs from 'node:fs';
import path from 'node:path';
import pLimit from 'p-limit';
import type { Configuration } from '../../../conf/configuration.ts';
import { errorCode, hadoopError, messageOf } from '../../../runtime/errors.ts';
import { makeDirectories } from '../../../runtime/files/make-directories.ts';
import { compareJobIds, isJobId } from '../../job/job-id.ts';
import type { AttemptStatus, JobStatus, JobSubmission } from '../../job/messages.ts';

/** Limits the open files, of which a process may have a certain number. */
const FILES_AT_ONCE = 32;
/** Other users of the machine read no files of jobs. */
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const FILE = /^(\w+)\.json$/;

/** An ended job as it is kept. */
export interface JobRecord {
  readonly status: JobStatus;
  readonly attempts: readonly AttemptStatus[];
  /** The job's properties; not known of jobs of older versions. */
  readonly conf?: Readonly<Record<string, string>>;
  /** Of a job whose staged files have stayed: its attempts can be run again. */
  readonly submission?: JobSubmission;
}

export class JobHistory {
  readonly #directory: string;
  /** Ids of all jobs, the oldest first: a page of the list reads the files of its own jobs alone. */
  #ids: string[];

  private constructor(directory: string, ids: string[]) {
    this.#directory = directory;
    this.#ids = ids;
  }

  /** Makes the directory. @throws DiskErrorException if that is not possible */
  static async open(conf: Configuration): Promise<JobHistory> {
    const directory = path.join(conf.get('mapreduce.cluster.local.dir'), 'history');
    try {
      await makeDirectories(directory, DIRECTORY_MODE);
      // An older version left it open to all users of the machine.
      await fs.promises.chmod(directory, DIRECTORY_MODE);
      const names = await fs.promises.readdir(directory);
      const ids = names.map((name) => FILE.exec(name)?.[1] ?? '').filter(isJobId);
      return new JobHistory(directory, ids.sort(compareJobIds));
    } catch (e) {
      throw hadoopError(
        'DiskErrorException',
        `The directory for ended jobs can not be made: ${messageOf(e)}. ` +
          'Set mapreduce.cluster.local.dir to a directory that this user may write to',
        e,
      );
    }
  }

  async save(record: JobRecord): Promise<void> {
    const { jobId } = record.status;
    const file = this.#file(jobId);
    await fs.promises.writeFile(`${file}.partial`, JSON.stringify(record), { mode: FILE_MODE });
    await fs.promises.rename(`${file}.partial`, file);
    // Jobs end nearly in the order of their ids.
    const at = this.#ids.findLastIndex((id) => compareJobIds(id, jobId) <= 0);
    if (this.#ids[at] !== jobId) this.#ids.splice(at + 1, 0, jobId);
  }

  /** Returns undefined for a job that is not in the history. @throws IOException for a file that can't be read */
  async get(jobId: string): Promise<JobRecord | undefined> {
    if (!isJobId(jobId)) return undefined;
    const file = this.#file(jobId);
    try {
      return JSON.parse(await fs.promises.readFile(file, 'utf8')) as JobRecord;
    } catch (e) {
      if (errorCode(e) === 'ENOENT' && !this.#ids.includes(jobId)) return undefined;
      throw hadoopError('IOException', `The history of ${jobId} can not be read from ${file}: ${messageOf(e)}`, e);
    }
  }

  /** Returns the ids of the latest `limit` jobs before the job `before`, the oldest first. */
  idsBefore(before: string | undefined, limit: number): string[] {
    const end =
      before === undefined ? this.#ids.length : this.#ids.findLastIndex((id) => compareJobIds(id, before) < 0) + 1;
    return this.#ids.slice(Math.max(0, end - limit), end);
  }

  /**
   * Deletes the files that were written before `timeMs`. Returns their number.
   * @param onLeaving is called with each job before its file is deleted, and the file stays if it throws
   * @throws Error for a file that can't be deleted
   */
  async deleteBefore(timeMs: number, onLeaving?: (job: JobRecord) => Promise<void>): Promise<number> {
    const limit = pLimit(FILES_AT_ONCE);
    const files = (await fs.promises.readdir(this.#directory)).map((name) => path.join(this.#directory, name));
    const times = await Promise.all(files.map((file) => limit(async () => (await fs.promises.stat(file)).mtimeMs)));
    const old = new Set(files.filter((_, i) => (times[i] ?? timeMs) < timeMs));
    this.#ids = this.#ids.filter((id) => !old.has(this.#file(id)));
    const leave = async (file: string): Promise<void> => {
      const jobId = FILE.exec(path.basename(file))?.[1];
      const job = jobId !== undefined && onLeaving ? await this.get(jobId) : undefined;
      if (job) await onLeaving?.(job);
      await fs.promises.rm(file);
    };
    await Promise.all([...old].map((file) => limit(() => leave(file))));
    return old.size;
  }

  #file(jobId: string): string {
    return path.join(this.#directory, `${jobId}.json`);
  }
}

/** The facts of all jobs that have not ended, below mapreduce.cluster.local.dir: a JobTracker that restarts reads them. */
import fs from 'node:fs';
import path from 'node:path';
import type { Configuration } from '../../../conf/configuration.ts';
import { hadoopError, messageOf } from '../../../runtime/errors.ts';
import { makeDirectories } from '../../../runtime/files/make-directories.ts';
import type { Logger } from '../../../runtime/log.ts';
import { compareJobIds, isJobId } from '../../job/job-id.ts';
import type { JobFact } from '../scheduler/facts.ts';
import { FactFile, parseFacts } from './fact-file.ts';

const DIRECTORY_MODE = 0o700;
const FILE = /^(\w+)\.facts$/;

/** Keeps the facts of jobs. */
export interface FactStore {
  append(jobId: string, fact: JobFact): void;
  /** Resolves when all facts of the job are on the disk. @throws the system's error */
  durable(jobId: string): Promise<void>;
  /** Forgets the facts of a job. */
  drop(jobId: string): Promise<void>;
}

export class FactFiles implements FactStore {
  readonly #directory: string;
  readonly #files = new Map<string, FactFile>();

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Makes the directory. @throws DiskErrorException if that is not possible */
  static async open(conf: Configuration): Promise<FactFiles> {
    const directory = path.join(conf.get('mapreduce.cluster.local.dir'), 'jobs');
    try {
      await makeDirectories(directory, DIRECTORY_MODE);
    } catch (e) {
      throw hadoopError(
        'DiskErrorException',
        `The directory for running jobs can not be made: ${messageOf(e)}. ` +
          'Set mapreduce.cluster.local.dir to a directory that this user may write to',
        e,
      );
    }
    return new FactFiles(directory);
  }

  /**
   * Returns the facts of each job, the oldest job first. A file that can't be read is put aside, with a message: it
   * must not keep the JobTracker from its other jobs.
   */
  async readAll(log: Logger): Promise<{ readonly jobId: string; readonly facts: readonly JobFact[] }[]> {
    const names = await fs.promises.readdir(this.#directory);
    const ids = names.map((name) => FILE.exec(name)?.[1] ?? '').filter(isJobId);
    const jobs: { jobId: string; facts: JobFact[] }[] = [];
    for (const jobId of ids.sort(compareJobIds)) {
      const file = this.#path(jobId);
      try {
        const text = await fs.promises.readFile(file, 'utf8');
        const facts = parseFacts(text);
        // A line that was cut off must not be continued.
        if (!text.endsWith('\n')) await fs.promises.truncate(file, text.lastIndexOf('\n') + 1);
        if (facts.length > 0) jobs.push({ jobId, facts });
        else await fs.promises.rm(file);
      } catch (err) {
        await fs.promises.rename(file, `${file}.damaged`);
        log.error({ err, file: `${file}.damaged` }, 'A job is lost: its facts can not be read');
      }
    }
    return jobs;
  }

  append(jobId: string, fact: JobFact): void {
    this.#file(jobId).append(fact);
  }

  async durable(jobId: string): Promise<void> {
    await this.#file(jobId).durable();
  }

  async drop(jobId: string): Promise<void> {
    const file = this.#file(jobId);
    this.#files.delete(jobId);
    await file.close();
    await fs.promises.rm(file.path, { force: true });
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.close()));
  }

  #file(jobId: string): FactFile {
    let file = this.#files.get(jobId);
    if (!file) {
      file = new FactFile(this.#path(jobId));
      this.#files.set(jobId, file);
    }
    return file;
  }

  #path(jobId: string): string {
    return path.join(this.#directory, `${jobId}.facts`);
  }
}

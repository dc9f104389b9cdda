import fs from 'node:fs';
import path from 'node:path';
import type { Configuration } from '../../conf/configuration.ts';
import type { Logger } from '../../runtime/log.ts';
import { isJobId } from '../job/job-id.ts';
import type { AttemptStatus, JobStatus } from '../job/messages.ts';

/** A job that has ended, as it is kept. */
export interface JobRecord {
  readonly status: JobStatus;
  readonly attempts: readonly AttemptStatus[];
}

/** Ended jobs, one JSON file each below mapreduce.cluster.local.dir; they outlive the JobTracker. */
export class JobHistory {
  readonly #directory: string;
  readonly #log: Logger;
  #writes: Promise<void> = Promise.resolve();

  constructor(conf: Configuration, log: Logger) {
    this.#directory = path.join(conf.get('mapreduce.cluster.local.dir'), 'history');
    this.#log = log;
  }

  save(status: JobStatus, attempts: readonly AttemptStatus[]): void {
    const record: JobRecord = { status, attempts };
    this.#writes = this.#writes
      .then(() => this.#write(status.jobId, record))
      .catch((e: unknown) => {
        this.#log.warn({ err: e, jobId: status.jobId }, 'The history of a job could not be written');
      });
  }

  async flush(): Promise<void> {
    await this.#writes;
  }

  async get(jobId: string): Promise<JobRecord | undefined> {
    if (!isJobId(jobId)) return undefined;
    try {
      return JSON.parse(await fs.promises.readFile(this.#file(jobId), 'utf8')) as JobRecord;
    } catch (e) {
      if (e instanceof Error && 'code' in e && e.code === 'ENOENT') return undefined;
      throw e;
    }
  }

  async list(): Promise<JobRecord[]> {
    const names = await fs.promises.readdir(this.#directory).catch(() => []);
    const records = await Promise.all(names.sort().map((name) => this.get(path.basename(name, '.json'))));
    return records.filter((record) => record !== undefined);
  }

  async #write(jobId: string, record: JobRecord): Promise<void> {
    await fs.promises.mkdir(this.#directory, { recursive: true });
    const file = this.#file(jobId);
    await fs.promises.writeFile(`${file}.partial`, JSON.stringify(record));
    await fs.promises.rename(`${file}.partial`, file);
  }

  #file(jobId: string): string {
    return path.join(this.#directory, `${jobId}.json`);
  }
}

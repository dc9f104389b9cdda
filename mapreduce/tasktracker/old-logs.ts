/** Deletes a tracker's own logs of jobs after mapreduce.job.userlog.retain.hours (Hadoop: UserLogCleaner). */
import fs from 'node:fs';
import path from 'node:path';
import type { Configuration } from '../../conf/configuration.ts';
import { errorCode } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Clock } from '../../runtime/runtime.ts';

const HOUR_MS = 3_600_000;
const INTERVAL_MS = HOUR_MS;

export class OldLogs {
  readonly #directory: string;
  readonly #ageMs: number;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout;
  #work: Promise<void> | undefined;

  /** @param directory has a directory for each job */
  constructor(directory: string, conf: Configuration, clock: Clock, log: Logger) {
    this.#directory = directory;
    this.#ageMs = conf.get('mapreduce.job.userlog.retain.hours') * HOUR_MS;
    this.#clock = clock;
    this.#log = log;
    this.#timer = setInterval(() => this.look(), INTERVAL_MS).unref();
    this.look();
  }

  /** Deletes what is old, unless that goes on already. */
  look(): void {
    this.#work ??= this.#deleteOld().finally(() => {
      this.#work = undefined;
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#work;
  }

  async #deleteOld(): Promise<void> {
    try {
      for (const name of await fs.promises.readdir(this.#directory)) {
        const place = path.join(this.#directory, name);
        // The last attempt of the job has made its directory then.
        const { mtimeMs } = await fs.promises.lstat(place);
        if (mtimeMs < this.#clock.now() - this.#ageMs) await fs.promises.rm(place, { recursive: true, force: true });
      }
    } catch (err) {
      if (errorCode(err) !== 'ENOENT') this.#log.warn({ err }, 'Old logs can not be deleted');
    }
  }
}

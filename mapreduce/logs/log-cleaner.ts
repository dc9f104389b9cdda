/** Deletes gathered logs of a certain age (Hadoop: AggregatedLogDeletionService). */
import type { Configuration } from '../../conf/configuration.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Clock } from '../../runtime/runtime.ts';
import { FileSystems } from '../files/file-systems.ts';
import { deleteGatheredBefore } from './gathered-logs.ts';

/** A tenth of the age, as in Hadoop, within these bounds. */
const INTERVAL_MS_MIN = 1000;
const INTERVAL_MS_MAX = 86_400_000;
const INTERVAL_SHARE = 0.1;

export class LogCleaner {
  readonly #conf: Configuration;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> | undefined;

  /** Looks now and then, unless yarn.log-aggregation.retain-seconds is negative. */
  constructor(conf: Configuration, clock: Clock, log: Logger) {
    this.#conf = conf;
    this.#clock = clock;
    this.#log = log;
    const ageMs = conf.get('yarn.log-aggregation.retain-seconds') * 1000;
    if (ageMs < 0) return;
    const intervalMs = Math.min(INTERVAL_MS_MAX, Math.max(INTERVAL_MS_MIN, ageMs * INTERVAL_SHARE));
    this.#timer = setInterval(() => this.#clean(ageMs), intervalMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#work;
  }

  #clean(ageMs: number): void {
    this.#work ??= this.#deleteOld(ageMs).finally(() => {
      this.#work = undefined;
    });
  }

  async #deleteOld(ageMs: number): Promise<void> {
    try {
      await using fileSystems = new FileSystems(this.#conf);
      await deleteGatheredBefore(this.#conf, fileSystems, this.#clock.now() - ageMs);
    } catch (err) {
      // The JobTracker goes on: the next look tries again.
      this.#log.warn({ err }, 'Old logs of jobs can not be deleted');
    }
  }
}

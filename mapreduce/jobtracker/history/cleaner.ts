/** Deletes old jobs from the history, as Hadoop's HistoryCleaner: at the start, and then once in each interval. */
import type { Configuration } from '../../../conf/configuration.ts';
import type { Logger } from '../../../runtime/log.ts';
import type { Clock } from '../../../runtime/runtime.ts';
import type { JobHistory, JobRecord } from './job-history.ts';

/** Node's timers take no longer time. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export class HistoryCleaner {
  readonly #history: JobHistory;
  readonly #maxAgeMs: number;
  readonly #intervalMs: number;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #onLeaving: ((job: JobRecord) => Promise<void>) | undefined;
  readonly #deleteElsewhere: ((timeMs: number) => Promise<void>) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> | undefined;

  /**
   * @param onLeaving deletes the files that a job has elsewhere
   * @param deleteElsewhere deletes the old part of the history in HDFS
   */
  constructor(
    history: JobHistory,
    conf: Configuration,
    clock: Clock,
    log: Logger,
    onLeaving?: (job: JobRecord) => Promise<void>,
    deleteElsewhere?: (timeMs: number) => Promise<void>,
  ) {
    this.#history = history;
    this.#maxAgeMs = conf.get('mapreduce.jobhistory.max-age-ms');
    this.#intervalMs = Math.min(conf.get('mapreduce.jobhistory.cleaner.interval-ms'), TIMER_MS_MAX);
    this.#clock = clock;
    this.#log = log;
    this.#onLeaving = onLeaving;
    this.#deleteElsewhere = deleteElsewhere;
  }

  start(): void {
    this.#clean();
    this.#timer = setInterval(() => this.#clean(), this.#intervalMs).unref();
  }

  /** Resolves when no file is being deleted any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#work;
  }

  #clean(): void {
    this.#work ??= this.#deleteOld().finally(() => {
      this.#work = undefined;
    });
  }

  async #deleteOld(): Promise<void> {
    try {
      const deleted = await this.#history.deleteBefore(this.#clock.now() - this.#maxAgeMs, this.#onLeaving);
      await this.#deleteElsewhere?.(this.#clock.now() - this.#maxAgeMs);
      if (deleted > 0) this.#log.info({ deleted }, 'Old jobs have left the history');
    } catch (err) {
      // The JobTracker goes on: the next look tries again.
      this.#log.warn({ err }, 'Old jobs can not be deleted from the history');
    }
  }
}

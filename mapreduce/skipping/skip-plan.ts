/** The numbering of the records, or of the groups, of an attempt in skipping mode. */
import type { Configuration } from '../../conf/configuration.ts';
import type { Counters } from '../job/counters.ts';
import type { TaskLaunch } from '../job/messages.ts';
import { isSkipped, type RecordRange, type SkipOrder } from '../job/record-ranges.ts';

/** Hadoop's SkipBadRecords: the counters by which a job tells which records it has finished. */
export const SKIPPING_GROUP = 'SkippingTaskCounters';
const PROCESSED = { MAP: 'MapProcessedRecords', REDUCE: 'ReduceProcessedGroups' } as const;

export interface SkippingRun {
  readonly launch: TaskLaunch;
  readonly conf: Configuration;
  readonly counters: Counters;
  readonly umbilical: { working?(range: RecordRange): Promise<void> };
}

export class SkipPlan {
  readonly #run: SkippingRun;
  readonly #order: SkipOrder;
  /** Whether a record counts as finished when the job asks for the next one. */
  readonly #isCounted: boolean;
  #index = -1;
  /** The numbers of the records that were given to the job and may not be finished. */
  readonly #given: number[] = [];
  /** The number of those that are finished and were taken out. */
  #finished = 0;

  private constructor(run: SkippingRun, order: SkipOrder) {
    this.#run = run;
    this.#order = order;
    const { kind, job } = run.launch;
    const isCounted =
      kind === 'MAP'
        ? run.conf.get('mapreduce.map.skip.proc-count.auto-incr')
        : run.conf.get('mapreduce.reduce.skip.proc-count.auto-incr');
    // An executable may be behind with its input (Hadoop: PipeMapper, PipeReducer).
    const isStreaming = job.code.kind === 'builtin' && job.code.example === 'streaming';
    this.#isCounted = !isStreaming && isCounted;
  }

  /** Returns undefined for an attempt that skips nothing. */
  static of(run: SkippingRun): SkipPlan | undefined {
    const { skip } = run.launch;
    return skip && new SkipPlan(run, skip);
  }

  /** Whether the attempt runs a part of the input only, to find out whether that part is bad. */
  get isTest(): boolean {
    return this.#order.test !== undefined;
  }

  /** Counts the next record. Returns whether it is to be skipped. */
  skipsNext(): boolean {
    return isSkipped(this.#order, ++this.#index);
  }

  /**
   * Tells the TaskTracker which records the job may be working on when it gets the one that was counted last. Resolves when
   * the message outlives this process.
   */
  async working(): Promise<void> {
    const start = this.#isCounted ? this.#index : this.#firstUnfinished();
    await this.#run.umbilical.working?.({ start, length: this.#index - start + 1 });
  }

  #firstUnfinished(): number {
    const { counters, launch } = this.#run;
    this.#given.push(this.#index);
    const finished = counters.get(SKIPPING_GROUP, PROCESSED[launch.kind]);
    // The record that was given last can not be finished.
    for (; this.#finished < finished && this.#given.length > 1; this.#finished++) this.#given.shift();
    return this.#given[0] ?? this.#index;
  }
}

/** Fetches the segments of a reduce from all maps. */
import path from 'node:path';
import type { Configuration } from '../../conf/configuration.ts';
import { deferred } from '../../runtime/promises.ts';
import { systemClock } from '../../runtime/runtime.ts';
import { SHUFFLE_ERRORS, SHUFFLE_ERRORS_GROUP } from '../job/counter-names.ts';
import type { Counters } from '../job/counters.ts';
import type { MapOutputLocation, TaskLaunch } from '../job/messages.ts';
import { FetchPlan } from './fetch-plan.ts';
import { FetchError, type FetchedSegment, fetchSegment, type SegmentSource } from './fetch-segment.ts';
import { fetchSegments } from './fetch-segments.ts';
import type { MergeManager } from './merge-manager.ts';

/** Outputs that one request asks for (Hadoop: Fetcher.MAX_MAPS_AT_ONCE). */
const MAPS_AT_ONCE = 20;

/** Is told of outputs, and of the attempts whose outputs are obsolete. */
export type MapOutputsListener = (outputs: readonly MapOutputLocation[], obsolete: readonly string[]) => void;

/** The reduce's attempt, as far as it fetches. */
export interface ShuffleRun {
  readonly launch: TaskLaunch;
  readonly conf: Configuration;
  readonly counters: Counters;
  /** The attempt's own local directory. */
  readonly directory: string;
  /** The token by which the job's tasks fetch map outputs. */
  readonly jobToken: string;
  readonly umbilical: {
    progress(progress: number): void;
    fetchFailed(mapAttemptId: string): void;
    /** Calls `listener` with the map outputs that are known, and later with each new one. */
    onMapOutputs(listener: MapOutputsListener): void;
  };
}

/** Fetches several segments at a time, as the maps finish. */
export class Shuffle {
  readonly #run: ShuffleRun;
  readonly #merges: MergeManager;
  readonly #plan: FetchPlan;
  readonly #parallel: number;
  readonly #done = deferred<void>();
  /** Memory that was taken for segments that are not here yet, by attempt. */
  readonly #taken = new Map<string, number>();
  #fetching = 0;
  #files = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(run: ShuffleRun, merges: MergeManager) {
    this.#run = run;
    this.#merges = merges;
    this.#plan = new FetchPlan(run.launch.job.maps);
    this.#parallel = run.conf.get('mapreduce.reduce.shuffle.parallelcopies');
  }

  /** Waits until the segments of all maps are merged or with the merge manager. @throws FetchError for an output that failed too often */
  async fetchAll(): Promise<void> {
    const { counters, umbilical } = this.#run;
    for (const name of SHUFFLE_ERRORS) counters.add(SHUFFLE_ERRORS_GROUP, name, 0);
    counters.addTask('FAILED_SHUFFLE', 0);
    if (this.#plan.isComplete) return;
    umbilical.onMapOutputs((outputs, obsolete) => {
      for (const output of outputs) this.#plan.add(output);
      for (const attemptId of obsolete) this.#plan.obsolete(attemptId);
      this.#startFetches();
    });
    try {
      await this.#done.promise;
    } finally {
      clearTimeout(this.#timer);
    }
  }

  #startFetches(): void {
    clearTimeout(this.#timer);
    while (this.#fetching < this.#parallel) {
      const now = systemClock.monotonicMs();
      const next = this.#plan.next(now);
      if (!('location' in next)) {
        if (next.dueMs !== Number.POSITIVE_INFINITY) {
          this.#timer = setTimeout(() => this.#startFetches(), next.dueMs - now);
        }
        return;
      }
      const { location } = next;
      const more = location.url.startsWith('file:') ? [] : this.#plan.more(location.url, now, MAPS_AT_ONCE - 1);
      this.#fetching++;
      this.#fetch([location, ...more]).catch(this.#done.reject);
    }
  }

  async #fetch(locations: readonly MapOutputLocation[]): Promise<void> {
    const { launch, jobToken } = this.#run;
    const sources = locations.map((location) => ({ ...location, reduce: launch.index, jobToken }));
    const [only] = sources;
    try {
      if (sources.length === 1 && only) await this.#fetchOne(only);
      else {
        const left = await fetchSegments(sources, {
          file: () => this.#file(),
          mayUseMemory: (source, bytes) => this.#reserve(source, bytes),
          fetched: (source, segment) => this.#fetched(source, segment),
          failed: (source, error) => this.#failed(source, error),
        });
        for (const source of left) this.#plan.putBack(source);
      }
    } finally {
      this.#fetching--;
    }
    if (this.#plan.isComplete) this.#done.resolve();
    else this.#startFetches();
  }

  async #fetchOne(source: SegmentSource): Promise<void> {
    try {
      this.#fetched(source, await fetchSegment(source, this.#file(), (bytes) => this.#reserve(source, bytes)));
    } catch (e) {
      if (!(e instanceof FetchError)) throw e;
      this.#failed(source, e);
    }
  }

  #fetched(source: SegmentSource, segment: FetchedSegment): void {
    const { launch, counters, umbilical } = this.#run;
    this.#taken.delete(source.attemptId);
    this.#merges.add(segment);
    this.#plan.succeeded(source);
    counters.addTask('REDUCE_SHUFFLE_BYTES', segment.bytes);
    if (!segment.inMemory) counters.addFileSystem('file', 'BYTES_READ', segment.bytes);
    counters.addTask('SHUFFLED_MAPS', 1);
    umbilical.progress(this.#plan.fetched / launch.job.maps / 3);
  }

  /** @throws the error, if the output has failed too often */
  #failed(source: SegmentSource, e: FetchError): void {
    const { counters, umbilical } = this.#run;
    this.#merges.giveBack(this.#taken.get(source.attemptId) ?? 0);
    this.#taken.delete(source.attemptId);
    counters.addTask('FAILED_SHUFFLE', 1);
    counters.add(SHUFFLE_ERRORS_GROUP, e.kind, 1);
    umbilical.fetchFailed(source.attemptId);
    if (this.#plan.failed(source, systemClock.monotonicMs())) throw e;
  }

  #reserve({ attemptId }: SegmentSource, bytes: number): boolean {
    if (!this.#merges.reserve(bytes)) return false;
    this.#taken.set(attemptId, bytes);
    return true;
  }

  #file(): string {
    return path.join(this.#run.directory, `map_${this.#files++}.out`);
  }
}

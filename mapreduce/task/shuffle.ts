/** Fetches the segments of a reduce from all maps. */
import path from 'node:path';
import { deferred } from '../../runtime/promises.ts';
import { systemClock } from '../../runtime/runtime.ts';
import { SHUFFLE_ERRORS, SHUFFLE_ERRORS_GROUP } from '../job/counter-names.ts';
import type { MapOutputLocation } from '../job/messages.ts';
import { FetchPlan } from './fetch-plan.ts';
import { FetchError, type FetchedSegment, fetchSegment } from './fetch-segment.ts';
import type { TaskRun } from './task-run.ts';

/** Share of the memory for segments that one segment may take; a larger one goes to the disk. */
const SINGLE_SHARE_MAX = 0.25;

/** Fetches several segments at a time, as the maps finish. */
export class Shuffle {
  readonly #run: TaskRun;
  readonly #plan: FetchPlan;
  readonly #parallel: number;
  readonly #memoryMax: number;
  readonly #segments: FetchedSegment[] = [];
  readonly #done = deferred<void>();
  #memoryUsed = 0;
  #fetching = 0;
  #files = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(run: TaskRun) {
    this.#run = run;
    this.#plan = new FetchPlan(run.launch.job.maps);
    this.#parallel = run.conf.get('mapreduce.reduce.shuffle.parallelcopies');
    this.#memoryMax = run.conf.get('mapreduce.reduce.memory.totalbytes');
  }

  /** Waits for all segments. @throws FetchError for an output that failed too often */
  async fetchAll(): Promise<FetchedSegment[]> {
    const { counters, umbilical } = this.#run;
    for (const name of SHUFFLE_ERRORS) counters.add(SHUFFLE_ERRORS_GROUP, name, 0);
    counters.addTask('FAILED_SHUFFLE', 0);
    if (this.#plan.isComplete) return [];
    umbilical.onMapOutputs((outputs) => {
      for (const output of outputs) this.#plan.add(output);
      this.#startFetches();
    });
    try {
      await this.#done.promise;
    } finally {
      clearTimeout(this.#timer);
    }
    return this.#segments;
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
      this.#fetching++;
      this.#fetch(next.location).catch(this.#done.reject);
    }
  }

  async #fetch(location: MapOutputLocation): Promise<void> {
    const { launch, directory, jobToken, counters, umbilical } = this.#run;
    let takenBytes = 0;
    const mayUseMemory = (bytes: number): boolean => {
      if (!this.#takeMemory(bytes)) return false;
      takenBytes = bytes;
      return true;
    };
    try {
      const file = path.join(directory, `map_${this.#files++}.out`);
      const segment = await fetchSegment({ ...location, reduce: launch.index, jobToken }, file, mayUseMemory);
      this.#segments.push(segment);
      this.#plan.succeeded(location);
      counters.addTask('REDUCE_SHUFFLE_BYTES', segment.bytes);
      if (!segment.inMemory) counters.addFileSystem('file', 'BYTES_READ', segment.bytes);
      counters.addTask('SHUFFLED_MAPS', 1);
      umbilical.progress(this.#plan.fetched / launch.job.maps / 3);
    } catch (e) {
      this.#memoryUsed -= takenBytes;
      if (!(e instanceof FetchError)) throw e;
      counters.addTask('FAILED_SHUFFLE', 1);
      counters.add(SHUFFLE_ERRORS_GROUP, e.kind, 1);
      umbilical.fetchFailed(location.attemptId);
      if (this.#plan.failed(location, systemClock.monotonicMs())) throw e;
    } finally {
      this.#fetching--;
    }
    if (this.#plan.isComplete) this.#done.resolve();
    else this.#startFetches();
  }

  #takeMemory(bytes: number): boolean {
    if (bytes > this.#memoryMax * SINGLE_SHARE_MAX || this.#memoryUsed + bytes > this.#memoryMax) return false;
    this.#memoryUsed += bytes;
    return true;
  }
}

/** Decides which map output a reduce fetches next. */
import type { MapOutputLocation } from '../job/messages.ts';

/** Failed fetches of one map's output at which the reduce gives up. Until then the map has time to run again. */
const FAILURES_MAX = 30;
const FIRST_DELAY_MS = 100;
const DELAY_MS_MAX = 3000;

interface Source {
  location: MapOutputLocation;
  /** `gone`: the map has to run again. */
  state: 'waiting' | 'fetching' | 'fetched' | 'gone';
  failures: number;
  notBeforeMs: number;
}

/** The map outputs of a job and how far each is fetched; a state machine without IO. */
export class FetchPlan {
  readonly #sources = new Map<number, Source>();
  readonly #maps: number;
  #fetched = 0;

  constructor(maps: number) {
    this.#maps = maps;
  }

  get fetched(): number {
    return this.#fetched;
  }

  get isComplete(): boolean {
    return this.#fetched === this.#maps;
  }

  /** Adds a map's output. It takes the place of an older output of the same map that is not fetched yet. */
  add(location: MapOutputLocation): void {
    const source = this.#sources.get(location.mapIndex);
    if (!source) this.#sources.set(location.mapIndex, { location, state: 'waiting', failures: 0, notBeforeMs: 0 });
    else if (
      source.state === 'gone' ||
      (source.state !== 'fetched' && source.location.attemptId !== location.attemptId)
    ) {
      source.location = location;
      if (source.state === 'gone') source.state = 'waiting';
      source.notBeforeMs = 0;
    }
  }

  /** Returns the next output to fetch, or the time at which one is due: Infinity if no output waits. */
  next(now: number): { readonly location: MapOutputLocation } | { readonly dueMs: number } {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const source of this.#sources.values()) {
      if (source.state !== 'waiting') continue;
      if (source.notBeforeMs <= now) {
        source.state = 'fetching';
        return { location: source.location };
      }
      dueMs = Math.min(dueMs, source.notBeforeMs);
    }
    return { dueMs };
  }

  /** Returns more outputs to fetch from the same server, at most `max`. */
  more(url: string, now: number, max: number): MapOutputLocation[] {
    const found: MapOutputLocation[] = [];
    for (const source of this.#sources.values()) {
      if (found.length >= max) break;
      if (source.state !== 'waiting' || source.notBeforeMs > now || source.location.url !== url) continue;
      source.state = 'fetching';
      found.push(source.location);
    }
    return found;
  }

  /** An output will not come back: the reduce waits for that of another attempt, rather than ask for this one. */
  obsolete(attemptId: string): void {
    for (const source of this.#sources.values()) {
      if (source.location.attemptId === attemptId && source.state === 'waiting') source.state = 'gone';
    }
  }

  /** Takes back an output whose fetch did not begin. */
  putBack(location: MapOutputLocation): void {
    this.#source(location).state = 'waiting';
  }

  succeeded(location: MapOutputLocation): void {
    const source = this.#source(location);
    source.state = 'fetched';
    this.#fetched++;
  }

  /** Plans another try. Returns true if the output has failed too often. */
  failed(location: MapOutputLocation, now: number): boolean {
    const source = this.#source(location);
    source.state = 'waiting';
    source.failures++;
    // A newer output that came during the fetch is fetched at once.
    const renewed = source.location.attemptId !== location.attemptId;
    const delayMs = Math.min(DELAY_MS_MAX, FIRST_DELAY_MS * 2 ** (source.failures - 1));
    source.notBeforeMs = renewed ? now : now + delayMs;
    return source.failures >= FAILURES_MAX;
  }

  #source(location: MapOutputLocation): Source {
    const source = this.#sources.get(location.mapIndex);
    if (!source) throw new Error(`Map ${location.mapIndex} is not in the plan`);
    return source;
  }
}

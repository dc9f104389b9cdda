/** The bytes that each reduce of a job gets, as the maps report them, and the keys that are the cause of a large share. */
import type { MapShares } from '../job/messages.ts';
import type { HeavyKey, ShuffleStatus } from '../job/shuffle-status.ts';

/** Reduces and keys that users are shown. */
const SHOWN = 5;
/** Most keys that are remembered: those with few bytes are forgotten. */
const KEYS_MAX = 200;
/** The largest share of a skewed job is this many times the mean. */
const SKEWED = 2;
/** Share of the maps that must have reported: the first ones may be unlike the others. */
const MAPS_SHARE = 0.1;

export class ReduceShares {
  readonly #maps: number;
  /** Bytes of a share below which a job is too small for advice. */
  readonly #bytesMin: number;
  /** A map that runs again has the same output. */
  readonly #counted = new Set<number>();
  readonly #bytes: number[];
  readonly #keys = new Map<string, HeavyKey>();

  constructor(maps: number, reduces: number, bytesMin: number) {
    this.#maps = maps;
    this.#bytesMin = bytesMin;
    this.#bytes = new Array<number>(reduces).fill(0);
  }

  add(map: number, { bytes, keys }: MapShares): void {
    if (this.#counted.has(map) || bytes.length !== this.#bytes.length) return;
    this.#counted.add(map);
    for (const [reduce, more] of bytes.entries()) this.#bytes[reduce] = (this.#bytes[reduce] ?? 0) + more;
    for (const key of keys) {
      const id = JSON.stringify([key.reduce, key.key]);
      this.#keys.set(id, { ...key, bytes: (this.#keys.get(id)?.bytes ?? 0) + key.bytes });
    }
    if (this.#keys.size > KEYS_MAX) {
      const light = [...this.#keys].sort(([, a], [, b]) => b.bytes - a.bytes).slice(KEYS_MAX / 2);
      for (const [id] of light) this.#keys.delete(id);
    }
  }

  /** Returns undefined before the first report. */
  get status(): ShuffleStatus | undefined {
    if (this.#counted.size === 0) return undefined;
    const bytes = this.#bytes.reduce((sum, n) => sum + n, 0);
    const largest = this.#bytes
      .map((own, reduce) => ({ reduce, bytes: own }))
      .sort((a, b) => b.bytes - a.bytes)
      .slice(0, SHOWN);
    const first = largest[0]?.bytes ?? 0;
    return {
      maps: this.#counted.size,
      reduces: this.#bytes.length,
      bytes,
      largest,
      keys: [...this.#keys.values()].sort((a, b) => b.bytes - a.bytes).slice(0, SHOWN),
      isSkewed:
        this.#counted.size >= this.#maps * MAPS_SHARE &&
        first >= this.#bytesMin &&
        first * this.#bytes.length >= SKEWED * bytes,
    };
  }
}

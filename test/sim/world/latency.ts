/** Measures how long calls and steps of clients take while no fault is active, and checks the times against limits. */
import type { World } from './world.ts';

/**
 * Limits in simulated milliseconds, for links and disks without faults: a message takes up to 0.4 ms each way, a call of
 * the disk up to 3 ms, a batch of `level` up to 20 ms, and a turn of an event loop up to 2 ms if the seed delays turns.
 * The limits are some times the longest times that were measured, and well below the next timer that would repair a
 * missed event: 300 ms for complete and addBlock, a second for most others.
 */
export const LATENCY_MS_MAX = {
  /** A call of the NameNode. It waits for two batches of the journal at most, and for one of `level`. */
  call: 80,
  /** A step of a client that is a few calls, or that reads a few blocks one after the other. */
  step: 200,
  /** A step of a writer, which waits for the disks of three DataNodes, and with complete asks again after 100 ms. */
  writerStep: 800,
} as const;

export type LatencyLimit = keyof typeof LATENCY_MS_MAX;

/** A call or step that is under way. */
interface Begun {
  readonly beganMs: number;
}

/** The watch of one world. */
export class Latency {
  readonly #world: World;
  readonly #begun = new WeakMap<object, Begun>();
  /** Since this time no fault is active; undefined while faults may be. */
  #calmSinceMs: number | undefined = 0;
  /** Whether times are watched: not in scripts, whose faults nobody announces. */
  isOn = true;
  /** Number of calls and steps that were measured. */
  measured = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Notes that no fault is active from now on. */
  becomeCalm(): void {
    this.#calmSinceMs ??= this.#world.nowMs;
  }

  /** Notes that faults are active: nothing is measured until the world is calm again. */
  endCalm(): void {
    this.#calmSinceMs = undefined;
  }

  begin(token: object): void {
    if (this.isOn && this.#calmSinceMs !== undefined) this.#begun.set(token, { beganMs: this.#world.nowMs });
  }

  end(token: object, who: string, what: string, limit: LatencyLimit): void {
    const begun = this.#begun.get(token);
    if (begun === undefined || this.#calmSinceMs === undefined || begun.beganMs < this.#calmSinceMs) return;
    const tookMs = this.#world.nowMs - begun.beganMs;
    this.measured++;
    if (tookMs <= LATENCY_MS_MAX[limit]) return;
    const limitMs = LATENCY_MS_MAX[limit];
    this.#world.fail(
      'calls-are-prompt',
      `${who}: ${what} takes ${tookMs.toFixed(1)} ms, not ${limitMs}, without a fault`,
    );
  }

  /**
   * Runs a step of a client and measures it. A step that fails is measured too.
   * @param counts called at the end: whether the step must be in time
   */
  async step<T>(
    who: string,
    what: string,
    limit: LatencyLimit,
    run: () => Promise<T>,
    counts: () => boolean = () => true,
  ): Promise<T> {
    const token = {};
    this.begin(token);
    try {
      return await run();
    } finally {
      if (counts()) this.end(token, who, what, limit);
    }
  }
}

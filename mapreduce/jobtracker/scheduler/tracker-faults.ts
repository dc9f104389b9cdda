/** The trackers that jobs which succeeded had excluded: a tracker that several such jobs exclude runs no tasks for a time. */

export interface FaultLimits {
  /** Faults in the window from which on a tracker is excluded: mapreduce.jobtracker.tasktracker.maxblacklists. */
  readonly faultsMax: number;
  /** mapreduce.jobtracker.tasktracker.fault.timeout.window. */
  readonly windowMs: number;
}

/** A tracker is excluded only if it has more faults than this share above the average of all. */
const ABOVE_AVERAGE = 0.5;
/** Largest share of the trackers that are excluded. */
const SHARE_MAX = 0.5;

/** The rule of Hadoop 1's JobTracker.FaultyTrackersInfo. */
export class TrackerFaults {
  readonly #limits: FaultLimits;
  /** Times of the faults by tracker, steady clock. */
  readonly #faults = new Map<string, number[]>();

  constructor(limits: FaultLimits) {
    this.#limits = limits;
  }

  /** Notes that a job which succeeded had excluded the tracker. */
  add(trackerId: string, now: number): void {
    this.#faults.set(trackerId, [...this.#recent(trackerId, now), now]);
  }

  /** Forgets the faults of a tracker that starts anew. */
  forget(trackerId: string): void {
    this.#faults.delete(trackerId);
  }

  /** Returns those of the trackers that are excluded, the most faulty first. */
  blacklisted(trackerIds: readonly string[], now: number): string[] {
    if (this.#faults.size === 0) return [];
    const counts = trackerIds.map((id) => ({ id, count: this.#recent(id, now).length }));
    const average = counts.reduce((sum, { count }) => sum + count, 0) / Math.max(1, counts.length);
    return counts
      .filter(({ count }) => count >= this.#limits.faultsMax && count - average > ABOVE_AVERAGE * average)
      .sort((a, b) => b.count - a.count)
      .slice(0, Math.floor(trackerIds.length * SHARE_MAX))
      .map(({ id }) => id);
  }

  #recent(trackerId: string, now: number): number[] {
    return (this.#faults.get(trackerId) ?? []).filter((timeMs) => now - timeMs < this.#limits.windowMs);
  }
}

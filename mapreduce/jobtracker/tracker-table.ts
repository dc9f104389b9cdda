import type { TaskKind } from '../job/job-id.ts';
import type { TrackerRegistration } from '../job/messages.ts';

export interface Tracker {
  readonly registration: TrackerRegistration;
  lastSeenMs: number;
  /** It has been told to have a process ready. */
  prepared: boolean;
  /** Attempts that occupy its slots. Invariant: no more than it has slots. */
  readonly running: Readonly<Record<TaskKind, Set<string>>>;
}

/** What speaks for and against a tracker that has a free slot. */
export interface Preference {
  /** It may have the task at all. */
  suits(tracker: Tracker): boolean;
  /** The task has failed on it. */
  hasFailed(tracker: Tracker): boolean;
  /** A process that has loaded the job is waiting there. */
  isWarm(tracker: Tracker): boolean;
}

/** The TaskTrackers, and which of them gets a task. */
export class TrackerTable {
  readonly #trackers = new Map<string, Tracker>();

  get registrations(): TrackerRegistration[] {
    return [...this.#trackers.values()].map((t) => t.registration);
  }

  get ids(): string[] {
    return [...this.#trackers.keys()];
  }

  get(trackerId: string): Tracker | undefined {
    return this.#trackers.get(trackerId);
  }

  add(registration: TrackerRegistration, now: number): void {
    this.#trackers.set(registration.trackerId, {
      registration,
      lastSeenMs: now,
      prepared: false,
      running: { MAP: new Set(), REDUCE: new Set() },
    });
  }

  /** False when it is not there. */
  delete(trackerId: string): boolean {
    return this.#trackers.delete(trackerId);
  }

  silentSince(timeMs: number): string[] {
    return [...this.#trackers].filter(([, tracker]) => tracker.lastSeenMs < timeMs).map(([trackerId]) => trackerId);
  }

  /** The one with least to do, for a process that is started ahead. */
  idlest(): Tracker | undefined {
    return lowest([...this.#trackers.values()], (t) => load(t) + (t.prepared ? 0.5 : 0));
  }

  hasFreeSlot(kind: TaskKind): boolean {
    return [...this.#trackers.values()].some((t) => freeSlots(t, kind) > 0);
  }

  /** The suitable tracker with fewest tasks; one on which the task has failed only if there is no other. */
  choose(kind: TaskKind, { suits, hasFailed, isWarm }: Preference): Tracker | undefined {
    const candidates = [...this.#trackers.values()].filter((t) => freeSlots(t, kind) > 0 && suits(t));
    const ready = (t: Tracker): boolean => t.prepared || isWarm(t);
    return lowest(candidates, (t) => (hasFailed(t) ? 1000 : 0) + load(t) - (ready(t) ? 0.5 : 0));
  }
}

const load = ({ running }: Tracker): number => running.MAP.size + running.REDUCE.size;

function freeSlots({ registration, running }: Tracker, kind: TaskKind): number {
  return (kind === 'MAP' ? registration.mapSlots : registration.reduceSlots) - running[kind].size;
}

/** The first of those with the lowest cost. */
function lowest(trackers: readonly Tracker[], cost: (tracker: Tracker) => number): Tracker | undefined {
  let best: Tracker | undefined;
  for (const tracker of trackers) if (!best || cost(tracker) < cost(best)) best = tracker;
  return best;
}

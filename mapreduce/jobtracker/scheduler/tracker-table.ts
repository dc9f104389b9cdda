/** The TaskTrackers that are registered, and which of them suits a task best. */
import type { TaskKind } from '../../job/job-id.ts';
import type { TrackerRegistration } from '../../job/messages.ts';
import { type FaultLimits, TrackerFaults } from './tracker-faults.ts';

/** The way in which a tracker was lost: it said so itself, it fell silent, or its process has ended. */
export type TrackerLoss = 'LEFT' | 'SILENT' | 'DIED';

export interface Tracker {
  readonly registration: TrackerRegistration;
  /** Time of the tracker's latest request, ms of the steady clock. */
  lastSeenMs: number;
  /** The tracker has been told to have a process ready. */
  prepared: boolean;
  /** The reason why the tracker takes no tasks, as it has told: a local directory that can not be written. */
  problem?: string;
  /** An attempt that runs alone: the tracker takes no other one. */
  lone?: string;
  /** The attempts that hold its slots, never more than it has slots. */
  readonly running: Readonly<Record<TaskKind, Set<string>>>;
}

/** Merits of a tracker that has a free slot, by which one is picked for a task. */
export interface Preference {
  /** Whether the tracker may run the task at all. */
  suits(tracker: Tracker): boolean;
  /** Whether a process that has loaded the job waits there. */
  isWarm(tracker: Tracker): boolean;
}

export class TrackerTable {
  readonly faults: TrackerFaults;
  readonly #trackers = new Map<string, Tracker>();
  /** The trackers that a JobTracker that was started anew waits for: the time until which it waits, steady clock. */
  readonly #awaited = new Map<string, number>();

  constructor(limits: FaultLimits) {
    this.faults = new TrackerFaults(limits);
  }

  get registrations(): TrackerRegistration[] {
    return [...this.#trackers.values()].map((t) => t.registration);
  }

  get all(): Iterable<Tracker> {
    return this.#trackers.values();
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

  /** Waits for a tracker that was registered before the JobTracker was started anew. */
  expect(trackerId: string, untilMs: number): void {
    if (!this.#trackers.has(trackerId)) this.#awaited.set(trackerId, untilMs);
  }

  isAwaited(trackerId: string): boolean {
    return this.#awaited.has(trackerId);
  }

  /** Ends the wait for a tracker. Returns false if it was not awaited. */
  stopAwaiting(trackerId: string): boolean {
    return this.#awaited.delete(trackerId);
  }

  /** Returns the ids of awaited trackers for which the time is over. */
  awaitedUntil(timeMs: number): string[] {
    return [...this.#awaited].filter(([, untilMs]) => untilMs < timeMs).map(([trackerId]) => trackerId);
  }

  /** Returns false for a tracker that is not registered. */
  delete(trackerId: string): boolean {
    return this.#trackers.delete(trackerId);
  }

  /** Returns the ids of trackers whose latest request came before `timeMs`. */
  silentSince(timeMs: number): string[] {
    return [...this.#trackers].filter(([, tracker]) => tracker.lastSeenMs < timeMs).map(([trackerId]) => trackerId);
  }

  /** Returns the tracker with the fewest tasks; undefined if there is no tracker. */
  idlest(): Tracker | undefined {
    return lowest([...this.#trackers.values()], (t) => load(t) + (t.prepared ? 0.5 : 0));
  }

  hasFreeSlot(kind: TaskKind): boolean {
    return [...this.#trackers.values()].some((t) => freeSlots(t, kind) > 0);
  }

  /** Returns the suitable tracker with the fewest tasks. */
  choose(kind: TaskKind, { suits, isWarm }: Preference): Tracker | undefined {
    const candidates = [...this.#trackers.values()].filter((t) => freeSlots(t, kind) > 0 && suits(t));
    const ready = (t: Tracker): boolean => t.prepared || isWarm(t);
    return lowest(candidates, (t) => load(t) - (ready(t) ? 0.5 : 0));
  }
}

const load = ({ running }: Tracker): number => running.MAP.size + running.REDUCE.size;

export function freeSlots({ registration, running, lone }: Tracker, kind: TaskKind): number {
  if (lone !== undefined) return 0;
  return (kind === 'MAP' ? registration.mapSlots : registration.reduceSlots) - running[kind].size;
}

/** Returns the first of the trackers with the lowest cost. */
function lowest(trackers: readonly Tracker[], cost: (tracker: Tracker) => number): Tracker | undefined {
  let best: Tracker | undefined;
  for (const tracker of trackers) if (!best || cost(tracker) < cost(best)) best = tracker;
  return best;
}

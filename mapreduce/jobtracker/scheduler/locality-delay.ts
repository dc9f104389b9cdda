/**
 * Delay scheduling: a map waits a little for a slot beside its input before it takes one farther away. (Zaharia and
 * others: Delay Scheduling, EuroSys 2010; Hadoop: FSAppAttempt.getAllowedLocalityLevelByTime.)
 */
import { suitsTask } from './eligible-trackers.ts';
import { isWithin, type Locality, localityOf } from './locality.ts';
import type { SchedulerStep } from './step.ts';
import type { Task } from './task.ts';
import type { Tracker } from './tracker-table.ts';

/** Time for which a task must have been held before it may take a slot of each kind. */
type Waits = Readonly<Record<Locality, number>>;

/** The decisions of one step for the maps of one job. */
export class LocalityDelay {
  readonly #step: SchedulerStep;
  /** The trackers that the job may use, with or without a free slot. */
  readonly #usable: readonly Tracker[];
  readonly #waits = new Map<Task, Waits>();

  constructor(step: SchedulerStep, usable: readonly Tracker[]) {
    this.#step = step;
    this.#usable = usable;
  }

  /**
   * Whether the map may take the free slot that it is offered, so far from its input. The time of a map that may not
   * begins with the first such slot. No map waits for a place where it may not run, or where no tracker is.
   */
  allows(task: Task, distance: Locality): boolean {
    const waitMs = this.#waitsOf(task)[distance];
    if (waitMs <= 0) return true;
    const { now } = this.#step;
    task.heldSinceMs ??= now;
    const endMs = task.heldSinceMs + waitMs;
    if (endMs <= now) return true;
    this.#step.wakeAtMs = Math.min(this.#step.wakeAtMs, endMs);
    return false;
  }

  #waitsOf(task: Task): Waits {
    const known = this.#waits.get(task);
    if (known) return known;
    const { nodeMs, rackMs } = this.#step.delays;
    const mayRun = suitsTask(task, this.#usable);
    const places = this.#usable.filter((t) => t.registration.mapSlots > 0 && mayRun(t));
    const found = new Set(places.map((t) => localityOf(task.split, t.registration)));
    const forNode = found.has('NODE_LOCAL') ? nodeMs : 0;
    const isNear = [...found].some((locality) => isWithin(locality, 'RACK_LOCAL'));
    const waits = { NODE_LOCAL: 0, RACK_LOCAL: forNode, OFF_SWITCH: forNode + (isNear ? rackMs : 0) };
    this.#waits.set(task, waits);
    return waits;
  }
}

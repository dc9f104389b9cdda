// The faults of a seed: which kinds happen, and when.
import type { JobCluster, SimTracker } from './cluster.ts';
import type { JobProcess } from './world.ts';

type Kind =
  | 'kill'
  | 'pause machine'
  | 'pause task'
  | 'pause JobTracker'
  | 'kill JobTracker'
  | 'clock jump'
  | 'disk full';

/** Longest pause: longer than the JobTracker waits for a silent tracker, shorter than the time limit of a task. */
const PAUSE_MS_MAX = 40_000;

export class JobFaults {
  readonly #cluster: JobCluster;
  readonly #weights: Readonly<Record<Kind, number>>;
  readonly #meanPauseMs: number;
  /** Whether a fault of this seed may fail a job that its client does not kill. */
  readonly mayFail: boolean;
  /** The one tracker whose disk may be full. */
  readonly hasFullDisk: boolean;
  #isStopped = false;

  constructor(cluster: JobCluster) {
    const { world } = cluster;
    const { random, behaviour, files, http } = world;
    this.#cluster = cluster;
    const some = (most: number): number => (random.chance(0.6) ? random.next() * most : 0);
    this.hasFullDisk = random.chance(0.2);
    this.#weights = {
      kill: some(2),
      'pause machine': some(2),
      'pause task': some(3),
      'pause JobTracker': some(0.5),
      'kill JobTracker': random.chance(0.5) ? random.next() * 2 : 0,
      'clock jump': some(0.5),
      'disk full': this.hasFullDisk ? 2 : 0,
    };
    this.#meanPauseMs = 500 + random.next() * 6000;
    behaviour.stepMs = random.pick([20, 200, 1500]);
    behaviour.failing = random.chance(0.25) ? random.next() * 0.1 : 0;
    behaviour.hanging = random.chance(0.1) ? random.next() * 0.05 : 0;
    files.faults = { failing: random.chance(0.3) ? random.next() * 0.06 : 0, slow: some(0.1) };
    http.faults = { lost: some(0.03), repeated: some(0.05) };
    behaviour.faultAtCommit = some(0.3);
    world.onCommitAllowed = (tracker) => this.#atCommit(tracker);
    this.mayFail = behaviour.failing > 0 || behaviour.hanging > 0 || files.faults.failing > 0;
  }

  start(): void {
    const { random, scheduler } = this.#cluster.world;
    const next = (): void => {
      if (this.#isStopped) return;
      this.#inject();
      scheduler.after(random.next() * 2 * this.#meanPauseMs, next);
    };
    if (Object.values(this.#weights).some((w) => w > 0)) scheduler.after(random.next() * this.#meanPauseMs, next);
  }

  /** Ends the faults, and has all that was broken mended. */
  stop(): void {
    const { world, trackers } = this.#cluster;
    this.#isStopped = true;
    world.behaviour.failing = 0;
    world.behaviour.hanging = 0;
    world.behaviour.faultAtCommit = 0;
    world.behaviour.fullDisks.clear();
    world.files.faults = { failing: 0, slow: 0 };
    world.http.faults = { lost: 0, repeated: 0 };
    this.#cluster.startJobTracker();
    for (const tracker of trackers) this.#cluster.startTracker(tracker);
  }

  #inject(): void {
    const { world, trackers, jobTracker } = this.#cluster;
    const { random, scheduler, behaviour } = world;
    const tracker = random.pick(trackers);
    const kind = random.weighted(this.#weights);
    const pauseMs = random.chance(0.5) ? random.next() * 3000 : random.next() * PAUSE_MS_MAX;
    world.fault(kind, tracker.name);
    switch (kind) {
      case 'kill':
        this.#cluster.killTracker(tracker);
        scheduler.after(random.next() * 15_000, () => this.#restart(tracker));
        break;
      case 'pause machine':
        this.#cluster.pauseTracker(tracker, pauseMs);
        break;
      case 'pause task': {
        const children = [...world.children];
        if (children.length > 0) random.pick(children).process.pause(pauseMs);
        break;
      }
      case 'pause JobTracker':
        jobTracker.pause(random.next() * 8000);
        break;
      case 'kill JobTracker':
        this.#killJobTracker();
        break;
      case 'clock jump':
        tracker.machine.clockOffsetMs += (random.next() - 0.5) * 7_200_000;
        jobTracker.machine.clockOffsetMs += (random.next() - 0.5) * 7_200_000;
        break;
      case 'disk full': {
        // One machine's disk alone: a job has other trackers.
        const name = trackers[0]?.process?.name;
        if (name === undefined) break;
        behaviour.fullDisks.add(name);
        scheduler.after(random.next() * 30_000, () => behaviour.fullDisks.delete(name));
        break;
      }
    }
  }

  #killJobTracker(): void {
    const { random, scheduler } = this.#cluster.world;
    this.#cluster.killJobTracker();
    scheduler.after(random.next() * (random.chance(0.8) ? 2000 : 20_000), () => this.#cluster.startJobTracker());
  }

  /** Kills or pauses a machine around the moment of a commit. */
  #atCommit(process: JobProcess): void {
    const { world, trackers } = this.#cluster;
    const { random, scheduler, behaviour } = world;
    const tracker = trackers.find((t) => t.process === process);
    if (this.#isStopped || !tracker || !random.chance(behaviour.faultAtCommit)) return;
    const kills = random.chance(0.5);
    if (this.#weights['kill JobTracker'] > 0 && random.chance(0.4)) {
      scheduler.after(random.next() * 15, () => {
        world.fault('kill JobTracker at commit', tracker.name);
        this.#killJobTracker();
      });
    }
    scheduler.after(random.next() * 15, () => {
      world.fault(kills ? 'kill at commit' : 'pause at commit', tracker.name);
      // Most pauses end about the time when the JobTracker has given the tracker up.
      if (!kills)
        this.#cluster.pauseTracker(
          tracker,
          random.chance(0.7) ? 9000 + random.next() * 9000 : random.next() * PAUSE_MS_MAX,
        );
      else {
        this.#cluster.killTracker(tracker);
        scheduler.after(random.next() * 15_000, () => this.#restart(tracker));
      }
    });
  }

  #restart(tracker: SimTracker): void {
    this.#cluster.startTracker(tracker);
  }
}

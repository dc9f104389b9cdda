// Decides when faults happen.
import type { Cluster } from '../world/cluster.ts';
import type { Machine } from '../world/process.ts';
import type { World } from '../world/world.ts';

/** Decides when faults hit, and how long machines stay down. */
export class FaultTiming {
  readonly cluster: Cluster;
  readonly world: World;
  /** Whether the time of faults is over: faults that were drawn but have not happened yet are dropped. */
  isOver = false;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.world = cluster.world;
  }

  /** Runs `action` a few events from now or during the next write, so that faults hit between any two steps. */
  soon(action: () => void): void {
    const { random, scheduler } = this.world;
    let left = random.nextInt(30);
    const step = (): void => {
      if (left-- > 0) scheduler.after(random.next() * 0.4, step);
      else if (!this.isOver) action();
    };
    if (random.chance(0.5)) this.world.atNextWrite(() => scheduler.after(random.next() * 8, step));
    else step();
  }

  restartLater(machine: Machine, downMsMax: number): void {
    const { random, scheduler } = this.world;
    scheduler.after(50 + random.next() ** 2 * downMsMax, () => {
      if (!machine.process?.isAlive && !this.isOver) this.cluster.start(machine);
    });
  }
}

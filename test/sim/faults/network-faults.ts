// Causes the faults of the simulated network.

import { OPEN_LINK } from '../network/network.ts';
import type { Machine } from '../world/process.ts';
import type { SimRandom } from '../world/random.ts';
import type { World } from '../world/world.ts';
import type { FaultTiming } from './fault-timing.ts';

/** The faults of links and connections. */
export class NetworkFaults {
  readonly #timing: FaultTiming;
  readonly #world: World;
  readonly #random: SimRandom;

  constructor(timing: FaultTiming) {
    this.#timing = timing;
    this.#world = timing.world;
    this.#random = timing.world.random;
  }

  cutConnection(): boolean {
    this.#timing.soon(() => {
      const connected = [...this.#world.network.sockets].filter((s) => s.peer !== undefined);
      if (connected.length === 0) return;
      const socket = this.#random.pick(connected);
      this.#world.note(socket.process.name, `connection with ${socket.remoteAddress} is cut`);
      socket.cut(this.#random.chance(0.5));
    });
    return true;
  }

  partition(): boolean {
    const [from, to] = this.#pickTwo();
    this.#block([[from, to], ...(this.#random.chance(0.5) ? [[to, from] as const] : [])]);
    return true;
  }

  isolate(): boolean {
    const { machines } = this.#world;
    const one = this.#random.pick(machines);
    const others = machines.filter((m) => m !== one);
    this.#block(others.flatMap((other) => [[one, other] as const, [other, one] as const]));
    return true;
  }

  slowLink(): boolean {
    const link = this.#world.network.link(...this.#pickTwo());
    link.latencyMs = this.#random.next() * 300;
    link.jitterMs = this.#random.next() * 300;
    this.#world.scheduler.after(this.#random.next() * 5000, () => {
      Object.assign(link, { ...OPEN_LINK, isBlocked: link.isBlocked });
    });
    return true;
  }

  #pickTwo(): [Machine, Machine] {
    const { machines } = this.#world;
    const from = this.#random.pick(machines);
    return [from, this.#random.pick(machines.filter((m) => m !== from))];
  }

  #block(pairs: readonly (readonly [Machine, Machine])[]): void {
    const { network, scheduler } = this.#world;
    const forMs = this.#random.next() ** 2 * 10_000;
    for (const [from, to] of pairs) network.link(from, to).isBlocked = true;
    const names = pairs.map(([from, to]) => `${from.name}>${to.name}`);
    this.#world.note('network', `${names.join(' ')} blocked for ${Math.round(forMs)} ms`);
    scheduler.after(forMs, () => {
      for (const [from, to] of pairs) network.link(from, to).isBlocked = false;
      network.opened();
    });
  }
}

/** Small limits and delays inside the programs, drawn from the seed: rare paths of large clusters run in a small one. */
import type { SimRandom } from './random.ts';

/** Probability that a limit has its usual value in a seed that draws limits. */
const USUAL_SHARE = 0.7;

/** Properties of the cluster, and values that a seed draws from; the usual value is that of every simulated cluster. */
const PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  'dfs.client.write.max-packets-in-flight': ['1', '2'],
  'dfs.client-write-packet-size': ['600', '4096'],
  'dfs.blockreport.split.threshold': ['0'],
  'dfs.namenode.max.full.block.report.leases': ['1'],
  'dfs.block.invalidate.limit': ['1'],
  'dfs.namenode.replication.max-streams': ['1'],
  'dfs.namenode.replication.work.multiplier.per.iteration': ['1'],
  'dfs.namenode.accesstime.precision': ['1', '0'],
  'ipc.client.connection.maxidletime': ['20'],
  // 256 answers: more than come between a call and the last copy of it.
  'dfs.namenode.retrycache.heap.percent': ['0.0002'],
  'dfs.datanode.handler.count': ['1'],
  'ipc.server.handler.queue.size': ['1'],
  'dfs.namenode.lease-hard-limit-sec': ['5s', '20s'],
};

/** Limits whose effects the model of the namespace does not know: short leases, which other clients take over. */
export const OF_LEASES: readonly string[] = [
  'LEASE_SOFT_LIMIT_MS of namenode/namespace/lease-manager.ts',
  'dfs.namenode.lease-hard-limit-sec',
];

/** The values of one world. Programs ask by the name of a limit; bundle/buggify.ts names the limits. */
export class Knobs {
  readonly #random: SimRandom | undefined;
  readonly #values = new Map<string, number>();
  readonly #usual: readonly string[];

  /**
   * @param random generator of its own; when absent, every limit has its usual value
   * @param usual names of limits and properties that have their usual values
   */
  constructor(random: SimRandom | undefined, usual: readonly string[] = []) {
    this.#random = random;
    this.#usual = usual;
  }

  /** Returns the value of a limit, which is the same for the whole run. */
  value(name: string, usual: number, others: readonly number[]): number {
    const random = this.#random;
    if (random === undefined || this.#usual.includes(name)) return usual;
    const known = this.#values.get(name) ?? (random.chance(USUAL_SHARE) ? usual : random.pick(others));
    this.#values.set(name, known);
    return known;
  }

  /** Returns a delay in milliseconds for a callback that the event loop runs in its next turn. */
  turnMs(): number {
    const mostMs = this.value('turn', 0, [0.2, 2]);
    return mostMs === 0 || this.#random === undefined ? 0 : this.#random.next() * mostMs;
  }

  /** Returns the properties that differ from those of every simulated cluster. */
  properties(): Record<string, string> {
    const random = this.#random;
    if (random === undefined) return {};
    const drawn = Object.entries(PROPERTIES).filter(() => !random.chance(USUAL_SHARE));
    const picked = drawn.map(([name, values]) => [name, random.pick(values)] as const);
    return Object.fromEntries(picked.filter(([name]) => !this.#usual.includes(name)));
  }
}

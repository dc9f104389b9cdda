// Checks that a writer blames no DataNode that was healthy all along.
import type { Cluster } from '../world/cluster.ts';
import type { Machine } from '../world/process.ts';

/**
 * Watches the warnings of clients in a run in which DataNodes only crash, and nothing is slow or cut off: a DataNode that
 * has never crashed answers in time, so a writer that calls it bad after the time limit has missed the news of another one.
 * A DataNode may be called bad at once for a connection that it closed when another one died, as in Hadoop.
 */
export class Blame {
  readonly #cluster: Cluster;
  readonly #crashed = new Set<Machine>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.watchers.push({ warns: (client, message) => this.#warns(client, message) });
  }

  crashes(machine: Machine): void {
    this.#crashed.add(machine);
  }

  #warns(client: Machine, message: string): void {
    const [, ip] =
      /datanode \d+ \(DatanodeInfoWithStorage\[([\d.]+):\d+,[^)]*\) is bad: \d+ millis timeout/.exec(message) ?? [];
    if (ip === undefined) return;
    const { world, datanodes } = this.#cluster;
    world.coverage.hit('check blamed');
    const blamed = datanodes.find((machine) => machine.ip === ip);
    if (blamed === undefined || this.#crashed.has(blamed)) return;
    world.fail('healthy-nodes-stay', `${client.name} blames ${blamed.name}, which was up all along: ${message}`);
  }
}

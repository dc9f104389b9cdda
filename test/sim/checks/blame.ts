// Checks that a writer blames no DataNode that was healthy all along.
import type { Cluster } from '../world/cluster.ts';
import type { Machine } from '../world/process.ts';

/**
 * Watches the warnings of clients in a run in which DataNodes only crash, and nothing is slow or cut off. A DataNode that
 * has been up for all of a writer's time limit has answered in it, so a writer that calls it bad for the time limit has
 * missed the news of another one.
 *
 * Other reasons are not judged. A connection that ends, or an ack that makes no sense, names no DataNode, and the writer
 * takes the first one for bad, as Hadoop's does: its DataStreamer.ResponseProcessor calls
 * ErrorState.markFirstNodeIfNotMarked() for every exception.
 */
export class Blame {
  readonly #cluster: Cluster;
  /** Time of each DataNode's last crash. */
  readonly #crashedMs = new Map<Machine, number>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.watchers.push({ warns: (client, message) => this.#warns(client, message) });
  }

  crashes(machine: Machine): void {
    this.#crashedMs.set(machine, this.#cluster.world.nowMs);
  }

  #warns(client: Machine, message: string): void {
    const [, ip, waitedMs] =
      /datanode \d+ \(DatanodeInfoWithStorage\[([\d.]+):\d+,[^)]*\) is bad: (\d+) millis timeout/.exec(message) ?? [];
    if (ip === undefined) return;
    const { world, datanodes } = this.#cluster;
    world.coverage.hit('check blamed');
    const blamed = datanodes.find((machine) => machine.ip === ip);
    if (blamed === undefined) return;
    const crashedMs = this.#crashedMs.get(blamed) ?? Number.NEGATIVE_INFINITY;
    if (crashedMs >= world.nowMs - Number(waitedMs)) return;
    world.fail('healthy-nodes-stay', `${client.name} blames ${blamed.name}, which was up all along: ${message}`);
  }
}

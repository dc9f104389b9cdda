/** Tells which calls of clients were sent to the NameNode more than once: on several connections, or as a copy. */
import type { Faults } from '../faults/faults.ts';
import type { SimSocket } from '../network/socket.ts';
import { type Cluster, NAMENODE_PORT } from '../world/cluster.ts';
import type { SentCopies } from './history-client.ts';

/** Share of the calls of a history that are copied, in seeds whose faults include copies. */
const COPIED_SHARE = 0.2;

/** Watches the connections of clients. A client that makes one call at a time sends a call again on another connection. */
export class SentCalls implements SentCopies {
  readonly #sockets = new Map<string, Set<SimSocket>>();
  readonly #copied = new Set<string>();

  constructor({ world }: Cluster, faults: Faults) {
    const { network } = world;
    const before = network.onSent;
    if (faults.copies !== undefined) {
      faults.copies.reachesNextNamenode = false;
      faults.copies.share = COPIED_SHARE;
      faults.copies.onCopy = (client) => this.#copied.add(client.name);
    }
    network.onSent = (socket, bytes) => {
      before?.(socket, bytes);
      if (socket.remotePort === NAMENODE_PORT) this.#sockets.get(socket.process.name)?.add(socket);
    };
  }

  begin(client: string): void {
    this.#sockets.set(client, new Set());
    this.#copied.delete(client);
  }

  wereSent(client: string): boolean {
    return this.#copied.has(client) || (this.#sockets.get(client)?.size ?? 0) > 1;
  }
}

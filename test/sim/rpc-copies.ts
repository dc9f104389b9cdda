// RPC calls that the network delivers twice.
import type { Cluster } from './cluster.ts';
import { SimProcess } from './process.ts';
import { SimSocket } from './socket.ts';
import type { World } from './world.ts';

const NAMENODE_PORT = 8020;
/** `hrpc`, version, service class, authentication. */
const PREAMBLE_BYTES = 7;
/** A copy's connection ends after so long, answered or not. */
const LIFE_MS = 15_000;

/** What a connection to the NameNode has sent. */
interface Sent {
  /** The preamble and the connection's context, which every connection begins with. */
  head: Buffer | undefined;
  /** The beginning of a frame that is not whole yet. */
  rest: Buffer;
}

/**
 * Delivers calls of clients to the NameNode once more, at once or late, on a connection of their own: as when a client
 * takes a connection for dead, sends its call again on another, and the first one's bytes get through after all. Nobody
 * reads the answer to the copy.
 */
export class RpcCopies {
  readonly #cluster: Cluster;
  readonly #world: World;
  readonly #sent = new WeakMap<SimSocket, Sent>();
  /** Runs while the network does. */
  readonly #carrier: SimProcess;
  #wanted = 0;
  isOver = false;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#world = cluster.world;
    this.#carrier = new SimProcess(cluster.world, cluster.world.addMachine('copies', '10.0.0.202'), -1);
    cluster.world.network.onSent = (socket, bytes) => this.#see(socket, bytes);
  }

  /** The next `calls` calls of clients are copied. */
  copyNext(calls: number): void {
    this.#wanted += calls;
  }

  #see(socket: SimSocket, bytes: Buffer): void {
    if (socket.remotePort !== NAMENODE_PORT || !this.#cluster.clients.includes(socket.process.machine)) return;
    const sent = this.#sent.get(socket) ?? { head: undefined, rest: Buffer.alloc(0) };
    this.#sent.set(socket, sent);
    sent.rest = Buffer.concat([sent.rest, bytes]);
    for (;;) {
      const begin = sent.head === undefined ? PREAMBLE_BYTES : 0;
      if (sent.rest.length < begin + 4) return;
      const end = begin + 4 + sent.rest.readInt32BE(begin);
      if (sent.rest.length < end) return;
      const frame = sent.rest.subarray(0, end);
      sent.rest = sent.rest.subarray(end);
      if (sent.head === undefined) sent.head = frame;
      else this.#maybeCopy(sent.head, frame);
    }
  }

  #maybeCopy(head: Buffer, frame: Buffer): void {
    // ClientProtocol.truncate is idempotent only until the next append: a late one cuts what was acknowledged since.
    if (this.#wanted === 0 || frame.includes('truncate')) return;
    const { random } = this.#world;
    this.#wanted--;
    const isLate = random.chance(0.5);
    const delayMs = random.next() * (isLate ? 8000 : 3);
    this.#world.coverage.hit(`rpc-copy ${isLate ? 'late' : 'soon'}`);
    this.#carrier.after(delayMs, () => {
      if (this.isOver) return;
      this.#world.note('network', `a call that was sent ${Math.round(delayMs)} ms ago arrives once more`);
      const socket = new SimSocket(this.#carrier);
      socket.on('data', () => undefined);
      this.#world.network.connect(socket, this.#cluster.namenode.ip, NAMENODE_PORT);
      socket.write(Buffer.concat([head, frame]));
      this.#carrier.after(LIFE_MS, () => socket.destroy());
    });
  }
}

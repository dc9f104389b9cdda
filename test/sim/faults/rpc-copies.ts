// Delivers RPC calls of clients to the NameNode a second time.

import { SimSocket } from '../network/socket.ts';
import { type Cluster, NAMENODE_PORT } from '../world/cluster.ts';
import { type Machine, SimProcess } from '../world/process.ts';
import type { World } from '../world/world.ts';

/** Length of `hrpc`, the version, the service class and the authentication protocol. */
const PREAMBLE_BYTES = 7;
/** A copy's connection is closed after this time, answered or not. */
const LIFE_MS = 15_000;
/** A copy arrives within one of these times after the call that it waits for. */
const SOON_MS = 3;
const LATE_MS = 8000;

/** Bytes that a client's connection to the NameNode has sent. */
interface Sent {
  /** Preamble and connection context, with which every connection begins; undefined until both have come. */
  head: Buffer | undefined;
  /** First bytes of a frame that is not complete yet. */
  rest: Buffer;
}

/** Methods that a copy is made of: the others change nothing. */
const CHANGING = [
  ...['create', 'append', 'truncate', 'concat', 'delete', 'rename', 'rename2', 'mkdirs'],
  ...['setPermission', 'setOwner', 'setTimes', 'setReplication'],
  ...['addBlock', 'abandonBlock', 'fsync', 'complete', 'updateBlockForPipeline', 'updatePipeline', 'recoverLease'],
].map(methodBytes);
const TRUNCATE = methodBytes('truncate');
/** Truncates are few, and a copy that runs is seen only if the file has grown since: half of them are copied. */
const TRUNCATES_COPIED = 0.5;

/** Returns the bytes of a method's name in the header of a call. */
function methodBytes(name: string): Buffer {
  return Buffer.from([name.length, ...Buffer.from(name)]);
}

/** A copy that arrives when its client has sent so many more calls. */
interface Held {
  readonly client: Machine;
  callsLeft: number;
  readonly deliver: () => void;
}

/**
 * Delivers copies of clients' calls to the NameNode, at once, late, or right after a later call of the same client, each
 * on a connection of its own. This happens when a client takes a connection for dead and sends its call again on
 * another, and the bytes on the first arrive after all. The answer to a copy is dropped.
 */
export class RpcCopies {
  readonly #cluster: Cluster;
  readonly #world: World;
  readonly #sent = new WeakMap<SimSocket, Sent>();
  /** Process that owns the copies' connections. */
  readonly #carrier: SimProcess;
  #held: Held[] = [];
  #wanted = 0;
  isOver = false;
  /**
   * Whether a copy reaches a NameNode that was started after the call: bytes on a connection never do, because they end
   * with the process. A call that changed nothing is kept in memory only.
   */
  reachesNextNamenode = true;
  /** Share of the calls that are copied also when no fault asks for it. */
  share = 0;
  /** Called with the client whose call is copied. */
  onCopy: ((client: Machine) => void) | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#world = cluster.world;
    this.#carrier = new SimProcess(cluster.world, cluster.world.addMachine('copies', '10.0.0.202'), -1);
    cluster.world.network.onSent = (socket, bytes) => this.#see(socket, bytes);
  }

  /** Copies the next `calls` calls of clients that change something. */
  copyNext(calls: number): void {
    this.#wanted += calls;
  }

  #see(socket: SimSocket, bytes: Buffer): void {
    const client = socket.process.machine;
    if (socket.remotePort !== NAMENODE_PORT || !this.#cluster.clients.includes(client)) return;
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
      else if (CHANGING.some((name) => frame.includes(name))) this.#changingCall(client, sent.head, frame);
    }
  }

  #changingCall(client: Machine, head: Buffer, frame: Buffer): void {
    this.#held = this.#held.filter((held) => {
      if (held.client !== client || --held.callsLeft > 0) return true;
      held.deliver();
      return false;
    });
    const { random } = this.#world;
    if (this.#wanted > 0) this.#wanted--;
    else {
      const share = frame.includes(TRUNCATE) ? TRUNCATES_COPIED : this.share;
      if (share === 0 || !random.chance(share)) return;
    }
    const kind = random.pick(['soon', 'late', 'after later calls'] as const);
    this.#world.coverage.hit(`rpc-copy ${kind}`);
    this.onCopy?.(client);
    const { process } = this.#cluster.namenode;
    const deliver = (withinMs: number): void => this.#deliverIn(random.next() * withinMs, process, head, frame);
    if (kind === 'after later calls') {
      this.#held.push({ client, callsLeft: random.between(1, 8), deliver: () => deliver(SOON_MS) });
    } else deliver(kind === 'late' ? LATE_MS : SOON_MS);
  }

  /** @param process NameNode's process at the time of the call */
  #deliverIn(delayMs: number, process: SimProcess | undefined, head: Buffer, frame: Buffer): void {
    const { namenode } = this.#cluster;
    this.#carrier.after(delayMs, () => {
      const isTooLate = (): boolean => !this.reachesNextNamenode && namenode.process !== process;
      if (this.isOver || isTooLate()) return;
      this.#world.note('network', 'a call that was sent before arrives once more');
      const socket = new SimSocket(this.#carrier);
      socket.on('data', () => undefined);
      socket.on('connect', () => {
        if (isTooLate()) socket.destroy();
      });
      this.#world.network.connect(socket, namenode.ip, NAMENODE_PORT);
      socket.write(Buffer.concat([head, frame]));
      this.#carrier.after(LIFE_MS, () => socket.destroy());
    });
  }
}

/** Idle connections to DataNodes (Hadoop: PeerCache). */
import type { DataConnection } from '../../protocol/datatransfer/data-connection.ts';

const PEERS_MAX = 16;
/** Shorter than the 4 s that a DataNode keeps an idle connection (dfs.datanode.socket.reuse.keepalive). */
const IDLE_MAX_MS = 3000;

interface IdlePeer {
  readonly address: string;
  readonly connection: DataConnection;
  readonly untilMs: number;
}

/** Connections to DataNodes that have finished an op and can take another one. */
export class PeerCache {
  readonly #monotonicMs: () => number;
  #peers: IdlePeer[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  get size(): number {
    return this.#peers.length;
  }

  /** Takes out a connection to `address`, which the DataNode may have closed meanwhile; undefined if there is none. */
  take(address: string): DataConnection | undefined {
    this.#expire();
    const at = this.#peers.findLastIndex((p) => p.address === address);
    return at < 0 ? undefined : this.#peers.splice(at, 1)[0]?.connection;
  }

  put(address: string, connection: DataConnection): void {
    if (this.#closed || connection.destroyed) {
      connection.destroy();
      return;
    }
    this.#peers.push({ address, connection, untilMs: this.#monotonicMs() + IDLE_MAX_MS });
    if (this.#peers.length > PEERS_MAX) this.#peers.shift()?.connection.destroy();
    this.#timer ??= setTimeout(() => this.#expire(), IDLE_MAX_MS).unref();
  }

  #expire(): void {
    const now = this.#monotonicMs();
    for (const peer of this.#peers) if (peer.untilMs <= now) peer.connection.destroy();
    this.#peers = this.#peers.filter((p) => p.untilMs > now);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#peers.length > 0) this.#timer = setTimeout(() => this.#expire(), IDLE_MAX_MS).unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const { connection } of this.#peers.splice(0)) connection.destroy();
  }
}

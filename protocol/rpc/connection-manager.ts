/** The connections of an RPC server and their limits. */
import type { Clock } from '../../runtime/runtime.ts';
import type { RpcServerLimits } from './server-limits.ts';

/** A connection as its manager sees it. */
export interface ManagedConnection {
  /** Whether the client has named its user. */
  readonly isEstablished: boolean;
  /** Whether none of its calls is in progress. */
  readonly isIdle: boolean;
  /** Whether a large frame has begun and only its client delays its end. */
  readonly isInFrame: boolean;
  /** The time of the last bytes from its client, in ms of the monotonic clock. */
  readonly lastContactMs: number;
  destroy(): void;
}

/**
 * Holds the connections of one RPC server, limits their number, and closes those that have been silent for too long.
 * (Hadoop: org.apache.hadoop.ipc.Server.ConnectionManager.)
 */
export class RpcConnectionManager<C extends ManagedConnection> {
  readonly #limits: RpcServerLimits;
  readonly #clock: Clock;
  readonly #connections = new Set<C>();
  #scanner: NodeJS.Timeout | undefined;

  constructor(limits: RpcServerLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  get size(): number {
    return this.#connections.size;
  }

  /** Whether the server takes no further connection. */
  get isFull(): boolean {
    const { connectionsMax } = this.#limits;
    return connectionsMax > 0 && this.#connections.size >= connectionsMax;
  }

  add(connection: C): void {
    this.#connections.add(connection);
  }

  remove(connection: C): void {
    this.#connections.delete(connection);
  }

  startIdleScan(): void {
    this.#scanner = setInterval(() => this.closeIdle(), this.#limits.idleScanIntervalMs).unref();
  }

  /**
   * Closes idle connections, some in each scan, while there are more than the threshold. Unlike Hadoop, it also closes
   * every connection that has not gone on with its handshake, or with a large frame, for the same time.
   */
  closeIdle(): void {
    const { idleMsMax, idleThreshold, idleClosedMax } = this.#limits;
    const silentSinceMs = this.#clock.monotonicMs() - idleMsMax;
    let closed = 0;
    for (const connection of this.#connections) {
      if (connection.lastContactMs > silentSinceMs) continue;
      if (!connection.isEstablished || connection.isInFrame) connection.destroy();
      else if (connection.isIdle && closed < idleClosedMax && this.#connections.size >= idleThreshold) {
        closed++;
        connection.destroy();
      }
    }
  }

  /** Closes all connections and ends the scans. */
  close(): void {
    clearInterval(this.#scanner);
    for (const connection of this.#connections) connection.destroy();
  }
}

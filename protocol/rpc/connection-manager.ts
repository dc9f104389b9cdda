import type { Clock } from '../../runtime/runtime.ts';
import type { RpcServerLimits } from './server-limits.ts';

/** What the manager knows of a connection. */
export interface ManagedConnection {
  /** Whether the client has said who it is. */
  readonly isEstablished: boolean;
  /** Whether no call of it is in progress. */
  readonly isIdle: boolean;
  /** Whether the rest of a large frame is waited for. */
  readonly isInFrame: boolean;
  /** When its client last sent something, by the monotonic clock. */
  readonly lastContactMs: number;
  destroy(): void;
}

/**
 * The connections of one RPC server: how many there may be, and which are closed because nothing comes from them.
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

  /** Whether one more may be had. */
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
   * Closes idle connections while there are more than the threshold, a few in each scan; and, unlike Hadoop, every one
   * that has not gone on with its handshake, or with a large frame, for the same time.
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

  /** Closes them all and scans no more. */
  close(): void {
    clearInterval(this.#scanner);
    for (const connection of this.#connections) connection.destroy();
  }
}

/** Limits the data transfers that run at a time and the connections that wait for their next op. */
import { invariant } from '../../runtime/bug.ts';
import { hadoopError } from '../../runtime/errors.ts';

/** Connections that may wait without an operation. Above this, the one that has waited longest is dropped. */
const WAITING_MAX = 8192;

/**
 * Limits the operations that run at a time (dfs.datanode.max.transfer.threads) and the connections that wait for their
 * next operation. Hadoop has a thread for each connection and counts every open one (DataXceiverServer). There a few
 * thousand silent connections keep all other clients out.
 */
export class TransferLimit<C extends { destroy(): void }> {
  readonly #transfersMax: number;
  readonly #waitingMax: number;
  /** The connections without an operation, in the order in which they began to wait; at most waitingMax. */
  readonly #waiting = new Set<C>();
  #transfers = 0;

  constructor(transfersMax: number, waitingMax = WAITING_MAX) {
    this.#transfersMax = transfersMax;
    this.#waitingMax = waitingMax;
  }

  /** Adds a new connection. Drops the connection that has waited longest if too many wait. */
  opened(connection: C): void {
    this.#waiting.add(connection);
    if (this.#waiting.size <= this.#waitingMax) return;
    const [longest] = this.#waiting;
    if (longest === undefined) return;
    this.#waiting.delete(longest);
    longest.destroy();
    invariant(this.#waiting.size <= this.#waitingMax, 'no more connections wait than may');
  }

  closed(connection: C): void {
    this.#waiting.delete(connection);
  }

  /** Runs one operation of the connection. @throws IOException if too many operations run */
  async run<T>(connection: C, operation: () => Promise<T>): Promise<T> {
    if (this.#transfers >= this.#transfersMax) {
      const count = this.#transfers + 1;
      const message = `Xceiver count ${count} exceeds the limit of concurrent xceivers: ${this.#transfersMax}`;
      throw hadoopError('IOException', message);
    }
    this.#transfers++;
    this.#waiting.delete(connection);
    try {
      return await operation();
    } finally {
      this.#transfers--;
      this.opened(connection);
    }
  }
}

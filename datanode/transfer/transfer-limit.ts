/** Limits on the transfers that run and the connections that wait. */
import { invariant } from '../../runtime/bug.ts';
import { hadoopError } from '../../runtime/errors.ts';

/** Connections that may be open without an operation; beyond it the one that waits longest is dropped. */
const WAITING_MAX = 8192;

/**
 * How many operations run at a time (dfs.datanode.max.transfer.threads), and how many connections wait for their next
 * one. Hadoop counts a connection from its first byte on, because it has a thread for each: there a few thousand
 * connections that say nothing keep everybody out.
 */
export class TransferLimit<C extends { destroy(): void }> {
  readonly #transfersMax: number;
  readonly #waitingMax: number;
  /** In the order in which they began to wait; at most waitingMax. */
  readonly #waiting = new Set<C>();
  #transfers = 0;

  constructor(transfersMax: number, waitingMax = WAITING_MAX) {
    this.#transfersMax = transfersMax;
    this.#waitingMax = waitingMax;
  }

  /** A new connection. */
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

  /** Runs one operation of the connection. @throws IOException when there are too many */
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

/** Measures how long the next node of a pipeline takes to take packets. */
import type { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import type { Clock } from '../../runtime/runtime.ts';

/**
 * Measures what a connection takes until the system has taken packets: as long as a blocking write would take, which is
 * what Hadoop's DataNodes measure.
 */
export class SendTimer {
  readonly #clock: Clock;
  readonly #onTaken: (tookMs: number, packets: number) => void;
  #takenMs = Number.NEGATIVE_INFINITY;

  /** @param onTaken hears of each piece, what it took and how many packets it was */
  constructor(clock: Clock, onTaken: (tookMs: number, packets: number) => void) {
    this.#clock = clock;
    this.#onTaken = onTaken;
  }

  /** Sends as DataConnection.sendRaw(). */
  sendRaw(
    connection: Pick<DataConnection, 'sendRaw' | 'unsentBytes' | 'destroyed'>,
    raw: readonly Uint8Array[],
    packets: number,
    onSent: () => void,
  ): Promise<void> {
    const beganMs = this.#clock.monotonicMs();
    let isMeasured = false;
    const measure = (): void => {
      if (isMeasured || connection.destroyed) return;
      isMeasured = true;
      const nowMs = this.#clock.monotonicMs();
      // A piece behind another one waits for it, too; that time is the other one's.
      this.#onTaken(nowMs - Math.max(beganMs, this.#takenMs), packets);
      this.#takenMs = nowMs;
    };
    const room = connection.sendRaw(raw, () => {
      measure();
      onSent();
    });
    // The callback comes after the rest of this turn's work, which is not the connection's.
    if (connection.unsentBytes === 0) measure();
    return room;
  }
}

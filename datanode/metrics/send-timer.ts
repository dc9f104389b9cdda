/** Measures how long the next node of a pipeline takes to take packets. */
import type { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import type { Clock } from '../../runtime/runtime.ts';

/**
 * Measures the time until the operating system has taken packets from a connection. Hadoop's DataNodes measure the same:
 * the time of a blocking write.
 */
export class SendTimer {
  readonly #clock: Clock;
  readonly #onTaken: (tookMs: number, packets: number) => void;
  #takenMs = Number.NEGATIVE_INFINITY;

  /** @param onTaken called for each piece with its milliseconds and number of packets */
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
      // A piece waits until the one before it is taken. That time counts for the one before it.
      this.#onTaken(nowMs - Math.max(beganMs, this.#takenMs), packets);
      this.#takenMs = nowMs;
    };
    const room = connection.sendRaw(raw, () => {
      measure();
      onSent();
    });
    // The callback would come only after the rest of this turn's work, which must not be counted.
    if (connection.unsentBytes === 0) measure();
    return room;
  }
}

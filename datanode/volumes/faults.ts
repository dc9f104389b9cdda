/** The faults that a DataNode can be made to suffer on purpose. */
import { hadoopError } from '../../runtime/errors.ts';
import { Alarm, type Deferred, deferred } from '../../runtime/promises.ts';

/**
 * The faults that `calf fault` and MiniCluster.faults set. Exists only with calf.fault.injection.enabled. While no fault is
 * set, asking for one costs a property read.
 */
export class DatanodeFaults {
  /** Whether acks of packets are thrown away instead of sent upstream. */
  dropsAcks = false;
  /** Whether no volume has room: new replicas are refused, and writes fail as on a full disk (ENOSPC). */
  isDiskFull = false;
  readonly #alarm = new Alarm();
  #packetDelayMs = 0;
  #resumed: Deferred<void> | undefined;

  /** The pause before each packet that is received or sent, in milliseconds. */
  get packetDelayMs(): number {
    return this.#packetDelayMs;
  }

  /** @throws IllegalArgumentException */
  slow(packetDelayMs: number): void {
    if (!Number.isFinite(packetDelayMs) || packetDelayMs <= 0) {
      throw hadoopError('IllegalArgumentException', `The delay is ${packetDelayMs} ms: expected a number above 0`);
    }
    this.#packetDelayMs = packetDelayMs;
  }

  unslow(): void {
    this.#packetDelayMs = 0;
    this.#alarm.ring();
  }

  get isPaused(): boolean {
    return this.#resumed !== undefined;
  }

  /** Holds heartbeats and transfers, as SIGSTOP would if the DataNode had a process of its own. */
  pause(): void {
    this.#resumed ??= deferred();
  }

  resume(): void {
    this.#resumed?.resolve();
    this.#resumed = undefined;
  }

  clear(): void {
    this.dropsAcks = false;
    this.isDiskFull = false;
    this.unslow();
    this.resume();
  }

  /** Returns a promise to wait for before anything is sent or received; undefined unless paused. */
  whilePaused(): Promise<void> | undefined {
    return this.#resumed?.promise;
  }

  /** Returns a promise to wait for before `packets` packets are received or sent; undefined if there is no fault. */
  beforePackets(packets: number): Promise<void> | undefined {
    if (this.#resumed === undefined && this.#packetDelayMs === 0) return undefined;
    return this.#hold(packets);
  }

  async #hold(packets: number): Promise<void> {
    const delayMs = this.#packetDelayMs * packets;
    if (delayMs > 0) await this.#alarm.sleep(delayMs);
    await this.#resumed?.promise;
  }

  /** @throws Error with the code ENOSPC while the disk counts as full */
  checkRoom(): void {
    if (this.isDiskFull) throw Object.assign(new Error('ENOSPC: no space left on device, by calf fault'), NO_SPACE);
  }
}

const NO_SPACE = { code: 'ENOSPC' };

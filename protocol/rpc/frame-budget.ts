/** The limit on the memory of an RPC server's unfinished frames. */
import { invariant } from '../../runtime/bug.ts';

/** A connection that is in the middle of a frame. */
export interface FrameHolder {
  /** Called when the connection may read on after mayRead() returned false. */
  resumeFrame(): void;
}

/** Frames up to this size are not counted: most frames are smaller. */
const FREE_BYTES = 1024 * 1024;

/**
 * Bounds the memory of the unfinished frames of all connections of a server. Each frame may be as long as
 * ipc.maximum.data.length, and a client may never end it. While the frames have too many bytes, only the connection whose
 * frame began first reads on; the others wait for their turn.
 */
export class FrameBudget {
  readonly #bytesMax: number;
  /** The bytes of each counted frame; the frame that began first comes first. */
  readonly #held = new Map<FrameHolder, number>();
  readonly #waiting = new Set<FrameHolder>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Sets the bytes that a connection holds of an unfinished frame; 0 if the frame is whole or the connection closed. */
  update(holder: FrameHolder, bytes: number): void {
    const known = this.#held.get(holder) ?? 0;
    const now = bytes > FREE_BYTES ? bytes : 0;
    if (now === known) return;
    this.#bytes += now - known;
    if (now > 0) this.#held.set(holder, now);
    else {
      this.#held.delete(holder);
      this.#waiting.delete(holder);
      this.#resume();
    }
  }

  /** Returns whether the connection may read more of its frame. If not, resumeFrame() is called when it may. */
  mayRead(holder: FrameHolder): boolean {
    if (this.#bytes <= this.#bytesMax || !this.#held.has(holder)) return true;
    const [oldest] = this.#held.keys();
    if (oldest === holder) return true;
    this.#waiting.add(holder);
    return false;
  }

  /** Returns whether the connection has a part of a large frame and may read the rest. */
  isReading(holder: FrameHolder): boolean {
    return this.#held.has(holder) && !this.#waiting.has(holder);
  }

  #resume(): void {
    const [oldest] = this.#held.keys();
    const next = this.#bytes <= this.#bytesMax ? [...this.#waiting] : [...this.#waiting].filter((h) => h === oldest);
    for (const holder of next) {
      this.#waiting.delete(holder);
      holder.resumeFrame();
    }
    this.#checkOldestReads();
  }

  /** All waiting connections would wait for ever if the connection whose frame began first waited too. */
  #checkOldestReads(): void {
    const [oldest] = this.#held.keys();
    invariant(oldest === undefined || !this.#waiting.has(oldest), 'the connection whose frame began first reads on');
  }
}

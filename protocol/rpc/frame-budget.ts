/** A connection that is in the middle of a frame. */
export interface FrameHolder {
  /** Called when it may read on after `mayRead` said no. */
  resumeFrame(): void;
}

/** Frames up to this size are not counted: most fit. */
const FREE_BYTES = 1024 * 1024;

/**
 * Bounds the memory of the unfinished frames of all connections of a server: each may be as long as
 * ipc.maximum.data.length, and nothing says that a client will ever end one. When they are too many bytes, only the
 * connection that has been at it longest reads on; the others wait their turn.
 */
export class FrameBudget {
  readonly #bytesMax: number;
  /** What each holds beyond the free size, the one that began first in front. */
  readonly #held = new Map<FrameHolder, number>();
  readonly #waiting = new Set<FrameHolder>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Tells how many bytes of a frame a connection has got; 0 when it is whole, or the connection gone. */
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

  /** Whether the connection may read more of its frame; if not, it is told when it may. */
  mayRead(holder: FrameHolder): boolean {
    if (this.#bytes <= this.#bytesMax || !this.#held.has(holder)) return true;
    const [oldest] = this.#held.keys();
    if (oldest === holder) return true;
    this.#waiting.add(holder);
    return false;
  }

  /** Whether it has a part of a large frame and may get the rest. */
  isReading(holder: FrameHolder): boolean {
    return this.#held.has(holder) && !this.#waiting.has(holder);
  }

  /** Invariant: when some wait, the oldest holder does not. */
  #resume(): void {
    const [oldest] = this.#held.keys();
    const next = this.#bytes <= this.#bytesMax ? [...this.#waiting] : [...this.#waiting].filter((h) => h === oldest);
    for (const holder of next) {
      this.#waiting.delete(holder);
      holder.resumeFrame();
    }
  }
}

// Decides which faults may happen at the same time.

/** Whether a fault could begin, and was carried out. */
export type Turn = Promise<boolean>;

export interface TurnsOptions {
  /** Most DataNodes that may have a fault at the same time. */
  readonly sufferingMax: () => number;
  /** Waits a moment. */
  readonly pause: () => Promise<void>;
  readonly stopping: AbortSignal;
}

/** The machines that suffer a fault now. A fault that finds no room does not happen. */
export class FaultTurns {
  readonly #o: TurnsOptions;
  readonly #suffering = new Set<number>();
  #namenodeSuffers = false;
  /** Whether a fault that must be alone waits or goes on: no other fault of a daemon begins then. */
  #isAlone = false;

  constructor(options: TurnsOptions) {
    this.#o = options;
  }

  /** Runs a fault of one DataNode. */
  async datanode(index: number, fault: () => Promise<void>): Turn {
    if (this.#isAlone || this.#suffering.has(index) || this.#suffering.size >= this.#o.sufferingMax()) return false;
    this.#suffering.add(index);
    try {
      await fault();
    } finally {
      this.#suffering.delete(index);
    }
    return true;
  }

  async namenode(fault: () => Promise<void>): Turn {
    if (this.#isAlone || this.#namenodeSuffers) return false;
    this.#namenodeSuffers = true;
    try {
      await fault();
    } finally {
      this.#namenodeSuffers = false;
    }
    return true;
  }

  /** Runs a fault while no daemon has another one, after the present faults have ended. */
  async alone(fault: () => Promise<void>): Turn {
    if (this.#isAlone) return false;
    this.#isAlone = true;
    try {
      while (this.#namenodeSuffers || this.#suffering.size > 0) {
        if (this.#o.stopping.aborted) return false;
        await this.#o.pause();
      }
      if (this.#o.stopping.aborted) return false;
      await fault();
    } finally {
      this.#isAlone = false;
    }
    return true;
  }

  /**
   * Runs the beginning of a fault alone and its rest as a fault of one DataNode.
   * @param begin returns false if the fault does not happen
   */
  async aloneAtFirst(index: number, begin: () => Promise<boolean>, rest: () => Promise<void>): Turn {
    let hasBegun = false;
    await this.alone(async () => {
      hasBegun = await begin();
      if (hasBegun) this.#suffering.add(index);
    });
    if (!hasBegun) return false;
    try {
      await rest();
    } finally {
      this.#suffering.delete(index);
    }
    return true;
  }
}

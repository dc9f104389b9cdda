import { type HadoopError, hadoopError } from '../protocol/errors.ts';

/** Half of the soft limit (60 s), after which the NameNode gives a file to another writer. */
const RENEW_INTERVAL_MS = 30_000;
/** After the hard limit the NameNode has taken the files back. */
const LEASE_HARD_LIMIT_MS = 20 * 60_000;

interface LeasedFile {
  /** Ends the write; whoever writes or closes the file hears the reason. */
  fail(reason: HadoopError): void;
}

export interface LeaseRenewerOptions {
  readonly renew: () => Promise<void>;
  readonly monotonicMs: () => number;
  readonly warn: (message: string) => void;
}

/** Keeps the lease of one client alive while it has files open for writing. */
export class LeaseRenewer {
  readonly #options: LeaseRenewerOptions;
  readonly #files = new Set<LeasedFile>();
  #timer: NodeJS.Timeout | undefined;
  #renewedAtMs = 0;

  constructor(options: LeaseRenewerOptions) {
    this.#options = options;
  }

  get openFiles(): number {
    return this.#files.size;
  }

  add(file: LeasedFile): void {
    this.#files.add(file);
    if (this.#timer) return;
    // create() has just begun or renewed the lease.
    this.#renewedAtMs = this.#options.monotonicMs();
    this.#timer = setInterval(() => void this.renewNow(), RENEW_INTERVAL_MS);
    // An open file alone does not keep a program alive.
    this.#timer.unref();
  }

  remove(file: LeasedFile): void {
    this.#files.delete(file);
    if (this.#files.size === 0) this.#stop();
  }

  /** One renewal; a failure is tried again at the next turn, and past the hard limit the files are given up. */
  async renewNow(): Promise<void> {
    try {
      await this.#options.renew();
      this.#renewedAtMs = this.#options.monotonicMs();
    } catch (e) {
      const silentMs = this.#options.monotonicMs() - this.#renewedAtMs;
      const reason = e instanceof Error ? e.message : String(e);
      this.#options.warn(`Failed to renew lease for ${Math.round(silentMs / 1000)} seconds: ${reason}`);
      if (silentMs <= LEASE_HARD_LIMIT_MS) return;
      // Hadoop's words (DFSClient.closeAllFilesBeingWritten).
      this.#failAll(`Lease timeout of ${LEASE_HARD_LIMIT_MS / 1000} seconds expired.`);
    }
  }

  #failAll(reason: string): void {
    for (const file of [...this.#files]) file.fail(hadoopError('IOException', reason));
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** The file system is closed: files that are still open are given up, so that nothing of them stays behind. */
  close(): void {
    this.#stop();
    this.#failAll('Filesystem closed');
  }
}

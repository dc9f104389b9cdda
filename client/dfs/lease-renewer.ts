/** Keeping the lease of a client alive (Hadoop: LeaseRenewer). */
import { type HadoopError, hadoopError, messageOf } from '../../runtime/errors.ts';

/** Half of the soft limit of 60 s. After the soft limit the NameNode may give a file to another writer. */
const RENEW_INTERVAL_MS = 30_000;

interface LeasedFile {
  readonly path: string;
  close(): Promise<void>;
  /** Ends the write: later calls of write and close fail with the reason. */
  fail(reason: HadoopError): void;
}

export interface LeaseRenewerOptions {
  readonly renew: () => Promise<void>;
  readonly monotonicMs: () => number;
  readonly warn: (message: string) => void;
  /** dfs.namenode.lease-hard-limit-sec: after this time without a renewal the NameNode has taken the files back. */
  readonly hardLimitMs: number;
}

/** Keeps the lease of one client alive while it has files open for writing. */
export class LeaseRenewer {
  readonly #options: LeaseRenewerOptions;
  readonly #files = new Set<LeasedFile>();
  #timer: NodeJS.Timeout | undefined;
  #renewedAtMs = 0;
  #renewing: Promise<void> | undefined;

  constructor(options: LeaseRenewerOptions) {
    this.#options = options;
  }

  get openFiles(): number {
    return this.#files.size;
  }

  add(file: LeasedFile): void {
    this.#files.add(file);
    if (this.#timer) return;
    // The create() call of this file has just begun or renewed the lease.
    this.#renewedAtMs = this.#options.monotonicMs();
    this.#timer = setInterval(() => void this.renewNow(), RENEW_INTERVAL_MS);
    // An open file alone does not keep a program alive.
    this.#timer.unref();
  }

  remove(file: LeasedFile): void {
    this.#files.delete(file);
    if (this.#files.size === 0) this.#stop();
  }

  /** Renews the lease, or waits for the renewal that is under way: a slow NameNode is not asked twice at a time. */
  renewNow(): Promise<void> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  /** A renewal that fails is tried again at the next interval. Past the hard limit the files are given up. */
  async #renew(): Promise<void> {
    // The lease counts from the time at which the NameNode was asked, not from its answer.
    const askedAtMs = this.#options.monotonicMs();
    try {
      await this.#options.renew();
      this.#renewedAtMs = askedAtMs;
    } catch (e) {
      const silentMs = this.#options.monotonicMs() - this.#renewedAtMs;
      const reason = messageOf(e);
      this.#options.warn(`Failed to renew lease for ${Math.round(silentMs / 1000)} seconds: ${reason}`);
      const { hardLimitMs } = this.#options;
      if (silentMs <= hardLimitMs) return;
      // The message is Hadoop's (DFSClient.closeAllFilesBeingWritten).
      this.#failAll(`Lease timeout of ${hardLimitMs / 1000} seconds expired.`);
    }
  }

  #failAll(reason: string): void {
    for (const file of [...this.#files]) file.fail(hadoopError('IOException', reason));
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Closes the files that are still open, when the file system is being closed. A file that can't be closed is warned of. */
  async closeFiles(): Promise<void> {
    const close = async (file: LeasedFile): Promise<void> => {
      try {
        await file.close();
      } catch (e) {
        this.#options.warn(`Failed to close file: ${file.path}: ${messageOf(e)}`);
      }
    };
    await Promise.all([...this.#files].map(close));
  }

  /** Stops the timer and fails the files that could not be closed. */
  close(): void {
    this.#stop();
    this.#failAll('Filesystem closed');
  }
}

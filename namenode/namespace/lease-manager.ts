/** The leases of open files (Hadoop: LeaseManager). */

/** After this silence of the holder, another client may take over the file (HdfsConstants.LEASE_SOFTLIMIT_PERIOD). */
export const LEASE_SOFT_LIMIT_MS = 60_000;
/** After this silence of the holder, the NameNode itself closes the file (dfs.namenode.lease-hard-limit-sec). */
export const LEASE_HARD_LIMIT_MS = 20 * 60_000;

/** The holder of the lease of a file whose writer is gone, while its last block is being recovered. */
export const NAMENODE_LEASE_HOLDER = 'HDFS_NameNode';

/** The right of one client to write its open files. */
export interface Lease {
  readonly holder: string;
  lastUpdateMs: number;
  /** Ids of the files that the holder has open. */
  readonly files: Set<number>;
}

/** Finds leases by holder and by file. Leases are not stored: they are rebuilt from the records of open files. */
export class LeaseManager {
  readonly #byHolder = new Map<string, Lease>();
  readonly #byFile = new Map<number, Lease>();
  readonly #hardLimitMs: number;

  constructor(hardLimitMs = LEASE_HARD_LIMIT_MS) {
    this.#hardLimitMs = hardLimitMs;
  }

  add(holder: string, fileId: number, now: number): void {
    this.remove(fileId);
    let lease = this.#byHolder.get(holder);
    if (lease === undefined) {
      lease = { holder, lastUpdateMs: now, files: new Set() };
      this.#byHolder.set(holder, lease);
    }
    lease.lastUpdateMs = now;
    lease.files.add(fileId);
    this.#byFile.set(fileId, lease);
  }

  remove(fileId: number): void {
    const lease = this.#byFile.get(fileId);
    if (lease === undefined) return;
    this.#byFile.delete(fileId);
    lease.files.delete(fileId);
    if (lease.files.size === 0) this.#byHolder.delete(lease.holder);
  }

  /** Renews the lease of a holder. A holder without open files has no lease, and then nothing happens. */
  renew(holder: string, now: number): void {
    const lease = this.#byHolder.get(holder);
    if (lease !== undefined) lease.lastUpdateMs = now;
  }

  renewAll(now: number): void {
    for (const lease of this.#byHolder.values()) lease.lastUpdateMs = now;
  }

  ofHolder(holder: string): Lease | undefined {
    return this.#byHolder.get(holder);
  }

  ofFile(fileId: number): Lease | undefined {
    return this.#byFile.get(fileId);
  }

  expiredSoftLimit(lease: Lease, now: number): boolean {
    return now - lease.lastUpdateMs > LEASE_SOFT_LIMIT_MS;
  }

  /**
   * Returns the leases whose holders were silent for the hard limit. Leases of the NameNode itself always count as
   * expired: their files only wait for the recovery of a block.
   */
  expiredHardLimit(now: number): Lease[] {
    return [...this.#byHolder.values()].filter(
      (lease) => lease.holder === NAMENODE_LEASE_HOLDER || now - lease.lastUpdateMs > this.#hardLimitMs,
    );
  }

  get openFileCount(): number {
    return this.#byFile.size;
  }

  openFileIds(): IterableIterator<number> {
    return this.#byFile.keys();
  }
}

/** Returns a lease in the form of LeaseExpiredException's message. */
export const leaseString = (lease: Lease): string =>
  `[Lease.  Holder: ${lease.holder}, pending creates: ${lease.files.size}]`;

/** Leases for full block reports (Hadoop: BlockReportLeaseManager). */
import { invariant } from '../../runtime/bug.ts';

export interface BlockReportLeaseOptions {
  /** dfs.namenode.max.full.block.report.leases: number of DataNodes that may send a full report at the same time. */
  readonly leasesMax: number;
  /** dfs.namenode.full.block.report.lease.length.ms: after this time a lease that was not used is void. */
  readonly lengthMs: number;
  /** A random number, so that a lease from before a restart is not mistaken for one of this NameNode. */
  readonly firstId: number;
}

/** The lease id in a report that a DataNode sends without a lease. */
export const NO_LEASE = '0';

interface Lease {
  readonly id: string;
  readonly issuedMs: number;
}

/**
 * Decides which DataNodes may send a full block report now (Hadoop: BlockReportLeaseManager), so that a thousand
 * DataNodes that start together do not report together. DataNodes do not interpret the ids. Times are in ms of the
 * steady clock.
 */
export class BlockReportLeaseManager {
  readonly #options: BlockReportLeaseOptions;
  /** Leases by the DataNode's UUID, the oldest first. */
  readonly #leases = new Map<string, Lease>();
  #nextId: number;

  constructor(options: BlockReportLeaseOptions) {
    this.#options = options;
    this.#nextId = Math.max(1, options.firstId);
  }

  /**
   * Gives the DataNode a new lease, and voids its earlier one.
   * @returns the id of the lease, or NO_LEASE if the DataNode has to wait
   */
  request(datanodeUuid: string, now: number): string {
    this.#leases.delete(datanodeUuid);
    for (const [uuid, lease] of this.#leases) {
      if (!this.#isExpired(lease, now)) break;
      this.#leases.delete(uuid);
    }
    if (this.#leases.size >= this.#options.leasesMax) return NO_LEASE;
    const id = String(this.#nextId++);
    this.#leases.set(datanodeUuid, { id, issuedMs: now });
    invariant(this.#leases.size <= this.#options.leasesMax, 'there are no more report leases than leasesMax');
    return id;
  }

  /** Returns true if a report with this lease may be processed. */
  isValid(datanodeUuid: string, id: string, now: number): boolean {
    if (id === NO_LEASE) return true;
    const lease = this.#leases.get(datanodeUuid);
    return lease !== undefined && lease.id === id && !this.#isExpired(lease, now);
  }

  /** Ends the lease of a DataNode whose report is complete. */
  remove(datanodeUuid: string): void {
    this.#leases.delete(datanodeUuid);
  }

  #isExpired({ issuedMs }: Lease, now: number): boolean {
    return now - issuedMs >= this.#options.lengthMs;
  }
}

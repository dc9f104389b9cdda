/** Leases for full block reports (Hadoop: BlockReportLeaseManager). */
import { invariant } from '../../runtime/bug.ts';

export interface BlockReportLeaseOptions {
  /** dfs.namenode.max.full.block.report.leases: DataNodes that may send a full report at the same time. */
  readonly leasesMax: number;
  /** dfs.namenode.full.block.report.lease.length.ms: a lease that was not used by then goes to another. */
  readonly lengthMs: number;
  /** Random, so that no lease of an earlier NameNode is taken for one of this. */
  readonly firstId: number;
}

/** Stands in place of a lease in a report that a DataNode sends without one. */
export const NO_LEASE = '0';

interface Lease {
  readonly id: string;
  readonly issuedMs: number;
}

/**
 * Decides which DataNodes may send a full block report now (Hadoop: BlockReportLeaseManager): a thousand DataNodes that start together do
 * not report together. Ids are opaque to DataNodes; times are of the steady clock.
 */
export class BlockReportLeaseManager {
  readonly #options: BlockReportLeaseOptions;
  /** By the DataNode's uuid, the oldest first. */
  readonly #leases = new Map<string, Lease>();
  #nextId: number;

  constructor(options: BlockReportLeaseOptions) {
    this.#options = options;
    this.#nextId = Math.max(1, options.firstId);
  }

  /** A heartbeat asks for a lease; one that the DataNode had is void. @returns its id, NO_LEASE when it has to wait */
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

  /** Whether a report may be taken in. */
  isValid(datanodeUuid: string, id: string, now: number): boolean {
    if (id === NO_LEASE) return true;
    const lease = this.#leases.get(datanodeUuid);
    return lease !== undefined && lease.id === id && !this.#isExpired(lease, now);
  }

  /** The DataNode's report is complete. */
  remove(datanodeUuid: string): void {
    this.#leases.delete(datanodeUuid);
  }

  #isExpired({ issuedMs }: Lease, now: number): boolean {
    return now - issuedMs >= this.#options.lengthMs;
  }
}

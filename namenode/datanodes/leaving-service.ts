/** The progress of a DataNode that is being decommissioned or enters maintenance (Hadoop: DatanodeAdminManager). */
import type { BlockInfo } from '../blocks/locations/model.ts';

export interface LeavingService {
  readonly startedMs: number;
  /** Blocks of the DataNode that had too few replicas elsewhere when they were last checked. */
  readonly insufficient: Set<BlockInfo>;
  /** The blocks that this scan has not checked yet; undefined between two scans. */
  scan: Iterator<BlockInfo> | undefined;
  /** Whether the scan checks every block of the DataNode, or only the blocks in `insufficient` again. */
  isFullScan: boolean;
  /** Time at which the next scan begins. */
  dueMs: number;
}

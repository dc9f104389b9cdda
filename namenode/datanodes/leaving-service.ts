/** How far a DataNode is that is being decommissioned or enters maintenance (DatanodeAdminManager). */
import type { BlockInfo } from '../blocks/model.ts';

export interface LeavingService {
  readonly startedMs: number;
  /** Blocks of the DataNode that did not have enough replicas elsewhere when they were looked at. */
  readonly insufficient: Set<BlockInfo>;
  /** The blocks that are still to be looked at in this scan; undefined between two scans. */
  scan: Iterator<BlockInfo> | undefined;
  /** Whether that scan looks at every block, rather than only at the insufficient ones again. */
  isFullScan: boolean;
  /** When the next scan begins. */
  dueMs: number;
}

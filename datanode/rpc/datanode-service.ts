/** What the methods of a DataNode's IPC port work on. */
import type { Configuration } from '../../conf/configuration.ts';
import type { DatanodeContext } from '../context/datanode-context.ts';
import type { NamenodeLink } from '../link/namenode-link.ts';

export interface DatanodeService {
  readonly context: DatanodeContext;
  readonly conf: Configuration;
  readonly link: NamenodeLink;
  /** The user that the DataNode runs as, which is its administrator. */
  readonly owner: string;
  /** When the DataNode started, in milliseconds since the epoch. */
  readonly startedMs: number;
}

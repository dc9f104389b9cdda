/** The parts of a DataNode that the methods of its IPC port use. */
import type { Configuration } from '../../conf/configuration.ts';
import type { Superusers } from '../../runtime/superusers.ts';
import type { DatanodeContext } from '../context/datanode-context.ts';
import type { NamenodeLink } from '../link/namenode-link.ts';

export interface DatanodeService {
  readonly context: DatanodeContext;
  readonly conf: Configuration;
  readonly link: NamenodeLink;
  readonly superusers: Superusers;
  /** When the DataNode started, in milliseconds since the epoch. */
  readonly startedMs: number;
}

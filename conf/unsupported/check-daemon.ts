/** Checks a daemon's configuration when it starts: refuses values that Calf cannot honour, warns of properties without effect. */
import type { Configuration } from '../configuration.ts';
import { CLIENT_IGNORES } from './client.ts';
import { DATANODE_IGNORES } from './datanode.ts';
import { type IgnoredTable, ignoredWarnings } from './ignored.ts';
import { MAPREDUCE_IGNORES } from './mapreduce.ts';
import { NAMENODE_IGNORES } from './namenode.ts';
import { refuseUnsupported } from './refuse.ts';

export type DaemonRole = 'namenode' | 'datanode' | 'jobtracker' | 'tasktracker';

/**
 * The NameNode warns of the clients' properties too, because a line for each command that a user runs would be too many.
 * The TaskTracker is silent: the JobTracker warns of the same site files.
 */
const IGNORED_BY: Readonly<Record<DaemonRole, readonly IgnoredTable[]>> = {
  namenode: [NAMENODE_IGNORES, CLIENT_IGNORES],
  datanode: [DATANODE_IGNORES],
  jobtracker: [MAPREDUCE_IGNORES],
  tasktracker: [],
};

/**
 * Calls `warn` with one line for each deprecated name in use and for each property that has no effect.
 * @throws ConfigurationError for a value that Calf does not support
 */
export function checkDaemonConfiguration(conf: Configuration, role: DaemonRole, warn: (line: string) => void): void {
  for (const line of conf.deprecations()) warn(line);
  refuseUnsupported(conf, role);
  for (const line of ignoredWarnings(IGNORED_BY[role], conf.entries())) warn(line);
}

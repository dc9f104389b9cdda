/** Checks a daemon's configuration when it starts: refuses what Calf cannot do, warns of what has no effect. */
import type { Configuration } from '../configuration.ts';
import { DATANODE_IGNORES } from './datanode.ts';
import type { IgnoredTable } from './ignored.ts';
import { MAPREDUCE_IGNORES } from './mapreduce.ts';
import { NAMENODE_IGNORES } from './namenode.ts';
import { isSameValue, refuseUnsupported } from './refuse.ts';

export type DaemonRole = 'namenode' | 'datanode' | 'jobtracker' | 'tasktracker';

/** The TaskTracker is silent: the JobTracker warns of the same site files. */
const IGNORED_BY: Readonly<Record<DaemonRole, IgnoredTable>> = {
  namenode: NAMENODE_IGNORES,
  datanode: DATANODE_IGNORES,
  jobtracker: MAPREDUCE_IGNORES,
  tasktracker: {},
};

/**
 * Calls `warn` with one line for each deprecated name in use and for each property that has no effect.
 * @throws ConfigurationError for a value that Calf does not support
 */
export function checkDaemonConfiguration(conf: Configuration, role: DaemonRole, warn: (line: string) => void): void {
  for (const line of conf.deprecations()) warn(line);
  refuseUnsupported(conf, role);
  const reasons = reasonsOf(IGNORED_BY[role]);
  for (const [name, text] of conf.entries()) {
    const ignored = reasons.get(tableName(name));
    const value = text.trim();
    if (ignored === undefined || value === '' || isSameValue(value, ignored.hadoopDefault)) continue;
    warn(`${name} is set to '${value}' and has no effect: ${ignored.reason}`);
  }
}

function reasonsOf(table: IgnoredTable): Map<string, { reason: string; hadoopDefault: string }> {
  return new Map(
    Object.entries(table).flatMap(([reason, names]) =>
      Object.entries(names).map(([name, hadoopDefault]) => [name, { reason, hadoopDefault }] as const),
    ),
  );
}

/** The name under which the tables list a property. */
function tableName(name: string): string {
  if (name.startsWith('hadoop.proxyuser.')) return 'hadoop.proxyuser.*';
  return name.replace(/^ipc\.\d+\./, 'ipc.[port_number].');
}

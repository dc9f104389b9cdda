/** Properties whose value asks for something that Calf cannot do, and that a user must not believe to be in force. */

/**
 * The programs that read a configuration: daemons, `client` for all that talks to a NameNode or DataNode, `jobclient` for
 * all that talks to a JobTracker; and `job` for a job that is submitted.
 */
export type Role = 'namenode' | 'datanode' | 'client' | 'jobtracker' | 'tasktracker' | 'jobclient' | 'job';

export interface Refusal {
  /** The programs that refuse to work with such a value. */
  readonly roles: readonly Role[];
  /** Hadoop's default first, then other values that are taken. */
  readonly takes: readonly string[];
  /** The ability that Calf lacks, as a whole clause. */
  readonly reason: string;
  /** The remedy, if setting the property to its default is none. */
  readonly fix?: string;
}

const DAEMONS: readonly Role[] = ['namenode', 'datanode', 'jobtracker', 'tasktracker'];
const HDFS: readonly Role[] = ['namenode', 'datanode', 'client'];
const SERVERS: readonly Role[] = ['namenode', 'datanode'];
const NAMENODE: readonly Role[] = ['namenode'];
const JOB: readonly Role[] = ['job'];

const HADOOP = 'org.apache.hadoop';
const UNIX_GROUPS = [
  'JniBasedUnixGroupsMappingWithFallback',
  'JniBasedUnixGroupsMapping',
  'ShellBasedUnixGroupsMapping',
];

const refuse = (roles: readonly Role[], takes: string | readonly string[], reason: string, fix?: string): Refusal => ({
  roles,
  takes: typeof takes === 'string' ? [takes] : takes,
  reason,
  ...(fix === undefined ? {} : { fix }),
});

export const REFUSED: Readonly<Record<string, Refusal>> = {
  // ---- identity of callers, secrecy of the wire
  'hadoop.security.authentication': refuse(
    [...DAEMONS, 'client', 'jobclient'],
    'simple',
    'Calf has no Kerberos, and takes each caller at its word',
  ),
  'hadoop.security.authorization': refuse(DAEMONS, 'false', 'Calf does not check the lists of hadoop-policy.xml'),
  'hadoop.rpc.protection': refuse(HDFS, 'authentication', 'Calf neither signs nor encrypts RPC'),
  'hadoop.security.group.mapping': refuse(
    NAMENODE,
    UNIX_GROUPS.map((name) => `${HADOOP}.security.${name}`),
    'Calf takes groups from the operating system only, and permissions depend on them',
  ),
  'hadoop.user.group.static.mapping.overrides': refuse(
    NAMENODE,
    'dr.who=;',
    'Calf takes groups from the operating system only, and permissions depend on them',
  ),
  'hadoop.security.key.provider.path': refuse(
    NAMENODE,
    '',
    'Calf has no encryption zones, and blocks would lie unencrypted on the disks',
  ),
  'hadoop.http.authentication.type': refuse(DAEMONS, 'simple', "Calf's web servers do not ask who a caller is"),
  'hadoop.http.filter.initializers': refuse(
    DAEMONS,
    `${HADOOP}.http.lib.StaticUserWebFilter`,
    "Calf's web servers have no filters, and would answer callers that a filter refuses",
  ),
  'dfs.http.policy': refuse(SERVERS, 'HTTP_ONLY', "Calf's web servers do not speak HTTPS"),
  'dfs.encrypt.data.transfer': refuse(HDFS, 'false', 'Calf does not encrypt data transfers'),
  'dfs.data.transfer.protection': refuse(HDFS, '', 'Calf neither signs nor encrypts data transfers'),
  'dfs.block.access.token.enable': refuse(
    SERVERS,
    'false',
    "Calf's DataNodes do not check block tokens, and any caller may read any block",
  ),
  'dfs.namenode.inode.attributes.provider.class': refuse(
    NAMENODE,
    '',
    'Calf checks permissions itself, without the rules of another provider',
  ),
  'hadoop.rpc.socket.factory.class.default': refuse(
    ['client'],
    `${HADOOP}.net.StandardSocketFactory`,
    'Calf connects directly, without a proxy',
  ),
  // ---- places of data
  'fs.protected.directories': refuse(NAMENODE, '', 'Calf does not keep such directories from being deleted'),
  'dfs.namenode.edits.dir': refuse(
    NAMENODE,
    '${dfs.namenode.name.dir}',
    'Calf keeps its journal in dfs.namenode.name.dir',
    'Leave it out, or set it to the same directory',
  ),
  'dfs.namenode.shared.edits.dir': refuse(NAMENODE, '', 'Calf has no standby NameNode'),
  'dfs.block.replicator.classname': refuse(
    NAMENODE,
    `${HADOOP}.hdfs.server.blockmanagement.BlockPlacementPolicyDefault`,
    "Calf places replicas by Hadoop's default policy only",
  ),
  'net.topology.script.file.name': refuse(
    NAMENODE,
    '',
    'Calf runs no script for racks, and all replicas would lie in one',
    'List hosts and racks in net.topology.table.file.name',
  ),
  'net.topology.node.switch.mapping.impl': refuse(
    NAMENODE,
    [`${HADOOP}.net.ScriptBasedMapping`, `${HADOOP}.net.TableMapping`],
    'Calf reads racks from net.topology.table.file.name only',
  ),
  'net.topology.impl': refuse(NAMENODE, `${HADOOP}.net.NetworkTopology`, 'Calf knows racks only, without node groups'),
  // ---- MapReduce
  'mapreduce.cluster.acls.enabled': refuse(
    ['jobtracker'],
    'false',
    "Calf's JobTracker has no ACLs, and any user may see and kill any job",
  ),
  'mapreduce.shuffle.ssl.enabled': refuse(['tasktracker'], 'false', "Calf's shuffle does not speak HTTPS"),
  'mapreduce.job.encrypted-intermediate-data': refuse(JOB, 'false', 'Calf does not encrypt spills and map outputs'),
  tmpjars: refuse(
    JOB,
    '',
    'Calf has no JVM, so that a jar has no class path to be on (-libjars)',
    'Put data files beside tasks with -files',
  ),
};

/** The commands of Hadoop that Calf does not have, by program, each with the reason or with another way. */

const NO_ACLS = 'there are no ACLs; use -chmod';
const NO_ARCHIVES = 'there are no Hadoop archives';
const NO_CACHE = 'there is no centralized cache';
const NO_FEDERATION = 'there is no federation';
const NO_HISTORY = 'the JobTracker keeps the finished jobs; use mapred job -history or its web page';
const NO_IMAGE = 'the NameNode keeps its state in its own store, without an fsimage';
const NO_KERBEROS = 'there is no Kerberos';
const NO_KEYS = 'there are no key providers';
const NO_LOAD = 'there is no load generator';
const NO_NFS = 'there is no NFS gateway';
const NO_POLICIES = 'there are no storage policies';
const NO_SERVICE_ACLS = 'there are no service-level ACLs';
const NO_SNAPSHOTS = 'there are no snapshots';
const NO_STANDBY = 'there is one NameNode';
const NO_TOKENS = 'there are no delegation tokens';
const NO_UPGRADE = 'there are no upgrades to finish or to roll back';
const NO_XATTRS = 'there are no extended attributes';
const RESTART = 'restart the daemon to read its configuration again';

/** Reasons by program and command. A command that Calf gets must leave this table. */
export const NOT_SUPPORTED = {
  hdfs: {
    cacheadmin: NO_CACHE,
    crypto: 'there are no encryption zones',
    dfsrouter: NO_FEDERATION,
    dfsrouteradmin: NO_FEDERATION,
    diskbalancer: 'the volumes of a DataNode are not balanced',
    ec: 'there is no erasure coding',
    fetchdt: NO_TOKENS,
    fsck: 'the NameNode cannot check the file system; use hdfs dfsadmin -report',
    haadmin: NO_STANDBY,
    httpfs: 'there is no HTTP gateway; use hdfs dfs',
    jmxget: 'use /jmx of the daemons',
    journalnode: NO_STANDBY,
    lsSnapshot: NO_SNAPSHOTS,
    lsSnapshottableDir: NO_SNAPSHOTS,
    mover: NO_POLICIES,
    nfs3: NO_NFS,
    oev: NO_IMAGE,
    oiv: NO_IMAGE,
    oiv_legacy: NO_IMAGE,
    portmap: NO_NFS,
    secondarynamenode: 'the NameNode needs no checkpoints',
    snapshotDiff: NO_SNAPSHOTS,
    storagepolicies: NO_POLICIES,
    zkfc: NO_STANDBY,
  },
  'hdfs dfs': {
    createSnapshot: NO_SNAPSHOTS,
    deleteSnapshot: NO_SNAPSHOTS,
    getfacl: NO_ACLS,
    getfattr: NO_XATTRS,
    moveToLocal: 'Hadoop does not implement it either; use -get and -rm',
    renameSnapshot: NO_SNAPSHOTS,
    setfacl: NO_ACLS,
    setfattr: NO_XATTRS,
  },
  'hdfs dfsadmin': {
    '-allowSnapshot': NO_SNAPSHOTS,
    '-deleteBlockPool': 'a DataNode has one block pool',
    '-disallowSnapshot': NO_SNAPSHOTS,
    '-fetchImage': NO_IMAGE,
    '-finalizeUpgrade': NO_UPGRADE,
    '-listOpenFiles': 'the NameNode does not list open files; use hdfs debug recoverLease to close one',
    '-metasave': 'the NameNode writes no such file; use its /jmx',
    '-provisionSnapshotTrash': NO_SNAPSHOTS,
    '-reconfig': RESTART,
    '-refresh': RESTART,
    '-refreshCallQueue': 'there is one call queue, which takes no settings while it runs',
    '-refreshNamenodes': RESTART,
    '-refreshServiceAcl': NO_SERVICE_ACLS,
    '-refreshSuperUserGroupsConfiguration': RESTART,
    '-refreshUserToGroupsMappings': RESTART,
    '-restoreFailedStorage': 'the NameNode has one storage directory',
    '-rollEdits': 'the NameNode keeps its edits in its own store, without segments',
    '-rollingUpgrade': NO_UPGRADE,
    '-saveNamespace': 'the NameNode needs no checkpoints: its store is always the newest state',
    '-upgrade': NO_UPGRADE,
  },
  'hdfs debug': {
    verifyEC: 'there is no erasure coding',
  },
  'hdfs getconf': {},
  'hdfs balancer': {
    '-excludeSource': 'use -source or -exclude',
    '-excludeTarget': 'use -exclude',
    '-limitOverUtilizedNum': 'use -source',
    '-target': 'use -include',
  },
  'hdfs namenode': {
    '-backup': NO_STANDBY,
    '-bootstrapStandby': NO_STANDBY,
    '-checkpoint': 'the NameNode needs no checkpoints',
    '-finalize': NO_UPGRADE,
    '-importCheckpoint': 'the NameNode needs no checkpoints',
    '-initializeSharedEdits': NO_STANDBY,
    '-metadataVersion': 'the NameNode checks the version of its store at each start',
    '-observer': NO_STANDBY,
    '-rollback': NO_UPGRADE,
    '-rollingUpgrade': NO_UPGRADE,
    '-upgrade': NO_UPGRADE,
    '-upgradeOnly': NO_UPGRADE,
  },
  'hdfs datanode': {
    '-rollback': NO_UPGRADE,
    '-rollingUpgrade': NO_UPGRADE,
  },
  hadoop: {
    archive: NO_ARCHIVES,
    'archive-logs': NO_ARCHIVES,
    conftest: 'site files are checked when a command reads them',
    credential: 'there are no credential providers',
    daemonlog: 'log levels are set with CALF_LOG',
    distch: 'use hdfs dfs -chmod -R and -chown -R',
    dtutil: NO_TOKENS,
    gridmix: NO_LOAD,
    jnipath: 'there is no JVM',
    kdiag: NO_KERBEROS,
    kerbname: NO_KERBEROS,
    key: NO_KEYS,
    kms: NO_KEYS,
    registrydns: 'there is no YARN',
    rumenfolder: NO_LOAD,
    rumentrace: NO_LOAD,
    s3guard: 'there is no S3 client',
    trace: 'there is no tracing',
  },
  mapred: {
    archive: NO_ARCHIVES,
    'archive-logs': NO_ARCHIVES,
    frameworkuploader: 'jobs need no framework archive',
    historyserver: NO_HISTORY,
    hsadmin: NO_HISTORY,
    minicluster: 'use calf start',
    pipes: 'there are no C++ tasks',
    sampler: 'a program samples with sampleOf() and sampleRanges()',
  },
  'mapred job': {},
} as const satisfies Record<string, Record<string, string>>;

export type ProgramName = keyof typeof NOT_SUPPORTED;

/** Returns the reason why a program lacks a command of Hadoop; undefined for any other word. */
export function whyNotSupported(program: ProgramName, command: string): string | undefined {
  const reasons: Readonly<Record<string, string>> = NOT_SUPPORTED[program];
  return Object.hasOwn(reasons, command) ? reasons[command] : undefined;
}

/** The same for an option of a program that takes its options in any case. */
export function whyOptionNotSupported(program: ProgramName, option: string): string | undefined {
  const lowered = option.toLowerCase();
  return Object.entries(NOT_SUPPORTED[program]).find(([name]) => name.toLowerCase() === lowered)?.[1];
}

/** The message for a command that Calf does not have; callers put its name in front. */
export const notSupportedText = (reason: string): string => `not supported yet: ${reason}`;

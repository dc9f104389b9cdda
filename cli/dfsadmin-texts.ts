/** What `hdfs dfsadmin` says about itself. Sentences that Hadoop's own command-line suite expects are Hadoop's. */

interface AdminText {
  /** Behind `Usage: hdfs dfsadmin`. */
  readonly usage: string;
  readonly help: readonly string[];
}

const TEXTS: Record<string, AdminText> = {
  report: {
    usage: '[-report] [-live] [-dead] [-decommissioning] [-enteringmaintenance] [-inmaintenance] [-slownodes]',
    help: [
      '-report [-live] [-dead] [-decommissioning] [-enteringmaintenance] [-inmaintenance] [-slownodes]:',
      '\tReports basic filesystem information and statistics.',
      '\tThe flags choose which DataNodes are listed; without one all are.',
    ],
  },
  safemode: {
    usage: '[-safemode enter | leave | get | wait | forceExit]',
    help: [
      '-safemode <enter|leave|get|wait|forceExit>:  Safe mode maintenance command.',
      '\t\tSafe mode is a Namenode state in which it',
      '\t\t\t1.  does not accept changes to the name space (read-only)',
      '\t\t\t2.  does not replicate or delete blocks.',
      '\t\tSafe mode is entered automatically at Namenode startup, and',
      '\t\tleaves safe mode automatically when the configured minimum',
      '\t\tpercentage of blocks satisfies the minimum replication',
      '\t\tcondition.  Safe mode can also be entered manually, but then',
      '\t\tit can only be turned off manually as well.',
    ],
  },
  printTopology: {
    usage: '[-printTopology]',
    help: ['-printTopology: Print a tree of the racks and their', '\t\tnodes as reported by the Namenode'],
  },
  help: {
    usage: '[-help [cmd]]',
    help: ['-help [cmd]: \tDisplays help for the given command or all commands if none', '\t\tis specified.'],
  },
};

/** Commands of Hadoop's that this NameNode has no use for yet. */
export const NOT_SUPPORTED: ReadonlySet<string> = new Set(
  (
    'saveNamespace rollEdits restoreFailedStorage refreshNodes setQuota clrQuota setSpaceQuota clrSpaceQuota ' +
    'finalizeUpgrade rollingUpgrade upgrade refreshServiceAcl refreshUserToGroupsMappings refresh reconfig ' +
    'refreshSuperUserGroupsConfiguration refreshCallQueue refreshNamenodes getVolumeReport deleteBlockPool ' +
    'setBalancerBandwidth getBalancerBandwidth fetchImage allowSnapshot disallowSnapshot provisionSnapshotTrash ' +
    'shutdownDatanode evictWriters getDatanodeInfo metasave triggerBlockReport listOpenFiles'
  )
    .split(' ')
    .map((name) => `-${name}`),
);

/** The usage of one command, or of all. */
export function usageLines(name: string | undefined): string[] {
  const text = TEXTS[name?.replace(/^-/, '') ?? ''];
  if (text) return [`Usage: hdfs dfsadmin ${text.usage}`];
  return [
    'Usage: hdfs dfsadmin',
    'Note: Administrative commands can only be run as the HDFS superuser.',
    ...Object.values(TEXTS).map(({ usage }) => `\t${usage}`),
  ];
}

/** The help of one command, or of all. */
export function helpLines(name: string | undefined): string[] {
  const text = TEXTS[name?.replace(/^-/, '') ?? ''];
  if (text) return [...text.help, ''];
  return ['hdfs dfsadmin performs DFS administrative commands.', ...Object.values(TEXTS).flatMap(({ help }) => ['', ...help])];
}

/** The usage and the help of `hdfs dfsadmin`. */
// Sentences that Hadoop's own command-line tests expect are Hadoop's.

interface AdminText {
  /** The text after `Usage: hdfs dfsadmin`. */
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
  refreshNodes: {
    usage: '[-refreshNodes]',
    help: [
      '-refreshNodes: \tUpdates the namenode with the set of datanodes allowed to connect to the namenode.',
      '\t\tNamenode re-reads datanode hostnames from the files that dfs.hosts and dfs.hosts.exclude name.',
      '\t\tHosts listed in dfs.hosts may connect; an empty list means all of them.',
      '\t\tHosts listed in dfs.hosts.exclude are decommissioned: their blocks are copied to others first.',
    ],
  },
  setBalancerBandwidth: {
    usage: '[-setBalancerBandwidth <bandwidth in bytes per second>]',
    help: [
      '-setBalancerBandwidth <bandwidth>:',
      '\tChanges the network bandwidth used by each datanode during',
      '\tblock moves of the balancer, until the datanode restarts.',
      '\t\t<bandwidth> is the maximum number of bytes per second',
      '\t\tthat will be used by each datanode. This value overrides',
      '\t\tthe dfs.datanode.balance.bandwidthPerSec parameter.',
    ],
  },
  getBalancerBandwidth: {
    usage: '[-getBalancerBandwidth <datanode_host:ipc_port>]',
    help: [
      '-getBalancerBandwidth <datanode_host:ipc_port>:',
      '\tGet the network bandwidth for the given datanode.',
      '\tThis is the maximum network bandwidth used by the datanode',
      '\tduring block moves of the balancer.',
    ],
  },
  getVolumeReport: {
    usage: '[-getVolumeReport datanode_host:ipc_port]',
    help: ['-getVolumeReport: Takes a datanodehost:ipc_port and shows the volumes of that datanode.'],
  },
  shutdownDatanode: {
    usage: '[-shutdownDatanode <datanode_host:ipc_port> [upgrade]]',
    help: [
      '-shutdownDatanode <datanode_host:ipc_port> [upgrade]',
      '\tSubmit a shutdown request for the given datanode. With the optional',
      '\t"upgrade" argument clients writing to it are told to wait for its',
      '\trestart, and find the blocks that they are writing as they were.',
      '\tWhen it is not back in time they go on without it.',
    ],
  },
  evictWriters: {
    usage: '[-evictWriters <datanode_host:ipc_port>]',
    help: [
      '-evictWriters <datanode_host:ipc_port>',
      '\tMake the datanode evict all clients that are writing a block.',
      '\tThis is useful if decommissioning is hung due to slow writers.',
    ],
  },
  getDatanodeInfo: {
    usage: '[-getDatanodeInfo <datanode_host:ipc_port>]',
    help: [
      '-getDatanodeInfo <datanode_host:ipc_port>',
      '\tGet the information about the given datanode. This command can',
      '\tbe used for checking if a datanode is alive.',
    ],
  },
  triggerBlockReport: {
    usage: '[-triggerBlockReport [-incremental] <datanode_host:ipc_port> [-namenode <namenode_host:ipc_port>]]',
    help: [
      '-triggerBlockReport [-incremental] <datanode_host:ipc_port> [-namenode <namenode_host:ipc_port>]',
      '\tTrigger a block report for the datanode.',
      "\tIf 'incremental' is specified, it will be an incremental",
      '\tblock report; otherwise, it will be a full block report.',
    ],
  },
  setQuota: {
    usage: '[-setQuota <quota> <dirname>...<dirname>]',
    help: [
      '-setQuota <quota> <dirname>...<dirname>: Set the quota <quota> for each directory <dirName>.',
      '\t\tThe directory quota is a long integer that puts a hard limit',
      '\t\ton the number of names in the directory tree',
      '\t\tFor each directory, attempt to set the quota. An error will be reported if',
      '\t\t1. quota is not a positive integer, or',
      '\t\t2. User is not an administrator, or',
      '\t\t3. The directory does not exist or is a file.',
      '\t\tWith a quota of 1 the directory must stay empty.',
    ],
  },
  clrQuota: {
    usage: '[-clrQuota <dirname>...<dirname>]',
    help: [
      '-clrQuota <dirname>...<dirname>: Clear the quota for each directory <dirName>.',
      '\t\tFor each directory, attempt to clear the quota. An error will be reported if',
      '\t\t1. the directory does not exist or is a file, or',
      '\t\t2. user is not an administrator.',
      '\t\tIt does not fault if the directory has no quota.',
    ],
  },
  setSpaceQuota: {
    usage: '[-setSpaceQuota <quota> [-storageType <storagetype>] <dirname>...<dirname>]',
    help: [
      '-setSpaceQuota <quota> [-storageType <storagetype>] <dirname>...<dirname>: ' +
        'Set the space quota <quota> for each directory <dirName>.',
      '\t\tThe space quota is a long integer that puts a hard limit',
      '\t\ton the total size of all the files under the directory tree.',
      '\t\tEvery replica counts, and 5m, 3t and the like are units of 1024.',
      '\t\tFor each directory, attempt to set the quota. An error will be reported if',
      '\t\t1. quota is not a positive integer or zero, or',
      '\t\t2. user is not an administrator, or',
      '\t\t3. the directory does not exist or is a file.',
      '\t\tThe storage type specific quota is set when -storageType option is specified.',
      '\t\tAvailable storageTypes are',
      '\t\t- DISK',
      '\t\t- SSD',
      '\t\t- ARCHIVE',
      '\t\t- PROVIDED',
      '\t\t- NVDIMM',
    ],
  },
  clrSpaceQuota: {
    usage: '[-clrSpaceQuota [-storageType <storagetype>] <dirname>...<dirname>]',
    help: [
      '-clrSpaceQuota [-storageType <storagetype>] <dirname>...<dirname>: ' +
        'Clear the space quota for each directory <dirName>.',
      '\t\tFor each directory, attempt to clear the quota. An error will be reported if',
      '\t\t1. the directory does not exist or is a file, or',
      '\t\t2. user is not an administrator.',
      '\t\tIt does not fault if the directory has no quota.',
      '\t\tThe storage type specific quota is cleared when -storageType option is specified.',
      '\t\tAvailable storageTypes are',
      '\t\t- DISK',
      '\t\t- SSD',
      '\t\t- ARCHIVE',
      '\t\t- PROVIDED',
      '\t\t- NVDIMM',
    ],
  },
  help: {
    usage: '[-help [cmd]]',
    help: ['-help [cmd]: \tDisplays help for the given command or all commands if none', '\t\tis specified.'],
  },
};

/** Returns the usage of one command, or of all if there is no such command. */
export function usageLines(name: string | undefined): string[] {
  const text = TEXTS[name?.replace(/^-/, '') ?? ''];
  if (text) return [`Usage: hdfs dfsadmin ${text.usage}`];
  return [
    'Usage: hdfs dfsadmin',
    'Note: Administrative commands can only be run as the HDFS superuser.',
    ...Object.values(TEXTS).map(({ usage }) => `\t${usage}`),
  ];
}

/** Returns the help of one command, or of all if there is no such command. */
export function helpLines(name: string | undefined): string[] {
  const text = TEXTS[name?.replace(/^-/, '') ?? ''];
  if (text) return [...text.help, ''];
  return [
    'hdfs dfsadmin performs DFS administrative commands.',
    ...Object.values(TEXTS).flatMap(({ help }) => ['', ...help]),
  ];
}

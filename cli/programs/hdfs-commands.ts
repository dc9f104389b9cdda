import { ABOUT_COMMANDS, notSupported, runProgram, type Subcommand } from './program.ts';

const later = (name: string, why: string): Subcommand => notSupported('hdfs', name, why);

const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: 'dfs',
    description: 'run a file system command',
    run: async (args) => (await import('../dfs/main.ts')).dfsMain(args),
  },
  {
    name: 'dfsadmin',
    description: 'report on the cluster, enter and leave safe mode',
    run: async (args) => (await import('../dfsadmin/main.ts')).dfsAdminMain(args),
  },
  {
    name: 'namenode',
    description: 'run the NameNode; -format empties its directory',
    run: async (args) => (await import('./daemons.ts')).nameNodeMain(args),
  },
  {
    name: 'datanode',
    description: 'run a DataNode',
    run: async (args) => (await import('./daemons.ts')).dataNodeMain(args),
  },
  {
    name: 'debug',
    description: 'recover a lease, verify and compute meta files of blocks',
    run: async (args) => (await import('../debug/main.ts')).debugMain(args),
  },
  {
    name: 'balancer',
    description: 'move blocks from full DataNodes to empty ones',
    run: async (args) => (await import('../balancer/main.ts')).balancerMain(args),
  },
  {
    name: 'getconf',
    description: 'print values of the configuration',
    run: async (args) => (await import('../tools/getconf.ts')).getConfMain(args),
  },
  {
    name: 'groups',
    description: 'print the groups of users',
    run: async (args) => (await import('../tools/groups.ts')).groupsMain(args),
  },
  ...ABOUT_COMMANDS,
  later('cacheadmin', 'there is no centralized cache'),
  later('crypto', 'there are no encryption zones'),
  later('dfsrouter', 'there is no federation'),
  later('dfsrouteradmin', 'there is no federation'),
  later('diskbalancer', 'the volumes of a DataNode are not balanced'),
  later('ec', 'there is no erasure coding'),
  later('fetchdt', 'there are no delegation tokens'),
  later('fsck', 'the NameNode cannot check the file system'),
  later('haadmin', 'there is one NameNode'),
  later('httpfs', 'use WebHDFS of the NameNode'),
  later('jmxget', 'use /jmx of the daemons'),
  later('journalnode', 'there is one NameNode'),
  later('lsSnapshot', 'there are no snapshots'),
  later('lsSnapshottableDir', 'there are no snapshots'),
  later('mover', 'there are no storage policies'),
  later('nfs3', 'there is no NFS gateway'),
  later('oev', 'the NameNode keeps its edits in its own store'),
  later('oiv', 'the NameNode has no fsimage'),
  later('oiv_legacy', 'the NameNode has no fsimage'),
  later('portmap', 'there is no NFS gateway'),
  later('secondarynamenode', 'the NameNode needs no checkpoints'),
  later('snapshotDiff', 'there are no snapshots'),
  later('storagepolicies', 'there are no storage policies'),
  later('zkfc', 'there is one NameNode'),
];

/** The program `hdfs`. */
export async function runHdfs(): Promise<void> {
  await runProgram('hdfs', 'The Hadoop Distributed File System: commands and daemons.', SUBCOMMANDS);
}

/** The commands of the program hdfs; each is loaded when it runs. */
import { ABOUT_COMMANDS, runProgram, type Subcommand } from './program.ts';

export const SUBCOMMANDS: readonly Subcommand[] = [
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
];

/** Runs the command line of this process. */
export async function runHdfs(): Promise<void> {
  await runProgram('hdfs', 'The Hadoop Distributed File System: commands and daemons.', SUBCOMMANDS);
}

import { ABOUT_COMMANDS, notSupported, runProgram, type Subcommand } from './program.ts';

const later = (name: string, why: string): Subcommand => notSupported('mapred', name, why);

const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: 'submit',
    description: 'run a job file on the cluster and show its progress',
    run: async (args) => (await import('../jobs/job-commands.ts')).submitMain(args),
  },
  {
    name: 'job',
    description: 'list, show and kill jobs',
    run: async (args) => (await import('../jobs/job-commands.ts')).jobMain(args),
  },
  {
    name: 'jobtracker',
    description: 'run the JobTracker',
    run: async (args) => (await import('./daemons.ts')).jobTrackerMain(args),
  },
  {
    name: 'tasktracker',
    description: 'run a TaskTracker',
    run: async (args) => (await import('./daemons.ts')).taskTrackerMain(args),
  },
  ...ABOUT_COMMANDS,
  later('archive', 'there are no Hadoop archives'),
  later('archive-logs', 'there are no Hadoop archives'),
  later('distcp', 'use hdfs dfs -cp'),
  later('frameworkuploader', 'jobs need no framework archive'),
  later('historyserver', 'the JobTracker shows finished jobs'),
  later('hsadmin', 'the JobTracker shows finished jobs'),
  later('minicluster', 'use calf start'),
  later('pipes', 'there are no C++ tasks'),
  later('queue', 'there are no queues'),
  later('sampler', 'there is no input sampler'),
  later('streaming', 'tasks are TypeScript functions'),
];

/** The program `mapred`. */
export async function runMapred(): Promise<void> {
  await runProgram('mapred', 'MapReduce: jobs and daemons.', SUBCOMMANDS);
}

/** The commands of the program mapred; each is loaded when it runs. */
import { ABOUT_COMMANDS, runProgram, type Subcommand } from './program.ts';

export const SUBCOMMANDS: readonly Subcommand[] = [
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
    name: 'queue',
    description: 'show the queues of jobs',
    run: async (args) => (await import('../jobs/job-commands.ts')).queueMain(args),
  },
  {
    name: 'streaming',
    description: 'run a job whose maps and reduces are executables',
    run: async (args) => (await import('../streaming/main.ts')).streamingMain(args),
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
  {
    name: 'distcp',
    description: 'copy files and directories between file systems, as a job',
    run: async (args) => (await import('../distcp/main.ts')).distCpMain(args),
  },
  ...ABOUT_COMMANDS,
];

/** Runs the command line of this process. */
export async function runMapred(): Promise<void> {
  await runProgram('mapred', 'MapReduce: jobs and daemons.', SUBCOMMANDS);
}

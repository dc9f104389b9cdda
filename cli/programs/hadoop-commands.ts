/** The commands of the program hadoop; each is loaded when it runs. */
import { ABOUT_COMMANDS, runProgram, type Subcommand } from './program.ts';

export const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: 'fs',
    description: 'run a file system command',
    run: async (args) => (await import('../dfs/main.ts')).dfsMain(args),
  },
  {
    name: 'dfs',
    description: 'the same as fs',
    run: async (args) => (await import('../dfs/main.ts')).dfsMain(args),
  },
  {
    name: 'jar',
    description: 'run a job file, a built-in example for the examples jar, or executables for the streaming jar',
    run: async (args) => (await import('../jars/hadoop-jar.ts')).jarMain(args),
  },
  {
    name: 'distcp',
    description: 'copy files and directories between file systems, as a job',
    run: async (args) => (await import('../distcp/main.ts')).distCpMain(args),
  },
  ...ABOUT_COMMANDS,
  {
    name: 'checknative',
    description: 'print which native code is used',
    run: async () => (await import('./version.ts')).checkNativeMain(),
  },
];

/** Runs the command line of this process. */
export async function runHadoop(): Promise<void> {
  await runProgram('hadoop', 'File system commands and MapReduce jobs.', SUBCOMMANDS);
}

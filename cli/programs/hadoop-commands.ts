import { ABOUT_COMMANDS, notSupported, runProgram, type Subcommand } from './program.ts';

const later = (name: string, why: string): Subcommand => notSupported('hadoop', name, why);

const SUBCOMMANDS: readonly Subcommand[] = [
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
    description: 'run a job file, or a built-in example for the name of the examples jar',
    run: async (args) => (await import('../jobs/job-commands.ts')).jarMain(args),
  },
  ...ABOUT_COMMANDS,
  {
    name: 'checknative',
    description: 'print which native code is used',
    run: async () => (await import('./version.ts')).checkNativeMain(),
  },
  later('archive', 'there are no Hadoop archives'),
  later('archive-logs', 'there are no Hadoop archives'),
  later('conftest', 'no site files are checked but when they are read'),
  later('credential', 'there are no credential providers'),
  later('daemonlog', 'log levels are set with CALF_LOG'),
  later('distch', 'use hdfs dfs -chmod -R and -chown -R'),
  later('distcp', 'use hdfs dfs -cp'),
  later('dtutil', 'there are no delegation tokens'),
  later('gridmix', 'there is no load generator'),
  later('jnipath', 'there is no JVM'),
  later('kdiag', 'there is no Kerberos'),
  later('kerbname', 'there is no Kerberos'),
  later('key', 'there are no key providers'),
  later('kms', 'there are no key providers'),
  later('registrydns', 'there is no YARN'),
  later('rumenfolder', 'there is no load generator'),
  later('rumentrace', 'there is no load generator'),
  later('s3guard', 'there is no S3 client'),
  later('trace', 'there is no tracing'),
];

/** The program `hadoop`. */
export async function runHadoop(): Promise<void> {
  await runProgram('hadoop', 'File system commands and MapReduce jobs.', SUBCOMMANDS);
}

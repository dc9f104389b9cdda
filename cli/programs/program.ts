/** The frame of `hdfs`, `hadoop` and `mapred`: finds the subcommand of a command line and sets the exit status. */
import { messageOf } from '../../runtime/errors.ts';
import { endOnBrokenPipe } from '../terminal/terminal.ts';

/** One subcommand of `hdfs`, `hadoop` or `mapred`. */
export interface Subcommand {
  readonly name: string;
  readonly description: string;
  /**
   * Takes the arguments after the subcommand's name.
   * @returns exit status, or undefined for a daemon that sets it itself
   */
  readonly run: (args: readonly string[]) => Promise<number | undefined>;
}

/** The subcommands that tell about the program itself. */
export const ABOUT_COMMANDS: readonly Subcommand[] = [
  { name: 'version', description: 'print the version', run: async () => (await import('./version.ts')).versionMain() },
  {
    name: 'classpath',
    description: 'print a class path (there is none)',
    run: async () => (await import('./version.ts')).classpathMain(),
  },
  {
    name: 'envvars',
    description: 'print the environment variables that matter',
    run: async () => (await import('./version.ts')).envVarsMain(),
  },
];

type Program = 'hdfs' | 'hadoop' | 'mapred';

/**
 * Runs `PROGRAM [--config DIR] SUBCOMMAND ARGS…`. The subcommand is found without commander, and it gets its arguments as
 * they are: Hadoop's tools have options with one dash, and each millisecond of loading counts. Commander writes the help.
 */
export async function runProgram(
  name: Program,
  description: string,
  subcommands: readonly Subcommand[],
): Promise<void> {
  const args = takeConfigDirectory(process.argv.slice(2));
  const [word, ...rest] = args;
  if (word === '--daemon') {
    const { daemonCommand } = await import('../scripts/daemon-command.ts');
    await finish(name, () => daemonCommand(name, rest));
    return;
  }
  const subcommand = subcommands.find((s) => s.name === word);
  if (subcommand) {
    await finish(name, () => subcommand.run(rest));
    return;
  }
  const { NOT_SUPPORTED, notSupportedText, whyNotSupported } = await import('../options/not-supported.ts');
  const reason = word === undefined ? undefined : whyNotSupported(name, word);
  if (reason !== undefined) {
    process.stderr.write(`${name} ${word}: ${notSupportedText(reason)}\n`);
    process.exitCode = 1;
    return;
  }
  const { Command } = await import('commander');
  const program = new Command(name).description(description).usage('[--config confdir] SUBCOMMAND [arguments]');
  program.option('--config <confdir>', 'directory of the site files, instead of HADOOP_CONF_DIR');
  for (const { name: known, description: text } of subcommands) program.command(known).description(text);
  for (const [missing, why] of Object.entries(NOT_SUPPORTED[name])) {
    program.command(missing).description(`(${notSupportedText(why)})`);
  }
  if (word === '--help' || word === '-h' || word === 'help' || word === '-help') {
    program.outputHelp();
    return;
  }
  if (word !== undefined) process.stderr.write(`ERROR: ${word} is not COMMAND nor fully qualified CLASSNAME.\n`);
  program.outputHelp({ error: true });
  process.exitCode = 1;
}

/** `--config DIR` is HADOOP_CONF_DIR for this process. */
function takeConfigDirectory(args: readonly string[]): readonly string[] {
  if (args[0] !== '--config' || args[1] === undefined) return args;
  process.env.HADOOP_CONF_DIR = args[1];
  return args.slice(2);
}

/** Sets the exit status instead of ending the process: output that is still being written must reach its reader. */
async function finish(name: string, run: () => Promise<number | undefined>): Promise<void> {
  endOnBrokenPipe();
  try {
    const status = await run();
    if (status !== undefined) process.exitCode = status;
  } catch (e) {
    process.stderr.write(`${name}: ${messageOf(e)}\n`);
    if (process.env.CALF_LOG === 'debug' && e instanceof Error) process.stderr.write(`${e.stack}\n`);
    process.exitCode = 1;
  }
}

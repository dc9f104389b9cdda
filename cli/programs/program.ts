import { endOnBrokenPipe } from '../terminal/terminal.ts';

/** One subcommand of `hdfs`, `hadoop` or `mapred`. Its arguments are its own business. */
export interface Subcommand {
  readonly name: string;
  readonly description: string;
  /** @returns exit status, or undefined for a daemon that sets it itself */
  readonly run: (args: readonly string[]) => Promise<number | undefined>;
}

/** What each of the programs tells of itself. */
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

/** A command of Hadoop's that this program knows and cannot run yet. */
export function notSupported(program: string, name: string, why: string): Subcommand {
  return {
    name,
    description: `(not supported yet: ${why})`,
    run: async () => {
      process.stderr.write(`${program} ${name}: not supported yet: ${why}\n`);
      return 1;
    },
  };
}

/**
 * Runs `PROGRAM [--config DIR] SUBCOMMAND ARGS…`. The subcommand gets its arguments as they are, because Hadoop's tools
 * have options that start with one dash; commander does the rest: help and the names.
 */
export async function runProgram(name: string, description: string, subcommands: readonly Subcommand[]): Promise<void> {
  const args = takeConfigDirectory(process.argv.slice(2));
  const subcommand = subcommands.find((s) => s.name === args[0]);
  if (subcommand) {
    await finish(name, () => subcommand.run(args.slice(1)));
    return;
  }
  const { Command } = await import('commander');
  const program = new Command(name).description(description).usage('[--config confdir] SUBCOMMAND [arguments]');
  program.option('--config <confdir>', 'directory of the site files, instead of HADOOP_CONF_DIR');
  for (const { name: word, description: text } of subcommands) program.command(word).description(text);
  const [word] = args;
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

/** The exit status is set, not forced: what is still being written must reach its reader. */
async function finish(name: string, run: () => Promise<number | undefined>): Promise<void> {
  endOnBrokenPipe();
  try {
    const status = await run();
    if (status !== undefined) process.exitCode = status;
  } catch (e) {
    process.stderr.write(`${name}: ${e instanceof Error ? e.message : String(e)}\n`);
    if (process.env.CALF_LOG === 'debug' && e instanceof Error) process.stderr.write(`${e.stack}\n`);
    process.exitCode = 1;
  }
}

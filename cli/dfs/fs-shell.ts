/** Finds and runs one command of `hdfs dfs`; org.apache.hadoop.fs.FsShell. */
import { refuseUsage, USAGE_EXIT_CODE, UsageError } from '../options/usage-error.ts';
import { COMMANDS } from './commands.ts';
import type { FsCommandClass, Shell } from './shell/command.ts';

/** Runs one command line of `hdfs dfs`, without generic options: `['-ls', '/']`. @returns exit status */
export async function runFsShell(args: readonly string[], shell: Shell): Promise<number> {
  const [word, ...rest] = args;
  if (word === undefined) {
    const { usageOfAll } = await import('./help.ts');
    for (const line of usageOfAll()) shell.terminal.err(line);
    return USAGE_EXIT_CODE;
  }
  const name = word.startsWith('-') ? word.slice(1) : undefined;
  const load = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (name === undefined || !load) return refuseUnknown(word, shell);
  return runCommand(name, await load(), rest, shell);
}

async function runCommand(name: string, Command: FsCommandClass, args: string[], shell: Shell): Promise<number> {
  try {
    return await new Command(name, shell).run(args);
  } catch (e) {
    if (!(e instanceof UsageError)) throw e;
    const { usageOf } = await import('./help.ts');
    return refuseUsage(e, { prefix: `-${name}`, usage: [usageOf(name)], err: (line) => shell.terminal.err(line) });
  }
}

async function refuseUnknown(word: string, shell: Shell): Promise<number> {
  const { usageOfAll } = await import('./help.ts');
  shell.terminal.err(`${word}: Unknown command`);
  if (Object.hasOwn(COMMANDS, word)) {
    shell.terminal.err(`Did you mean -${word}?  This command begins with a dash.`);
  }
  for (const line of usageOfAll()) shell.terminal.err(line);
  return USAGE_EXIT_CODE;
}

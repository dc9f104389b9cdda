import { UsageError } from '../options/command-format.ts';
import { COMMANDS } from './commands.ts';
import type { FsCommandClass, Shell } from './shell/command.ts';

/** Exit status of a wrong command line; Hadoop's -1. */
export const USAGE_EXIT_CODE = 255;

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
    for (const line of e.message.split('\n')) shell.terminal.err(`-${name}: ${line}`);
    shell.terminal.err(usageOf(name));
    return USAGE_EXIT_CODE;
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

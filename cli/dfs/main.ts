import { setTimeout as sleep } from 'node:timers/promises';
import { type Configuration, currentUser } from '../../conf/configuration.ts';
import { ConfigurationError } from '../../conf/errors.ts';
import { HadoopError } from '../../runtime/errors.ts';
import { systemClock } from '../../runtime/runtime.ts';
import { GenericOptionError, loadConfiguration, parseGenericOptions } from '../options/generic-options.ts';
import { Interrupts } from '../terminal/interrupts.ts';
import { Terminal } from '../terminal/terminal.ts';
import { runFsShell, USAGE_EXIT_CODE } from './fs-shell.ts';
import { type FileSystemFactory, FileSystems } from './paths/file-systems.ts';
import type { Shell } from './shell/command.ts';

const EXPLAIN = '--explain';

/** `hdfs dfs ARGS` and `hadoop fs ARGS`. @returns exit status */
export async function dfsMain(args: readonly string[]): Promise<number> {
  const terminal = new Terminal(process.stdout, process.stderr);
  // --explain is Calf's own: it may stand before or between generic options.
  const commandAt = args.indexOf(EXPLAIN);
  const explains = commandAt >= 0 && isBeforeCommand(args, commandAt);
  const plain = explains ? args.toSpliced(commandAt, 1) : args;
  try {
    const options = parseGenericOptions(plain);
    const conf = loadConfiguration(options);
    const explain = explains ? (line: string) => terminal.err(line) : undefined;
    await using fileSystems = new FileSystems(
      conf,
      clientFactory(conf, explain, (line) => terminal.err(line)),
    );
    return await runFsShell(options.rest, createShell(conf, terminal, fileSystems));
  } catch (e) {
    return refuse(e, terminal);
  } finally {
    terminal.flush();
  }
}

function isBeforeCommand(args: readonly string[], at: number): boolean {
  return at === 0 || parseGenericOptions(args.slice(0, at)).rest.length === 0;
}

function createShell(conf: Configuration, terminal: Terminal, fileSystems: FileSystems): Shell {
  return {
    conf,
    terminal,
    fileSystems,
    clock: systemClock,
    user: currentUser(),
    interrupts: new Interrupts(),
    stdin: () => process.stdin,
    sleep: async (ms) => {
      await sleep(ms);
    },
  };
}

/** The real file systems; each client is loaded when it is first needed. */
export function clientFactory(
  conf: Configuration,
  explain?: (line: string) => void,
  warn?: (line: string) => void,
): FileSystemFactory {
  return {
    async hdfs(uri) {
      const { DistributedFileSystem } = await import('../../client/distributed-file-system.ts');
      return new DistributedFileSystem({ conf, uri, explain, warn });
    },
    async local() {
      const { LocalFileSystem } = await import('../../client/local/local-file-system.ts');
      return new LocalFileSystem({ conf });
    },
  };
}

async function refuse(thrown: unknown, terminal: Terminal): Promise<number> {
  if (thrown instanceof GenericOptionError) {
    const { GENERIC_USAGE } = await import('../options/generic-options.ts');
    terminal.err(thrown.message);
    for (const line of GENERIC_USAGE) terminal.err(line);
    return USAGE_EXIT_CODE;
  }
  if (thrown instanceof ConfigurationError || thrown instanceof HadoopError) {
    terminal.err(`dfs: ${thrown.message}`);
    return 1;
  }
  throw thrown;
}

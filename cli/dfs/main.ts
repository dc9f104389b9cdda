/** `hdfs dfs`: the file system shell on real file systems. */
import { type Configuration, currentUser } from '../../conf/configuration.ts';
import { sleep } from '../../runtime/promises.ts';
import { systemClock } from '../../runtime/runtime.ts';
import { parseGenericOptions } from '../options/generic-options.ts';
import { runTool } from '../options/tool.ts';
import { UsageError } from '../options/usage-error.ts';
import { Interrupts } from '../terminal/interrupts.ts';
import { Terminal } from '../terminal/terminal.ts';
import { runFsShell } from './fs-shell.ts';
import { type FileSystemFactory, FileSystems } from './paths/file-systems.ts';
import type { Shell } from './shell/command.ts';

const EXPLAIN = '--explain';

/** `hdfs dfs ARGS` and `hadoop fs ARGS`. @returns exit status */
export async function dfsMain(args: readonly string[]): Promise<number> {
  const terminal = new Terminal(process.stdout, process.stderr);
  const err = (line: string): void => terminal.err(line);
  const explains = isExplained(args);
  const plain = explains ? args.toSpliced(args.indexOf(EXPLAIN), 1) : args;
  try {
    return await runTool({ name: 'dfs', err }, plain, async (conf, rest) => {
      await using fileSystems = new FileSystems(conf, clientFactory(conf, explains ? err : undefined, err));
      return await runFsShell(rest, createShell(conf, terminal, fileSystems));
    });
  } finally {
    terminal.flush();
  }
}

/** Whether `--explain`, which is Calf's own option, stands before or between the generic options. */
function isExplained(args: readonly string[]): boolean {
  const at = args.indexOf(EXPLAIN);
  try {
    return at === 0 || (at > 0 && parseGenericOptions(args.slice(0, at)).rest.length === 0);
  } catch (e) {
    // In `-fs --explain` the word is a value.
    if (e instanceof UsageError) return false;
    throw e;
  }
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
    sleep,
  };
}

/** Returns a factory of the real file systems. Each client is loaded when a path needs it. */
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

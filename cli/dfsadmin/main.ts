/** `hdfs dfsadmin`: the commands of an administrator; org.apache.hadoop.hdfs.tools.DFSAdmin. */
import type { Configuration } from '../../conf/configuration.ts';
import { messageOf } from '../../runtime/errors.ts';
import { commandOf, NotSupportedError } from '../options/first-word.ts';
import { runTool } from '../options/tool.ts';
import { refuseUsage, USAGE_EXIT_CODE, UsageError } from '../options/usage-error.ts';
import { complain, print } from '../terminal/terminal.ts';
import { ADMIN_COMMANDS } from './commands.ts';
import { helpLines, usageLines } from './texts.ts';

/** DFSAdmin of Hadoop ends so when a command failed, too. */
const FAILED = 255;

/** `hdfs dfsadmin COMMAND`. @returns exit status */
export async function dfsAdminMain(args: readonly string[]): Promise<number> {
  return runTool({ name: 'dfsadmin' }, args, async (conf, [word, ...rest]) => {
    if (word === undefined) return printUsage();
    if (word === '-help') return printHelp(rest[0]);
    const name = word.replace(/^-/, '');
    try {
      return await run(name, [word, ...rest], conf);
    } catch (e) {
      if (e instanceof UsageError) return refuseUsage(e, { prefix: name, usage: usageLines(name), err: complain });
      const message = e instanceof NotSupportedError ? e.message : messageOf(e);
      complain(`${name}: ${message.split('\n', 1)[0]}`);
      return FAILED;
    }
  });
}

/** @throws UsageError, NotSupportedError, HadoopError */
async function run(name: string, words: readonly string[], conf: Configuration): Promise<number> {
  const command = commandOf('hdfs dfsadmin', ADMIN_COMMANDS, words);
  if (!command) {
    complain(`${name}: Unknown command`);
    return printUsage();
  }
  const uri = conf.get('fs.defaultFS');
  if (!uri.startsWith('hdfs://')) {
    complain(`${name}: FileSystem ${uri} is not an HDFS file system`);
    return 1;
  }
  const { DfsClient } = await import('../../client/dfs/dfs-client.ts');
  const client = new DfsClient({ conf, uri: uri.replace(/^(hdfs:\/\/[^/]+).*$/, '$1') });
  try {
    return await command.run(client, words.slice(1), print);
  } finally {
    await client.close();
  }
}

function printUsage(): number {
  for (const line of usageLines(undefined)) complain(line);
  return USAGE_EXIT_CODE;
}

function printHelp(name: string | undefined): number {
  for (const line of helpLines(name)) print(line);
  return 0;
}

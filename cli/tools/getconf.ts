/** `hdfs getconf`: prints values of the configuration; org.apache.hadoop.hdfs.tools.GetConf. */
import type { Configuration } from '../../conf/configuration.ts';
import { deprecationWarning } from '../../conf/deprecated.ts';
import { defaultFsAddress, namenodeRpcAddress } from '../../conf/namenode-address.ts';
import { SECRET_IN_JSON, sensitiveKeys } from '../../runtime/http/config-redactor.ts';
import { commandOf, type WordCommand } from '../options/first-word.ts';
import { tellOfDeprecation } from '../options/generic-options.ts';
import { runTool } from '../options/tool.ts';
import { UsageError } from '../options/usage-error.ts';
import { complain, print } from '../terminal/terminal.ts';

const USAGE = [
  'hdfs getconf is utility for getting configuration information from the config file.',
  '',
  'hadoop getconf',
  '\t[-namenodes]\t\t\tgets list of namenodes in the cluster.',
  '\t[-secondaryNameNodes]\t\tgets list of secondary namenodes in the cluster.',
  '\t[-backupNodes]\t\t\tgets list of backup nodes in the cluster.',
  '\t[-journalNodes]\t\t\tgets list of journal nodes in the cluster.',
  '\t[-includeFile]\t\t\tgets the include file path that defines the datanodes that can join the cluster.',
  '\t[-excludeFile]\t\t\tgets the exclude file path that defines the datanodes that need to decommissioned.',
  '\t[-nnRpcAddresses]\t\tgets the namenode rpc addresses',
  '\t[-confKey [key]]\t\tgets a specific key from the configuration',
];

/** Exit status of a property that is missing; Hadoop's -1. */
const MISSING = 255;
const ANY_NUMBER = Number.POSITIVE_INFINITY;

interface Question extends WordCommand {
  /** Prints the answer and returns the exit status. */
  readonly run: (conf: Configuration, key: string) => number;
}

/** Hadoop ignores further arguments of a question. */
const question = (run: Question['run'], fewest = 0): Question => ({ args: [fewest, ANY_NUMBER], run });

export const QUESTIONS: Readonly<Record<string, Question>> = {
  '-namenodes': question((conf) => printed(nameNode(conf).host)),
  '-nnRpcAddresses': question((conf) => {
    const { host, port } = nameNode(conf);
    return printed(`${host}:${port}`);
  }),
  // There are no such nodes: Hadoop prints an empty line then.
  '-secondaryNameNodes': question(() => printed('')),
  '-backupNodes': question(() => printed('')),
  '-journalNodes': question(() => printed('')),
  '-includeFile': question((conf) => property(conf, 'dfs.hosts')),
  '-excludeFile': question((conf) => property(conf, 'dfs.hosts.exclude')),
  '-confKey': question(property, 1),
};

/** `hdfs getconf -confKey KEY | -namenodes | …`. @returns exit status */
export async function getConfMain(args: readonly string[]): Promise<number> {
  return runTool({ name: 'getconf', usage: USAGE }, args, async (conf, rest) => {
    const found = commandOf('hdfs getconf', QUESTIONS, rest);
    if (!found) throw new UsageError();
    return found.run(conf, rest[1] ?? '');
  });
}

function printed(answer: string): number {
  print(answer);
  return 0;
}

function property(conf: Configuration, name: string): number {
  const warning = deprecationWarning(name);
  if (warning !== undefined) tellOfDeprecation(warning);
  const value = conf.getRaw(name);
  if (value !== undefined) return printed(sensitiveKeys(conf)(name) ? SECRET_IN_JSON : value);
  complain(`Configuration ${name} is missing.`);
  return MISSING;
}

/** Returns the NameNode's address for clients: fs.defaultFS, else the address that it listens on. */
function nameNode(conf: Configuration): { host: string; port: number } {
  return defaultFsAddress(conf) ?? namenodeRpcAddress(conf);
}

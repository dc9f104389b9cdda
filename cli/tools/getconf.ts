import type { Configuration } from '../../conf/configuration.ts';
import { defaultFsAddress, namenodeRpcAddress } from '../../conf/namenode-address.ts';
import { loadConfiguration, parseGenericOptions } from '../options/generic-options.ts';

const USAGE = `hdfs getconf is utility for getting configuration information from the config file.

hadoop getconf
\t[-namenodes]\t\t\tgets list of namenodes in the cluster.
\t[-secondaryNameNodes]\t\tgets list of secondary namenodes in the cluster.
\t[-backupNodes]\t\t\tgets list of backup nodes in the cluster.
\t[-journalNodes]\t\t\tgets list of journal nodes in the cluster.
\t[-includeFile]\t\t\tgets the include file path that defines the datanodes that can join the cluster.
\t[-excludeFile]\t\t\tgets the exclude file path that defines the datanodes that need to decommissioned.
\t[-nnRpcAddresses]\t\tgets the namenode rpc addresses
\t[-confKey [key]]\t\tgets a specific key from the configuration
`;

const out = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** The questions; each prints its answer and returns the exit status. */
const QUESTIONS: Record<string, (conf: Configuration, key: string | undefined) => number> = {
  '-namenodes': (conf) => {
    out(nameNode(conf).host);
    return 0;
  },
  '-nnRpcAddresses': (conf) => {
    const { host, port } = nameNode(conf);
    out(`${host}:${port}`);
    return 0;
  },
  // There are none of these, and Hadoop prints an empty line then.
  '-secondaryNameNodes': () => printNone(),
  '-backupNodes': () => printNone(),
  '-journalNodes': () => printNone(),
  '-includeFile': (conf) => printProperty(conf, 'dfs.hosts'),
  '-excludeFile': (conf) => printProperty(conf, 'dfs.hosts.exclude'),
  '-confKey': (conf, key) => (key === undefined ? refuse() : printProperty(conf, key)),
};

/** `hdfs getconf -confKey KEY | -namenodes | …`. @returns exit status */
export async function getConfMain(args: readonly string[]): Promise<number> {
  const options = parseGenericOptions(args);
  const [question = '', key] = options.rest;
  const answer = QUESTIONS[question];
  return answer ? answer(loadConfiguration(options), key) : refuse();
}

function printNone(): number {
  out('');
  return 0;
}

function refuse(): number {
  process.stderr.write(USAGE);
  return 255;
}

function printProperty(conf: Configuration, name: string): number {
  const value = conf.getRaw(name);
  if (value !== undefined) {
    out(value);
    return 0;
  }
  process.stderr.write(`Configuration ${name} is missing.\n`);
  return 255;
}

/** Where clients reach the NameNode: fs.defaultFS, else the address that it listens on. */
function nameNode(conf: Configuration): { host: string; port: number } {
  return defaultFsAddress(conf) ?? namenodeRpcAddress(conf);
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { DfsClient } from '../../client/dfs/dfs-client.ts';
import { ConfigurationError } from '../../conf/errors.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { DatanodeReportTypeProto, SafeModeActionProto } from '../../protocol/gen/messages.ts';
import { HadoopError } from '../../runtime/errors.ts';
import { UsageError } from '../options/command-format.ts';
import { GenericOptionError, loadConfiguration, parseGenericOptions } from '../options/generic-options.ts';
import { helpLines, NOT_SUPPORTED, usageLines } from './texts.ts';

const USAGE_EXIT_CODE = 255;
const SAFE_MODE_POLL_MS = 500;

/** Resolves with the exit status. */
type AdminCommand = (client: DfsClient, args: readonly string[], print: (line: string) => void) => Promise<number>;

/** A command line that does not fit the command. */
class AdminUsageError extends Error {}

const COMMANDS: Record<string, AdminCommand> = {
  '-report': async (client, args, print) => {
    const { report } = await import('./report.ts');
    const wrong = args.find(
      (arg) => !/^-(live|dead|decommissioning|enteringmaintenance|inmaintenance|slownodes)$/.test(arg),
    );
    if (wrong) throw new AdminUsageError();
    for (const line of await report(client, args)) print(line);
    return 0;
  },
  '-safemode': safeMode,
  '-printTopology': async (client, args, print) => {
    if (args.length > 0) throw new AdminUsageError();
    const { hostNamesOf, topology } = await import('./report.ts');
    const { di } = await client.call(ClientNamenode.getDatanodeReport, { type: DatanodeReportTypeProto.ALL });
    for (const line of topology(di, await hostNamesOf(di))) print(line);
    return 0;
  },
  '-refreshNodes': async (client, args, print) => {
    if (args.length > 0) throw new AdminUsageError();
    return (await import('./nodes.ts')).refreshNodes(client, print);
  },
  '-setBalancerBandwidth': async (client, args, print) => {
    const [text] = args;
    if (text === undefined || args.length > 1) throw new AdminUsageError();
    return (await import('./nodes.ts')).setBalancerBandwidth(client, text, print);
  },
  '-getBalancerBandwidth': ofDatanode('getBalancerBandwidth'),
  '-getDatanodeInfo': ofDatanode('getDatanodeInfo'),
  '-getVolumeReport': ofDatanode('getVolumeReport'),
  '-evictWriters': ofDatanode('evictWriters'),
  '-shutdownDatanode': async (client, args, print) => {
    if (args.length === 0 || args.length > 2) throw new AdminUsageError();
    return (await import('./datanode.ts')).shutdownDatanode(client, args, print);
  },
  '-triggerBlockReport': async (client, args, print) => {
    if (args.length === 0 || args.length > 4) throw new AdminUsageError();
    return (await import('./datanode.ts')).triggerBlockReport(client, args, print);
  },
  '-setQuota': quota('-setQuota'),
  '-clrQuota': quota('-clrQuota'),
  '-setSpaceQuota': quota('-setSpaceQuota'),
  '-clrSpaceQuota': quota('-clrSpaceQuota'),
};

function quota(name: string): AdminCommand {
  return async (client, args) => (await import('./quota.ts')).quotaCommand(name, client, args);
}

/** A command whose one argument is a DataNode. */
function ofDatanode(
  name: 'getBalancerBandwidth' | 'getDatanodeInfo' | 'getVolumeReport' | 'evictWriters',
): AdminCommand {
  return async (client, args, print) => {
    const [address] = args;
    if (address === undefined || args.length > 1) throw new AdminUsageError();
    return (await import('./datanode.ts'))[name](client, address, print);
  };
}

/** `hdfs dfsadmin COMMAND`. @returns exit status */
export async function dfsAdminMain(args: readonly string[]): Promise<number> {
  try {
    const options = parseGenericOptions(args);
    const [name, ...rest] = options.rest;
    if (name === undefined) return printUsage(undefined);
    if (name === '-help') return printHelp(rest[0]);
    if (NOT_SUPPORTED.has(name)) {
      process.stderr.write(`${name.slice(1)}: not supported yet; what dfsadmin has so far, it says with -help\n`);
      return 1;
    }
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (!command) {
      process.stderr.write(`${name.replace(/^-/, '')}: Unknown command\n`);
      return printUsage(undefined);
    }
    return await run(name, command, rest, options);
  } catch (e) {
    if (!(e instanceof GenericOptionError || e instanceof ConfigurationError)) throw e;
    process.stderr.write(`dfsadmin: ${e.message}\n`);
    return 1;
  }
}

async function run(
  name: string,
  command: AdminCommand,
  args: readonly string[],
  options: ReturnType<typeof parseGenericOptions>,
): Promise<number> {
  const conf = loadConfiguration(options);
  const uri = conf.get('fs.defaultFS');
  if (!uri.startsWith('hdfs://')) {
    process.stderr.write(`${name.slice(1)}: FileSystem ${uri} is not an HDFS file system\n`);
    return 1;
  }
  const { DfsClient } = await import('../../client/dfs/dfs-client.ts');
  const client = new DfsClient({ conf, uri: uri.replace(/^(hdfs:\/\/[^/]+).*$/, '$1') });
  try {
    return await command(client, args, (line) => process.stdout.write(`${line}\n`));
  } catch (e) {
    if (e instanceof AdminUsageError) return printUsage(name);
    if (e instanceof UsageError) {
      process.stderr.write(`${name.slice(1)}: ${e.message}\n`);
      return printUsage(name);
    }
    process.stderr.write(`${name.slice(1)}: ${HadoopError.from(e).message.split('\n', 1)[0]}\n`);
    return USAGE_EXIT_CODE;
  } finally {
    await client.close();
  }
}

const SAFE_MODE_ACTIONS: Record<string, SafeModeActionProto> = {
  enter: SafeModeActionProto.SAFEMODE_ENTER,
  leave: SafeModeActionProto.SAFEMODE_LEAVE,
  get: SafeModeActionProto.SAFEMODE_GET,
  wait: SafeModeActionProto.SAFEMODE_GET,
  forceexit: SafeModeActionProto.SAFEMODE_FORCE_EXIT,
};

async function safeMode(client: DfsClient, args: readonly string[], print: (line: string) => void): Promise<number> {
  const word = args[0]?.toLowerCase() ?? '';
  const action = SAFE_MODE_ACTIONS[word];
  if (action === undefined || args.length !== 1) throw new AdminUsageError();
  const ask = async () => (await client.call(ClientNamenode.setSafeMode, { action, checked: false })).result;
  let isOn = await ask();
  while (word === 'wait' && isOn) {
    await sleep(SAFE_MODE_POLL_MS);
    isOn = await ask();
  }
  print(`Safe mode is ${isOn ? 'ON' : 'OFF'}`);
  return 0;
}

function printUsage(name: string | undefined): number {
  for (const line of usageLines(name)) process.stderr.write(`${line}\n`);
  return USAGE_EXIT_CODE;
}

function printHelp(name: string | undefined): number {
  for (const line of helpLines(name)) process.stdout.write(`${line}\n`);
  return 0;
}

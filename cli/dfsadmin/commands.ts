/** The commands of `hdfs dfsadmin`; each is loaded when it runs. */
import type { DfsClient } from '../../client/dfs/dfs-client.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { DatanodeReportTypeProto } from '../../protocol/gen/messages.ts';
import type { WordCommand } from '../options/first-word.ts';
import { parseOptions } from '../options/parse-options.ts';
import { UsageError } from '../options/usage-error.ts';
import type { Print } from '../terminal/terminal.ts';

interface AdminCommand extends WordCommand {
  /** Resolves with the exit status. @throws UsageError */
  readonly run: (client: DfsClient, args: readonly string[], print: Print) => Promise<number>;
}

const ANY_NUMBER = Number.POSITIVE_INFINITY;

export const ADMIN_COMMANDS: Readonly<Record<string, AdminCommand>> = {
  '-report': {
    args: [0, ANY_NUMBER],
    run: async (client, args, print) => {
      const { NODE_FILTERS, report } = await import('./report.ts');
      const { given, parameters } = parseOptions(args, { place: 'anywhere', unknown: 'keep', options: NODE_FILTERS });
      if (parameters.length > 0) throw new UsageError();
      for (const line of await report(client, new Set(given.map(({ name }) => name)))) print(line);
      return 0;
    },
  },
  '-safemode': {
    args: [1, 1],
    run: async (client, [action = ''], print) => (await import('./safe-mode.ts')).safeMode(client, action, print),
  },
  '-printTopology': {
    args: [0, 0],
    run: async (client, _args, print) => {
      const { hostNamesOf, topology } = await import('./report.ts');
      const { di } = await client.call(ClientNamenode.getDatanodeReport, { type: DatanodeReportTypeProto.ALL });
      for (const line of topology(di, await hostNamesOf(di))) print(line);
      return 0;
    },
  },
  '-refreshNodes': {
    args: [0, 0],
    run: async (client, _args, print) => (await import('./nodes.ts')).refreshNodes(client, print),
  },
  '-setBalancerBandwidth': {
    args: [1, 1],
    run: async (client, [text = ''], print) => (await import('./nodes.ts')).setBalancerBandwidth(client, text, print),
  },
  '-getBalancerBandwidth': ofDatanode('getBalancerBandwidth'),
  '-getDatanodeInfo': ofDatanode('getDatanodeInfo'),
  '-getVolumeReport': ofDatanode('getVolumeReport'),
  '-evictWriters': ofDatanode('evictWriters'),
  '-shutdownDatanode': {
    args: [1, 2],
    run: async (client, args, print) => (await import('./datanode.ts')).shutdownDatanode(client, args, print),
  },
  '-triggerBlockReport': {
    args: [1, 4],
    run: async (client, args, print) => (await import('./datanode.ts')).triggerBlockReport(client, args, print),
  },
  '-setQuota': quota('-setQuota'),
  '-clrQuota': quota('-clrQuota'),
  '-setSpaceQuota': quota('-setSpaceQuota'),
  '-clrSpaceQuota': quota('-clrSpaceQuota'),
};

function quota(name: string): AdminCommand {
  return {
    args: [0, ANY_NUMBER],
    run: async (client, args) => (await import('./quota.ts')).quotaCommand(name, client, args),
  };
}

/** A command whose one argument is a DataNode. */
function ofDatanode(
  name: 'getBalancerBandwidth' | 'getDatanodeInfo' | 'getVolumeReport' | 'evictWriters',
): AdminCommand {
  return {
    args: [1, 1],
    run: async (client, [address = ''], print) => (await import('./datanode.ts'))[name](client, address, print),
  };
}

import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import {
  DeleteResponseProto,
  Rename2ResponseProto,
  RenameResponseProto,
  SafeModeActionProto,
} from '../../protocol/gen/messages.ts';
import type { RpcServer } from '../../protocol/rpc/server.ts';
import { readHostLists } from '../datanodes/host-lists.ts';
import { checkPathLength } from '../namespace/path.ts';
import { checkSuperuser } from '../namespace/permissions.ts';
import { clusterHandlers } from './client-cluster.ts';
import type { ClientContext } from './client-context.ts';
import { queryHandlers } from './client-reads.ts';
import { writeHandlers } from './client-writes.ts';

const SAFE_MODE_ACTIONS = {
  [SafeModeActionProto.SAFEMODE_ENTER]: 'ENTER',
  [SafeModeActionProto.SAFEMODE_LEAVE]: 'LEAVE',
  [SafeModeActionProto.SAFEMODE_GET]: 'GET',
  [SafeModeActionProto.SAFEMODE_FORCE_EXIT]: 'FORCE_EXIT',
} as const;

/** What Hadoop marks @AtMostOnce: a repeat of the call gets the first one's answer. */
const AT_MOST_ONCE = ['create', 'append', 'concat', 'delete_', 'rename', 'rename2', 'updatePipeline'] as const;

/** ClientProtocol: what clients call. Methods that are not here answer as unknown ones. */
export function serveClients(server: RpcServer, context: ClientContext): void {
  const { driver } = context;

  server.addProtocol(
    ClientNamenode,
    {
      ...queryHandlers(context),
      ...clusterHandlers(context),
      ...writeHandlers(context),

      reportBadBlocks: async ({ blocks }) => {
        const replicas = blocks.flatMap((located) =>
          located.locs.map((loc) => ({
            blockId: located.b.blockId,
            genStamp: located.b.generationStamp,
            datanodeUuid: loc.id.datanodeUuid,
          })),
        );
        await driver.applySoft({ op: 'reportBadBlocks', replicas });
        return {};
      },

      mkdirs: async (request, call) => {
        checkPathLength('mkdirs', request.src);
        const caller = await context.caller(call);
        const { src: path, createParent } = request;
        return {
          result: await driver.apply({ op: 'mkdirs', caller, path, permission: request.masked.perm, createParent }),
        };
      },

      delete_: async (request, call) => {
        const caller = await context.caller(call);
        const command = { op: 'delete', caller, path: request.src, recursive: request.recursive } as const;
        return driver.applyAtMostOnce(command, call, DeleteResponseProto, (result) => ({ result }));
      },

      rename: async (request, call) => {
        const caller = await context.caller(call);
        const { src: source, dst: destination } = request;
        const command = { op: 'rename', caller, source, destination } as const;
        return driver.applyAtMostOnce(command, call, RenameResponseProto, (result) => ({ result }));
      },

      rename2: async (request, call) => {
        const caller = await context.caller(call);
        const { src: source, dst: destination, overwriteDest: overwrite } = request;
        const command = { op: 'rename2', caller, source, destination, overwrite } as const;
        return driver.applyAtMostOnce(command, call, Rename2ResponseProto, () => ({}));
      },

      setPermission: async (request, call) => {
        const caller = await context.caller(call);
        await driver.apply({ op: 'setPermission', caller, path: request.src, permission: request.permission.perm });
        return {};
      },

      setOwner: async (request, call) => {
        const caller = await context.caller(call);
        const { src: path, username: owner, groupname: group } = request;
        await driver.apply({ op: 'setOwner', caller, path, owner, group });
        return {};
      },

      setTimes: async (request, call) => {
        const caller = await context.caller(call);
        const { src: path, mtime: modificationTimeMs, atime: accessTimeMs } = request;
        await driver.apply({ op: 'setTimes', caller, path, modificationTimeMs, accessTimeMs });
        return {};
      },

      setReplication: async (request, call) => {
        const caller = await context.caller(call);
        const { src: path, replication } = request;
        return { result: await driver.apply({ op: 'setReplication', caller, path, replication }) };
      },

      setBalancerBandwidth: async ({ bandwidth }, call) => {
        await driver.applySoft({ op: 'setBalancerBandwidth', caller: await context.caller(call), bandwidth });
        return {};
      },

      refreshNodes: async (_request, call) => {
        const caller = await context.caller(call);
        checkSuperuser(caller, 'refreshNodes');
        await driver.applySoft({ op: 'refreshNodes', caller, hosts: await readHostLists(context.conf) });
        return {};
      },

      setSafeMode: async (request, call) => {
        const caller = await context.caller(call);
        return { result: await driver.apply({ op: 'setSafeMode', caller, action: SAFE_MODE_ACTIONS[request.action] }) };
      },
    },
    { retryCached: context.conf.get('dfs.namenode.enable.retrycache') ? AT_MOST_ONCE : [] },
  );
}

/** ClientDatanodeProtocol: the methods that administrators and clients call on a DataNode's IPC port. */
import type * as ClientDatanode from '../../protocol/gen/client-datanode.ts';
import type { Handlers } from '../../protocol/rpc/handler.ts';
import { checkMayReadLocally } from './access.ts';
import type { DatanodeService } from './datanode-service.ts';
import * as Operations from './operations.ts';

/** Returns the handlers of ClientDatanodeProtocol, one for each method. */
export function clientDatanodeProtocol(service: DatanodeService): Handlers<typeof ClientDatanode> {
  return {
    getReplicaVisibleLength: ({ block }) => Operations.visibleLengthOf(service.context.store, block),

    refreshNamenodes: async (_request, call) => {
      await service.superusers.check(call.user, 'refreshNamenodes');
      return {};
    },

    deleteBlockPool: async ({ blockPool }, call) => {
      await service.superusers.check(call.user, 'deleteBlockPool');
      return Operations.refuseToDeletePool(service.context.store, blockPool);
    },

    getBlockLocalPathInfo: ({ block }, call) => {
      checkMayReadLocally(service, call);
      return Operations.localPathsOf(service.context.store, block);
    },

    shutdownDatanode: async ({ forUpgrade }, call) => {
      await service.superusers.check(call.user, 'shutdownDatanode');
      Operations.shutDown(service.context, forUpgrade);
      return {};
    },

    evictWriters: async (_request, call) => {
      await service.superusers.check(call.user, 'evictWriters');
      Operations.evictWriters(service.context);
      return {};
    },

    getDatanodeInfo: () => ({ localInfo: Operations.localInfoOf(service) }),

    getVolumeReport: async (_request, call) => {
      await service.superusers.check(call.user, 'getVolumeReport');
      return { volumeInfo: service.context.store.volumes.map(Operations.volumeInfoOf) };
    },

    triggerBlockReport: async ({ incremental }, call) => {
      await service.superusers.check(call.user, 'triggerBlockReport');
      await service.link.triggerBlockReport(incremental);
      return {};
    },

    getBalancerBandwidth: () => ({ bandwidth: service.context.balanceThrottler.bytesPerSecond }),
  };
}

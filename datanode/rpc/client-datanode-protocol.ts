/** ClientDatanodeProtocol: the methods that administrators and clients call on a DataNode's IPC port. */
import type * as ClientDatanode from '../../protocol/gen/client-datanode.ts';
import type { Handlers } from '../../protocol/rpc/handler.ts';
import { checkMayReadLocally, checkSuperuser } from './access.ts';
import type { DatanodeService } from './datanode-service.ts';
import * as Operations from './operations.ts';

/** Returns the handlers of ClientDatanodeProtocol, one for each method. */
export function clientDatanodeProtocol(service: DatanodeService): Handlers<typeof ClientDatanode> {
  return {
    getReplicaVisibleLength: ({ block }) => Operations.visibleLengthOf(service.context.store, block),

    refreshNamenodes: (_request, call) => {
      checkSuperuser(service, call);
      return {};
    },

    deleteBlockPool: ({ blockPool }, call) => {
      checkSuperuser(service, call);
      return Operations.refuseToDeletePool(service.context.store, blockPool);
    },

    getBlockLocalPathInfo: ({ block }, call) => {
      checkMayReadLocally(service, call);
      return Operations.localPathsOf(service.context.store, block);
    },

    shutdownDatanode: ({ forUpgrade }, call) => {
      checkSuperuser(service, call);
      Operations.shutDown(service.context, forUpgrade);
      return {};
    },

    evictWriters: (_request, call) => {
      checkSuperuser(service, call);
      Operations.evictWriters(service.context);
      return {};
    },

    getDatanodeInfo: () => ({ localInfo: Operations.localInfoOf(service) }),

    getVolumeReport: (_request, call) => {
      checkSuperuser(service, call);
      return { volumeInfo: service.context.store.volumes.map(Operations.volumeInfoOf) };
    },

    triggerBlockReport: async ({ incremental }, call) => {
      checkSuperuser(service, call);
      await service.link.triggerBlockReport(incremental);
      return {};
    },

    getBalancerBandwidth: () => ({ bandwidth: service.context.balanceThrottler.bytesPerSecond }),
  };
}

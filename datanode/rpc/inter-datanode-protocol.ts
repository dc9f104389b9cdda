/** InterDatanodeProtocol: the methods that the DataNode that leads a block recovery calls on the other DataNodes. */
import type * as InterDatanode from '../../protocol/gen/inter-datanode.ts';
import type { Handlers } from '../../protocol/rpc/handler.ts';
import type { DatanodeContext } from '../context/datanode-context.ts';
import { initReplicaRecovery, updateReplicaUnderRecovery } from '../context/inter-datanode.ts';

/** Returns the handlers of InterDatanodeProtocol, one for each method. */
export function interDatanodeProtocol(context: DatanodeContext): Handlers<typeof InterDatanode> {
  return {
    initReplicaRecovery: ({ block }) => initReplicaRecovery(context, block),

    updateReplicaUnderRecovery: async ({ block, recoveryId, newLength, newBlockId = 0 }) => ({
      storageUuid: await updateReplicaUnderRecovery(context, block, recoveryId, newLength, newBlockId),
    }),
  };
}

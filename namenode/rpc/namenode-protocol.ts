import * as NamenodeTable from '../../protocol/gen/namenode.ts';
import type { RpcServer } from '../../protocol/rpc/server.ts';
import { getBlocks } from '../blocks/get-blocks.ts';
import { checkSuperuser } from '../namespace/permissions.ts';
import type { NamespaceIdentity } from '../store/name-directory.ts';
import type { ClientContext } from './client-context.ts';
import { namespaceInfo } from './datanode-protocol.ts';

/** ExportedBlockKeys.DUMMY_KEYS: a JVM balancer expects keys even where there are no block tokens. */
const NO_BLOCK_KEYS = {
  isBlockTokenEnabled: false,
  keyUpdateInterval: 0,
  tokenLifeTime: 0,
  currentKey: { keyId: 0, expiryDate: 0 },
  allKeys: [],
};

/** NamenodeProtocol, as far as a balancer, ours or Hadoop's, calls it. For superusers. */
export function serveBalancers(server: RpcServer, context: ClientContext, identity: NamespaceIdentity): void {
  const { driver } = context;
  server.addProtocol(NamenodeTable, {
    getBlocks: async (request, call) => {
      checkSuperuser(await context.caller(call), 'getBlocks');
      const blocks = await driver.read(getBlocks, {
        datanode: request.datanode,
        sizeBytes: request.size,
        minBlockSizeBytes: request.minBlockSize ?? 0,
        hotTimeMs: request.timeInterval ?? 0,
        storageType: request.storageType,
      });
      return { blocks: { blocks } };
    },

    getBlockKeys: async (_request, call) => {
      checkSuperuser(await context.caller(call), 'getBlockKeys');
      return { keys: NO_BLOCK_KEYS };
    },

    getTransactionId: async (_request, call) => {
      checkSuperuser(await context.caller(call), 'getTransactionId');
      return { txId: driver.state.sequence };
    },

    getMostRecentCheckpointTxId: async (_request, call) => {
      checkSuperuser(await context.caller(call), 'getMostRecentCheckpointTxId');
      return { txId: driver.state.sequence };
    },

    versionRequest: async (_request, call) => {
      checkSuperuser(await context.caller(call), 'versionRequest');
      return { info: namespaceInfo(identity) };
    },

    isUpgradeFinalized: async (_request, call) => {
      checkSuperuser(await context.caller(call), 'isUpgradeFinalized');
      return { isUpgradeFinalized: true };
    },

    isRollingUpgrade: async (_request, call) => {
      checkSuperuser(await context.caller(call), 'isRollingUpgrade');
      return { isRollingUpgrade: false };
    },
  });
}

/** NamenodeProtocol, as far as a balancer, ours or Hadoop's, calls it. */

import * as NamenodeTable from '../../protocol/gen/namenode.ts';
import type { RpcServer } from '../../protocol/rpc/server.ts';
import { type GetBlocksRequest, getBlocks } from '../blocks/get-blocks.ts';
import type { NamesystemState } from '../namesystem/state.ts';
import type { ClientContext } from './context/client-context.ts';
import { NAMENODE_ACCESS } from './context/method-access.ts';
import { type MethodTable, serveTable } from './context/method-table.ts';
import { namespaceInfo } from './context/namespace-info.ts';

/** ExportedBlockKeys.DUMMY_KEYS: a JVM balancer expects keys even where there are no block tokens. */
const NO_BLOCK_KEYS = {
  isBlockTokenEnabled: false,
  keyUpdateInterval: 0,
  tokenLifeTime: 0,
  currentKey: { keyId: 0, expiryDate: 0 },
  allKeys: [],
};

const sequenceOf = (state: NamesystemState): number => state.sequence;

export const NAMENODE_PROTOCOL = {
  getBlocks: async ({ driver }, request) => {
    const asked: GetBlocksRequest = {
      datanode: request.datanode,
      sizeBytes: request.size,
      minBlockSizeBytes: request.minBlockSize ?? 0,
      hotTimeMs: request.timeInterval ?? 0,
      storageType: request.storageType,
    };
    const blocks = await driver.read((s, reading) => getBlocks(s.blockManager, reading, asked), asked);
    return { blocks: { blocks } };
  },
  getBlockKeys: () => ({ keys: NO_BLOCK_KEYS }),
  getTransactionId: ({ driver }) => ({ txId: driver.inspect('txId', sequenceOf) }),
  getMostRecentCheckpointTxId: ({ driver }) => ({
    txId: driver.inspect('txId', sequenceOf),
  }),
  versionRequest: ({ identity }) => ({ info: namespaceInfo(identity) }),
  isUpgradeFinalized: () => ({ isUpgradeFinalized: true }),
  isRollingUpgrade: () => ({ isRollingUpgrade: false }),
} satisfies Required<MethodTable<typeof NamenodeTable, ClientContext>>;

export function serveBalancers(server: RpcServer, context: ClientContext): void {
  serveTable(server, {
    protocol: NamenodeTable,
    table: NAMENODE_PROTOCOL,
    access: NAMENODE_ACCESS,
    context,
    checkSuperuser: context.checkSuperuser,
  });
}

/** NamenodeProtocol, as far as a balancer, ours or Hadoop's, calls it. Every method is for superusers. */

import * as NamenodeTable from '../../protocol/gen/namenode.ts';
import type { RpcServer } from '../../protocol/rpc/server.ts';
import { type GetBlocksRequest, getBlocks } from '../blocks/get-blocks.ts';
import { checkSuperuser } from '../command/caller.ts';
import type { NamesystemState } from '../namesystem/state.ts';
import type { ClientContext } from './context/client-context.ts';
import { type Answering, type MethodTable, serveTable } from './context/method-table.ts';
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

/** An entry that refuses callers who are not superusers. */
function superuser<Q, S>(
  operation: string,
  answer: (context: ClientContext, request: Q) => S | Promise<S>,
): Answering<ClientContext, Q, S> {
  return async (context, request, call) => {
    checkSuperuser(await context.callerOf(call), operation);
    return answer(context, request);
  };
}

export const NAMENODE_PROTOCOL = {
  getBlocks: superuser('getBlocks', async ({ driver }, request) => {
    const asked: GetBlocksRequest = {
      datanode: request.datanode,
      sizeBytes: request.size,
      minBlockSizeBytes: request.minBlockSize ?? 0,
      hotTimeMs: request.timeInterval ?? 0,
      storageType: request.storageType,
    };
    const blocks = await driver.read((s, reading) => getBlocks(s.blockManager, reading, asked), asked);
    return { blocks: { blocks } };
  }),
  getBlockKeys: superuser('getBlockKeys', () => ({ keys: NO_BLOCK_KEYS })),
  getTransactionId: superuser('getTransactionId', ({ driver }) => ({ txId: driver.inspect('txId', sequenceOf) })),
  getMostRecentCheckpointTxId: superuser('getMostRecentCheckpointTxId', ({ driver }) => ({
    txId: driver.inspect('txId', sequenceOf),
  })),
  versionRequest: superuser('versionRequest', ({ identity }) => ({ info: namespaceInfo(identity) })),
  isUpgradeFinalized: superuser('isUpgradeFinalized', () => ({ isUpgradeFinalized: true })),
  isRollingUpgrade: superuser('isRollingUpgrade', () => ({ isRollingUpgrade: false })),
} satisfies Required<MethodTable<typeof NamenodeTable, ClientContext>>;

export function serveBalancers(server: RpcServer, context: ClientContext): void {
  serveTable(server, NamenodeTable, NAMENODE_PROTOCOL, context);
}

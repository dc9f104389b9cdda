import type { Configuration } from '../conf/configuration.ts';
import type { Logger } from '../conf/log.ts';
import {
  ReceivedDeletedBlockInfoProto_BlockStatus as BlockStatus,
  type ExtendedBlockProto,
} from '../protocol/gen/messages.ts';
import type { BlockStore } from './block-store.ts';
import type { BlockEvents, DatanodeContext, TransferSettings } from './datanode-context.ts';
import type { NamenodeLink } from './namenode-link.ts';
import type { StoredReplica } from './stored-replica.ts';

export function transferSettings(conf: Configuration): TransferSettings {
  return {
    socketTimeoutMs: conf.get('dfs.client.socket-timeout'),
    writeTimeoutMs: conf.get('dfs.datanode.socket.write.timeout'),
    keepaliveMs: conf.get('dfs.datanode.socket.reuse.keepalive'),
    estimatedBlockSizeBytes: conf.get('dfs.blocksize'),
    syncOnClose: conf.get('dfs.datanode.synconclose'),
    connectByHostname: conf.get('dfs.datanode.use.datanode.hostname'),
  };
}

/** What happens to blocks, told to the NameNode: what it waits for at once, the rest with its next heartbeat. */
export function blockEvents(
  store: BlockStore,
  link: () => NamenodeLink,
  log: Logger,
  self: DatanodeContext['self'],
): BlockEvents {
  const tell = (replica: StoredReplica, status: BlockStatus, urgent: boolean, deleteHint?: string): void =>
    link().report(replica.volume.storageId, { block: replica.block, status, deleteHint }, urgent);
  return {
    receiving: (replica) => tell(replica, BlockStatus.RECEIVING, false),
    received: (replica, deleteHint) => tell(replica, BlockStatus.RECEIVED, true, deleteHint),
    deleted: (replica) => tell(replica, BlockStatus.DELETED, false),
    bad: (block: ExtendedBlockProto, datanode) => {
      if (block.poolId !== store.blockPoolId) return;
      link()
        .session.reportBadBlock(block, datanode ?? self())
        .catch((err: unknown) => log.warn({ err }, 'failed to report a bad block'));
    },
  };
}

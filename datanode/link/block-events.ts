/** Tells the NameNode of blocks that are received, deleted or corrupt. */
import { ReceivedDeletedBlockInfoProto_BlockStatus as BlockStatus } from '../../protocol/gen/messages.ts';
import type { BlockEvents } from '../context/datanode-context.ts';
import type { BlockStore } from '../replicas/block-store.ts';
import type { StoredReplica } from '../replicas/stored-replica.ts';
import type { Outbox } from './outbox.ts';

/** Returns events that go to the NameNode: a received or a damaged block at once, other changes with the next heartbeat. */
export function blockEvents({ store }: { readonly store: BlockStore }, outbox: Outbox): BlockEvents {
  const tell = (replica: StoredReplica, status: BlockStatus, urgent: boolean, deleteHint?: string): void =>
    outbox.report(replica.volume.storageId, { block: replica.block, status, deleteHint }, urgent);
  return {
    receiving: (replica) => tell(replica, BlockStatus.RECEIVING, false),
    received: (replica, deleteHint) => tell(replica, BlockStatus.RECEIVED, true, deleteHint),
    deleted: (replica) => tell(replica, BlockStatus.DELETED, false),
    bad: (block, datanode) => {
      if (block.poolId === store.blockPoolId) outbox.reportBad({ block, datanode });
    },
  };
}

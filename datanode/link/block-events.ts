/** Tells the NameNode of blocks that are received, deleted or corrupt. */
import {
  ReceivedDeletedBlockInfoProto_BlockStatus as BlockStatus,
  type ExtendedBlockProto,
} from '../../protocol/gen/messages.ts';
import { Bug } from '../../runtime/bug.ts';
import type { Logger } from '../../runtime/log.ts';
import type { BlockEvents } from '../context/datanode-context.ts';
import type { BlockStore } from '../replicas/block-store.ts';
import type { BugTrap } from '../replicas/bug-trap.ts';
import type { StoredReplica } from '../replicas/stored-replica.ts';
import type { NamenodeSession } from './namenode-session.ts';
import type { Outbox } from './outbox.ts';

/** Returns events that go to the NameNode: a received block at once, other changes with the next heartbeat. */
export function blockEvents(
  { store, bugs, log }: { readonly store: BlockStore; readonly bugs: BugTrap; readonly log: Logger },
  session: NamenodeSession,
  outbox: Outbox,
): BlockEvents {
  const tell = (replica: StoredReplica, status: BlockStatus, urgent: boolean, deleteHint?: string): void =>
    outbox.report(replica.volume.storageId, { block: replica.block, status, deleteHint }, urgent);
  return {
    receiving: (replica) => tell(replica, BlockStatus.RECEIVING, false),
    received: (replica, deleteHint) => tell(replica, BlockStatus.RECEIVED, true, deleteHint),
    deleted: (replica) => tell(replica, BlockStatus.DELETED, false),
    bad: (block: ExtendedBlockProto, datanode) => {
      const holder = datanode ?? session.self;
      if (block.poolId !== store.blockPoolId || !holder) return;
      session.reportBadBlock(block, holder).catch((e: unknown) => {
        const err = bugs.ofWork('NamenodeSession.reportBadBlock', { block }, e);
        if (!(err instanceof Bug)) log.warn({ err }, 'failed to report a bad block');
      });
    },
  };
}

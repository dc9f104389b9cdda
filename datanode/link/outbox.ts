/** Holds the news that parts of a DataNode have for the NameNode, until the link sends them. */
import type { DatanodeInfoProto, ExtendedBlockProto } from '../../protocol/gen/messages.ts';
import { Alarm } from '../../runtime/promises.ts';
import { IncrementalReport, type PendingBlock } from './incremental-report.ts';

/** A damaged replica of a DataNode; of this one if `datanode` is undefined. */
export interface BadReplica {
  readonly block: ExtendedBlockProto;
  readonly datanode: DatanodeInfoProto | undefined;
}

/** Collects changes of blocks for the next incremental report, and wakes the link when one must not wait. */
export class Outbox {
  readonly pending = new IncrementalReport();
  /** The damaged replicas that the NameNode has not heard of yet: one entry for a replica, however often it was met. */
  readonly bad = new Map<string, BadReplica>();
  /** Rings when the link has something to send before its next heartbeat is due. */
  readonly alarm = new Alarm();
  /** Whether the NameNode waits for a pending change. */
  isUrgent = false;
  /** Whether a heartbeat is to be sent before it is due. */
  wantsHeartbeat = false;

  /** Adds a change of a block. An urgent one is sent at once, another one with the next urgent one or heartbeat. */
  report(storageUuid: string, pending: PendingBlock, urgent: boolean): void {
    this.pending.add(storageUuid, pending);
    if (!urgent) return;
    this.isUrgent = true;
    this.alarm.ring();
  }

  /** Adds a damaged replica, which the link reports at once, and again until the NameNode has heard of it. */
  reportBad(replica: BadReplica): void {
    const { block, datanode } = replica;
    this.bad.set(`${block.blockId}_${block.generationStamp}@${datanode?.id.datanodeUuid ?? ''}`, replica);
    this.alarm.ring();
  }

  /** Asks for a heartbeat now: a transfer that the NameNode ordered has ended, and the NameNode may have more to copy. */
  heartbeatSoon(): void {
    this.wantsHeartbeat = true;
    this.alarm.ring();
  }
}

/** Holds the news that parts of a DataNode have for the NameNode, until the link sends them. */
import { Alarm } from '../../runtime/promises.ts';
import { IncrementalReport, type PendingBlock } from './incremental-report.ts';

/** Collects changes of blocks for the next incremental report, and wakes the link when one must not wait. */
export class Outbox {
  readonly pending = new IncrementalReport();
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

  /** Asks for a heartbeat now: a transfer that the NameNode ordered has ended, and the NameNode may have more to copy. */
  heartbeatSoon(): void {
    this.wantsHeartbeat = true;
    this.alarm.ring();
  }
}

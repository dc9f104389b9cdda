/** What the parts of one DataNode share. */
import type { DatanodeInfoProto, ExtendedBlockProto, Status } from '../../protocol/gen/messages.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Clock } from '../../runtime/runtime.ts';
import type { DatanodeMetrics } from '../metrics/metrics.ts';
import type { DatanodePeerMetrics } from '../metrics/peer-metrics.ts';
import type { BlockStore } from '../replicas/block-store.ts';
import type { BugTrap } from '../replicas/bug-trap.ts';
import type { StoredReplica } from '../replicas/stored-replica.ts';
import type { DatanodeFaults } from '../volumes/faults.ts';
import type { BlockBalanceThrottler, DataTransferThrottler } from './data-transfer-throttler.ts';
import type { StopSignal } from './stop-signal.ts';
import type { TransferSettings } from './transfer-settings.ts';

/** What the NameNode is told of blocks as they come and go. */
export interface BlockEvents {
  receiving(replica: StoredReplica): void;
  /** @param deleteHint uuid of the DataNode whose replica may go, after a move */
  received(replica: StoredReplica, deleteHint?: string): void;
  deleted(replica: StoredReplica): void;
  /** A replica, here or on another DataNode, is corrupt. */
  bad(block: ExtendedBlockProto, datanode: DatanodeInfoProto | undefined): void;
}

/** What the parts of one DataNode share. */
export interface DatanodeContext {
  readonly store: BlockStore;
  readonly events: BlockEvents;
  readonly settings: TransferSettings;
  readonly metrics: DatanodeMetrics;
  /** With dfs.datanode.peer.stats.enabled alone. */
  readonly peerMetrics: DatanodePeerMetrics | undefined;
  readonly log: Logger;
  readonly clock: Clock;
  /** What the balancer's moves may take. */
  readonly balanceThrottler: BlockBalanceThrottler;
  /** What copies that the NameNode orders, and pipelines' recoveries, may take. */
  readonly transferThrottler: DataTransferThrottler;
  /** A status as acks carry it, with what this node says of its load (Hadoop: PipelineAck.combineHeader). */
  readonly flagOf: (status: Status) => number;
  readonly scanner: { markSuspect(stored: StoredReplica): void };
  /** With calf.fault.injection.enabled alone. */
  readonly faults: DatanodeFaults | undefined;
  /** Asks for this DataNode's end. */
  readonly stop: StopSignal;
  readonly bugs: BugTrap;
  /** Returns this node as the NameNode has registered it, undefined before that. */
  self(): DatanodeInfoProto | undefined;
}

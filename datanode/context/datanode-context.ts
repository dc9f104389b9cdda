/** The objects that the parts of one DataNode share. */
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

/** The events of blocks that the NameNode hears of. */
export interface BlockEvents {
  receiving(replica: StoredReplica): void;
  /** @param deleteHint after a move, the uuid of the DataNode whose replica may be deleted */
  received(replica: StoredReplica, deleteHint?: string): void;
  deleted(replica: StoredReplica): void;
  /** Reports a corrupt replica of a DataNode; of this one if `datanode` is undefined. */
  bad(block: ExtendedBlockProto, datanode: DatanodeInfoProto | undefined): void;
}

/** One DataNode's replicas, settings, counters and limits, which its parts share. */
export interface DatanodeContext {
  readonly store: BlockStore;
  readonly events: BlockEvents;
  readonly settings: TransferSettings;
  readonly metrics: DatanodeMetrics;
  /** Undefined without dfs.datanode.peer.stats.enabled. */
  readonly peerMetrics: DatanodePeerMetrics | undefined;
  readonly log: Logger;
  readonly clock: Clock;
  /** Limits the balancer's moves. */
  readonly balanceThrottler: BlockBalanceThrottler;
  /** Limits the copies that the NameNode orders, and those for recoveries of pipelines. */
  readonly transferThrottler: DataTransferThrottler;
  /** Returns a status with this node's flags, as acks carry it (Hadoop: PipelineAck.combineHeader). */
  readonly flagOf: (status: Status) => number;
  readonly scanner: { readonly isEnabled: boolean; markSuspect(stored: StoredReplica): void };
  /** Undefined without calf.fault.injection.enabled. */
  readonly faults: DatanodeFaults | undefined;
  /** Asks for this DataNode's end. */
  readonly stop: StopSignal;
  readonly bugs: BugTrap;
  /** Returns this node as the NameNode has registered it, undefined before that. */
  self(): DatanodeInfoProto | undefined;
}

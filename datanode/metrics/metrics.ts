/** The counters of a DataNode. */

/** Counters of one DataNode, under the names of Hadoop's DataNodeActivity bean. */
export class DatanodeMetrics {
  BytesWritten = 0;
  BytesRead = 0;
  BlocksWritten = 0;
  BlocksRead = 0;
  BlocksReplicated = 0;
  BlocksRemoved = 0;
  ReplaceBlockOpToOtherHost = 0;
  /** Between storages of different types. */
  ReplaceBlockOpOnSameHost = 0;
  /** By the block scanner. */
  BlocksVerified = 0;
  BlockVerificationFailures = 0;
  VolumeFailures = 0;
  BlockChecksumOpNumOps = 0;
  HeartbeatsNumOps = 0;
  BlockReportsNumOps = 0;
  IncrementalBlockReportsNumOps = 0;
  DatanodeNetworkErrors = 0;
  /** Data transfers to other DataNodes under way. */
  xmitsInProgress = 0;
  /** Data connections open. */
  xceiverCount = 0;
  /** Pipelines of which blocks are being received. */
  DataNodePacketResponderCount = 0;
  /** Block recoveries under way that this node leads. */
  DataNodeBlockRecoveryWorkerCount = 0;

  /** What the NameNode compares DataNodes by (Hadoop: DataNode.getActiveTransferThreadCount): a writer counts twice. */
  get activeTransfers(): number {
    return this.xceiverCount + this.DataNodePacketResponderCount + this.DataNodeBlockRecoveryWorkerCount;
  }
}

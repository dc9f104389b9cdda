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
  /** Moves between storages of different types. */
  ReplaceBlockOpOnSameHost = 0;
  /** Blocks that the block scanner has found intact. */
  BlocksVerified = 0;
  BlockVerificationFailures = 0;
  VolumeFailures = 0;
  BlockChecksumOpNumOps = 0;
  HeartbeatsNumOps = 0;
  BlockReportsNumOps = 0;
  IncrementalBlockReportsNumOps = 0;
  DatanodeNetworkErrors = 0;
  /** Data transfers to other DataNodes that are under way. */
  xmitsInProgress = 0;
  /** Open data connections. */
  xceiverCount = 0;
  /** Pipelines from which a block is being received. */
  DataNodePacketResponderCount = 0;
  /** Commands under way whose block recoveries this node leads. */
  DataNodeBlockRecoveryWorkerCount = 0;

  /** The load by which the NameNode compares DataNodes (Hadoop: DataNode.getActiveTransferThreadCount). A writer counts twice. */
  get activeTransfers(): number {
    return this.xceiverCount + this.DataNodePacketResponderCount + this.DataNodeBlockRecoveryWorkerCount;
  }
}

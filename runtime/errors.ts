/** Errors that cross the wire or a module's border, with the Java classes by which Hadoop clients know them. */
import { errorCode, isNoSuchFile, messageOf } from '../conf/errors.ts';

export { errorCode, isNoSuchFile, messageOf };

/** Java classes by their simple names, which commands print and callers test. */
export const JAVA_CLASSES = {
  // java
  IOException: 'java.io.IOException',
  EOFException: 'java.io.EOFException',
  FileNotFoundException: 'java.io.FileNotFoundException',
  InterruptedIOException: 'java.io.InterruptedIOException',
  IllegalArgumentException: 'java.lang.IllegalArgumentException',
  UnsupportedOperationException: 'java.lang.UnsupportedOperationException',
  ConnectException: 'java.net.ConnectException',
  SocketTimeoutException: 'java.net.SocketTimeoutException',
  UnknownHostException: 'java.net.UnknownHostException',
  BindException: 'java.net.BindException',
  ClosedChannelException: 'java.nio.channels.ClosedChannelException',
  // org.apache.hadoop.fs
  ChecksumException: 'org.apache.hadoop.fs.ChecksumException',
  FileAlreadyExistsException: 'org.apache.hadoop.fs.FileAlreadyExistsException',
  InvalidPathException: 'org.apache.hadoop.fs.InvalidPathException',
  ParentNotDirectoryException: 'org.apache.hadoop.fs.ParentNotDirectoryException',
  PathIsNotDirectoryException: 'org.apache.hadoop.fs.PathIsNotDirectoryException',
  PathIsNotEmptyDirectoryException: 'org.apache.hadoop.fs.PathIsNotEmptyDirectoryException',
  PathPermissionException: 'org.apache.hadoop.fs.PathPermissionException',
  InvalidRequestException: 'org.apache.hadoop.fs.InvalidRequestException',
  UnsupportedFileSystemException: 'org.apache.hadoop.fs.UnsupportedFileSystemException',
  UnresolvedLinkException: 'org.apache.hadoop.fs.UnresolvedLinkException',
  // org.apache.hadoop.hdfs
  AlreadyBeingCreatedException: 'org.apache.hadoop.hdfs.protocol.AlreadyBeingCreatedException',
  CorruptMetaHeaderException: 'org.apache.hadoop.hdfs.server.datanode.CorruptMetaHeaderException',
  DisallowedDatanodeException: 'org.apache.hadoop.hdfs.server.protocol.DisallowedDatanodeException',
  InvalidBlockReportLeaseException: 'org.apache.hadoop.hdfs.server.protocol.InvalidBlockReportLeaseException',
  DiskErrorException: 'org.apache.hadoop.util.DiskChecker$DiskErrorException',
  DiskOutOfSpaceException: 'org.apache.hadoop.util.DiskChecker$DiskOutOfSpaceException',
  DSQuotaExceededException: 'org.apache.hadoop.hdfs.protocol.DSQuotaExceededException',
  FSLimitException: 'org.apache.hadoop.hdfs.protocol.FSLimitException',
  MaxDirectoryItemsExceededException:
    'org.apache.hadoop.hdfs.protocol.FSLimitException$MaxDirectoryItemsExceededException',
  PathComponentTooLongException: 'org.apache.hadoop.hdfs.protocol.FSLimitException$PathComponentTooLongException',
  InconsistentFSStateException: 'org.apache.hadoop.hdfs.server.common.InconsistentFSStateException',
  IncorrectVersionException: 'org.apache.hadoop.hdfs.server.common.IncorrectVersionException',
  InvalidBlockTokenException: 'org.apache.hadoop.hdfs.security.token.block.InvalidBlockTokenException',
  LeaseExpiredException: 'org.apache.hadoop.hdfs.server.namenode.LeaseExpiredException',
  NotReplicatedYetException: 'org.apache.hadoop.hdfs.server.namenode.NotReplicatedYetException',
  NSQuotaExceededException: 'org.apache.hadoop.hdfs.protocol.NSQuotaExceededException',
  QuotaExceededException: 'org.apache.hadoop.hdfs.protocol.QuotaExceededException',
  RecoveryInProgressException: 'org.apache.hadoop.hdfs.protocol.RecoveryInProgressException',
  ReplicaAlreadyExistsException: 'org.apache.hadoop.hdfs.server.datanode.ReplicaAlreadyExistsException',
  ReplicaNotFoundException: 'org.apache.hadoop.hdfs.server.datanode.ReplicaNotFoundException',
  SafeModeException: 'org.apache.hadoop.hdfs.server.namenode.SafeModeException',
  UnregisteredNodeException: 'org.apache.hadoop.hdfs.protocol.UnregisteredNodeException',
  UnresolvedPathException: 'org.apache.hadoop.hdfs.protocol.UnresolvedPathException',
  BlockMissingException: 'org.apache.hadoop.hdfs.BlockMissingException',
  CannotObtainBlockLengthException: 'org.apache.hadoop.hdfs.CannotObtainBlockLengthException',
  // org.apache.hadoop.ipc and others
  RetriableException: 'org.apache.hadoop.ipc.RetriableException',
  StandbyException: 'org.apache.hadoop.ipc.StandbyException',
  RpcException: 'org.apache.hadoop.ipc.RpcException',
  RpcNoSuchMethodException: 'org.apache.hadoop.ipc.RpcNoSuchMethodException',
  RpcNoSuchProtocolException: 'org.apache.hadoop.ipc.RpcNoSuchProtocolException',
  RpcServerException: 'org.apache.hadoop.ipc.RpcServerException',
  VersionMismatch: 'org.apache.hadoop.ipc.RPC$VersionMismatch',
  AccessControlException: 'org.apache.hadoop.security.AccessControlException',
  HadoopIllegalArgumentException: 'org.apache.hadoop.HadoopIllegalArgumentException',
  InvalidJobConfException: 'org.apache.hadoop.mapred.InvalidJobConfException',
  InvalidInputException: 'org.apache.hadoop.mapreduce.lib.input.InvalidInputException',
} as const;

export type JavaClassName = keyof typeof JAVA_CLASSES;

/** A failure with its Java class, raised by this process or received from a server. */
export class HadoopError extends Error {
  /** The full name, such as `java.io.FileNotFoundException`. */
  readonly javaClass: string;

  constructor(javaClass: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.javaClass = javaClass;
    this.name = this.code;
  }

  /** The simple name, such as `FileNotFoundException`. */
  get code(): string {
    return this.javaClass.slice(Math.max(this.javaClass.lastIndexOf('.'), this.javaClass.lastIndexOf('$')) + 1);
  }

  is(name: JavaClassName): boolean {
    return this.javaClass === JAVA_CLASSES[name];
  }

  /** Returns the HadoopError that was thrown; for anything else, a java.io.IOException with its message. */
  static from(thrown: unknown): HadoopError {
    if (thrown instanceof HadoopError) return thrown;
    return hadoopError('IOException', messageOf(thrown), thrown);
  }
}

/** Returns a failure of one of the table's classes. */
export function hadoopError(name: JavaClassName, message: string, cause?: unknown): HadoopError {
  return new HadoopError(JAVA_CLASSES[name], message, cause);
}

/** Returns whether `thrown` is a failure of that class. */
export function isHadoopError(thrown: unknown, name: JavaClassName): thrown is HadoopError {
  return thrown instanceof HadoopError && thrown.is(name);
}

/** Returns a thrown value as an Error: the value itself if it is an Error, else an Error with its text. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

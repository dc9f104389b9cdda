/** The interface of all file systems, in the words of org.apache.hadoop.fs.FileSystem. */
/** The facts of a file or directory, as Hadoop's FileStatus. Times are ms since the epoch, lengths are bytes. */
export interface FileStatus {
  /** Absolute path without scheme and authority, as `/user/me/f`. */
  readonly path: string;
  readonly type: 'FILE' | 'DIRECTORY' | 'SYMLINK';
  readonly length: number;
  /** 0 for directories. */
  readonly replication: number;
  readonly blockSizeBytes: number;
  readonly modificationTimeMs: number;
  readonly accessTimeMs: number;
  /** 12 bits: rwx of owner, group, other and the sticky bit 0o1000. */
  readonly permission: number;
  readonly owner: string;
  readonly group: string;
  /** HdfsFileStatusProto flags; all false on other file systems. */
  readonly hasAcl: boolean;
  readonly isEncrypted: boolean;
  readonly isErasureCoded: boolean;
  readonly isSnapshottable: boolean;
  readonly ecPolicy?: string;
  readonly storagePolicy?: number;
  readonly childrenNum?: number;
  readonly fileId?: number;
}

/** The DataNodes of one block of a file, as Hadoop's BlockLocation. Offset and length are bytes. */
export interface BlockLocation {
  readonly offset: number;
  readonly length: number;
  /** Host names of the DataNodes that hold a replica, nearest first. */
  readonly hosts: readonly string[];
  /** `ip:xferPort` of the same DataNodes. */
  readonly names: readonly string[];
  /** `/rack/ip:port` of the same DataNodes. */
  readonly topologyPaths: readonly string[];
  readonly corrupt: boolean;
}

export interface ContentSummary {
  readonly length: number;
  readonly fileCount: number;
  readonly directoryCount: number;
  /** -1 when none is set. */
  readonly quota: number;
  readonly spaceConsumed: number;
  /** -1 when none is set. */
  readonly spaceQuota: number;
  readonly snapshotLength: number;
  readonly snapshotFileCount: number;
  readonly snapshotDirectoryCount: number;
  readonly snapshotSpaceConsumed: number;
  readonly erasureCodingPolicy: string;
  readonly typeQuotas: readonly { type: string; quota: number; consumed: number }[];
}

export interface FsStatus {
  readonly capacityBytes: number;
  readonly usedBytes: number;
  readonly remainingBytes: number;
}

export interface FileChecksum {
  /** As `MD5-of-262144MD5-of-512CRC32C`. */
  readonly algorithm: string;
  readonly bytes: Uint8Array;
}

export interface CreateOptions {
  /** Default true, as FileSystem.create. */
  readonly overwrite?: boolean;
  readonly replication?: number;
  readonly blockSizeBytes?: number;
  /** Permission before the umask is applied; default 0o666. */
  readonly permission?: number;
  /** Default true. */
  readonly createParent?: boolean;
  /** Each block is synced to the DataNodes' disks when it is full (CreateFlag.SYNC_BLOCK); default false. */
  readonly syncBlock?: boolean;
}

export interface AppendOptions {
  /** Begins a new block, even if the last block has room (CreateFlag.NEW_BLOCK); default false. */
  readonly newBlock?: boolean;
  /** Each block is synced to the DataNodes' disks when it is full (CreateFlag.SYNC_BLOCK); default false. */
  readonly syncBlock?: boolean;
}

/** SyncFlag of Hadoop's HdfsDataOutputStream.hsync; other file systems ignore it. */
export interface HsyncOptions {
  /** The NameNode keeps the length, and getFileStatus then returns it. */
  readonly updateLength?: boolean;
  /** Ends the block here, whatever its length. */
  readonly endBlock?: boolean;
}

export interface OpenOptions {
  /** False reads the bytes without verifying their checksums (-ignoreCrc); default true. */
  readonly verifyChecksum?: boolean;
}

export interface ReadRange {
  /** Offset of the first byte; default 0. */
  readonly start?: number;
  /** Offset one past the last byte; default the file's end. */
  readonly end?: number;
}

/** A file being read. A read goes on with another replica after any error. */
export interface FileInput extends AsyncDisposable {
  /** Length in bytes. For a file being written: the bytes that its writer has flushed; a read beyond them looks again. */
  readonly length: number;
  /** Reads up to `length` bytes from `position`; fewer only at the end of the file. @throws EOFException if negative */
  pread(position: number, length: number): Promise<Uint8Array>;
  /** Gives the bytes in order, in chunks of the sender's packet size. A chunk belongs to the reader. */
  stream(range?: ReadRange): AsyncIterable<Uint8Array>;
  /** Gives the same bytes as a Web stream. */
  readable(range?: ReadRange): ReadableStream<Uint8Array>;
  close(): Promise<void>;
}

/** A file being written. When write() resolves, the bytes are queued, not yet on a DataNode; close() makes them durable. */
export interface FileOutput extends AsyncDisposable {
  /** Offset of the next byte: the length that an append found, and the bytes written since. */
  readonly position: number;
  /** Takes over the chunk, which is sent without a copy and again after a failure: the caller must not change it any more. */
  write(chunk: Uint8Array): Promise<void>;
  /** Resolves when every DataNode of the pipeline has all bytes written so far. */
  hflush(): Promise<void>;
  /** Resolves when all bytes written so far are on the disks of the pipeline's DataNodes. */
  hsync(options?: HsyncOptions): Promise<void>;
  writable(): WritableStream<Uint8Array>;
  /** Flushes, waits for the last ack and completes the file. */
  close(): Promise<void>;
  /** Gives the file up: closes the connections. The lease then expires, or the caller deletes the file. */
  abort(): Promise<void>;
}

/** The options of a rename (Hadoop: Options.Rename). */
export interface RenameOptions {
  /** Replaces a file, or an empty directory. */
  readonly overwrite?: boolean;
  /** Demands the permission to delete the source too, because others may empty the trash. HDFS only. */
  readonly toTrash?: boolean;
}

/**
 * A file system for commands and jobs. Paths are absolute and without scheme. A call that fails throws a HadoopError
 * with the Java class that a JVM client would see.
 */
export interface FileSystem extends AsyncDisposable {
  /** `hdfs://host:port` or `file://`, without a trailing slash. */
  readonly uri: string;
  readonly user: string;
  readonly homeDirectory: string;
  /** Replication and block size for new files when the caller names none. */
  readonly defaultReplication: number;
  readonly defaultBlockSizeBytes: number;

  /** @throws FileNotFoundException */
  getFileStatus(path: string): Promise<FileStatus>;
  /** Lists a directory, sorted by name; a file lists itself. @throws FileNotFoundException */
  listStatus(path: string): AsyncIterable<FileStatus>;
  getFileBlockLocations(path: string, start?: number, length?: number): Promise<BlockLocation[]>;
  open(path: string, options?: OpenOptions): Promise<FileInput>;
  create(path: string, options?: CreateOptions): Promise<FileOutput>;
  /**
   * Opens an existing file to write at its end.
   * @throws FileNotFoundException; AlreadyBeingCreatedException and RecoveryInProgressException while another writes it;
   * UnsupportedOperationException where the file system has no append
   */
  append(path: string, options?: AppendOptions): Promise<FileOutput>;
  /**
   * Cuts a closed file to a length in bytes. False: the last block is still being cut, and the file can't be written until
   * that is done.
   * @throws HadoopIllegalArgumentException when the file is shorter; UnsupportedOperationException where the file system
   * has no truncate
   */
  truncate(path: string, newLengthBytes: number): Promise<boolean>;
  /**
   * Moves the blocks of closed files to the end of another one, in their order; the sources are deleted.
   * @throws FileNotFoundException; HadoopIllegalArgumentException for files that do not fit together;
   * UnsupportedOperationException where the file system has no concat
   */
  concat(target: string, sources: readonly string[]): Promise<void>;
  /** Makes a directory and its missing parents. `permission` is before the umask, default 0o777. */
  mkdirs(path: string, permission?: number): Promise<void>;
  /** Makes one directory, whose parent must exist. @throws FileAlreadyExistsException, FileNotFoundException (no parent) */
  mkdir(path: string, permission?: number): Promise<void>;
  /** Returns false when the source or the destination's parent is missing or the destination exists, as FileSystem.rename. */
  rename(source: string, destination: string): Promise<boolean>;
  /** Renames as Hadoop's rename2, which throws where rename() returns false. */
  renameStrict(source: string, destination: string, options?: RenameOptions): Promise<void>;
  /** Returns false when the path does not exist. */
  delete(path: string, recursive: boolean): Promise<boolean>;
  setPermission(path: string, permission: number): Promise<void>;
  setOwner(path: string, owner: string | undefined, group: string | undefined): Promise<void>;
  /** -1 leaves a time as it is. */
  setTimes(path: string, modificationTimeMs: number, accessTimeMs: number): Promise<void>;
  setReplication(path: string, replication: number): Promise<boolean>;
  getContentSummary(path: string): Promise<ContentSummary>;
  /** Returns undefined where the file system has no checksums (file://). */
  getFileChecksum(path: string): Promise<FileChecksum | undefined>;
  getStatus(): Promise<FsStatus>;
  /**
   * Closes the file system and the files that are still being written. A file that can't be closed is warned of, and its
   * lease expires. close() waits for a NameNode that is gone as long as the IPC client does
   * (ipc.client.connect.max.retries times .retry.interval: 10 s), for a NameNode in safe mode a minute, and for silent
   * DataNodes dfs.client.socket-timeout.
   */
  close(): Promise<void>;
}

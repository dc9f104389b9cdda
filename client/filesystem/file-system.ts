/** What a file or directory is, as Hadoop's FileStatus. Times are ms since the epoch, lengths bytes. */
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

/** Where one block of a file lies, as Hadoop's BlockLocation. */
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
  /** Before the umask; default 0o666. */
  readonly permission?: number;
  /** Default true. */
  readonly createParent?: boolean;
  /** Each block is synced to the DataNodes' disks when it is full (CreateFlag.SYNC_BLOCK); default false. */
  readonly syncBlock?: boolean;
}

export interface AppendOptions {
  /** Go on in a new block, even if the last one has room (CreateFlag.NEW_BLOCK); default false. */
  readonly newBlock?: boolean;
  /** Each block is synced to the DataNodes' disks when it is full (CreateFlag.SYNC_BLOCK); default false. */
  readonly syncBlock?: boolean;
}

/** SyncFlag of Hadoop's HdfsDataOutputStream.hsync; other file systems take no notice of it. */
export interface HsyncOptions {
  /** The NameNode keeps the length, so that getFileStatus tells it. */
  readonly updateLength?: boolean;
  /** The block ends here, whatever its length. */
  readonly endBlock?: boolean;
}

export interface OpenOptions {
  /** Default true; false reads what is there (-ignoreCrc). */
  readonly verifyChecksum?: boolean;
}

export interface ReadRange {
  /** First byte; default 0. */
  readonly start?: number;
  /** One past the last byte; default the file's end. */
  readonly end?: number;
}

/** A file being read. Reads fall over to another replica on any error. */
export interface FileInput extends AsyncDisposable {
  /** Of a file that is being written: what its writer has flushed. It grows when something beyond it is asked for. */
  readonly length: number;
  /** Positional read: up to `length` bytes from `position`, fewer only at the end of the file. */
  pread(position: number, length: number): Promise<Uint8Array>;
  /** The bytes in order, in chunks of the sender's packet size; a chunk belongs to the reader. */
  stream(range?: ReadRange): AsyncIterable<Uint8Array>;
  /** The same as a Web stream. */
  readable(range?: ReadRange): ReadableStream<Uint8Array>;
  close(): Promise<void>;
}

/** A file being written. A resolved write() is in the data queue, not yet on a DataNode; close() makes it durable. */
export interface FileOutput extends AsyncDisposable {
  /** Where the next byte goes: bytes written so far, and before them what an append found. */
  readonly position: number;
  /** The chunk is given away: it is sent uncopied, and again after a failure, so it must not be changed any more. */
  write(chunk: Uint8Array): Promise<void>;
  /** Resolves when every DataNode of the pipeline has what was written. */
  hflush(): Promise<void>;
  /** Like hflush, and on the DataNodes' disks. */
  hsync(options?: HsyncOptions): Promise<void>;
  writable(): WritableStream<Uint8Array>;
  /** Flushes, waits for the last ack and completes the file. */
  close(): Promise<void>;
  /** Gives the file up: closes connections and leaves the lease to expire or the caller to delete the file. */
  abort(): Promise<void>;
}

/**
 * What commands and jobs need of a file system, in Hadoop's words (org.apache.hadoop.fs.FileSystem).
 * Paths are absolute and without scheme. Failures are HadoopError with the Java class a JVM client would see.
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
  /** @throws FileNotFoundException; for a file, one entry: the file itself. Sorted by name. */
  listStatus(path: string): AsyncIterable<FileStatus>;
  getFileBlockLocations(path: string, start?: number, length?: number): Promise<BlockLocation[]>;
  open(path: string, options?: OpenOptions): Promise<FileInput>;
  create(path: string, options?: CreateOptions): Promise<FileOutput>;
  /**
   * Opens an existing file to write at its end.
   * @throws FileNotFoundException; AlreadyBeingCreatedException and RecoveryInProgressException while another writes it;
   * UnsupportedOperationException where the file system can't
   */
  append(path: string, options?: AppendOptions): Promise<FileOutput>;
  /**
   * Cuts a closed file off. False: its last block is still being cut, and until then the file can't be written.
   * @throws HadoopIllegalArgumentException when the file is shorter; UnsupportedOperationException where it can't
   */
  truncate(path: string, newLengthBytes: number): Promise<boolean>;
  /** With parents. `permission` is before the umask, default 0o777. */
  mkdirs(path: string, permission?: number): Promise<void>;
  /** mkdir of one level: the parent must exist. @throws FileAlreadyExistsException, FileNotFoundException (no parent) */
  mkdir(path: string, permission?: number): Promise<void>;
  /** False when the source or the destination's parent is missing or the destination exists, as FileSystem.rename. */
  rename(source: string, destination: string): Promise<boolean>;
  /** rename2: errors instead of false; `overwrite` replaces a file or an empty directory. */
  renameStrict(source: string, destination: string, options?: { overwrite?: boolean }): Promise<void>;
  /** False when the path does not exist. */
  delete(path: string, recursive: boolean): Promise<boolean>;
  setPermission(path: string, permission: number): Promise<void>;
  setOwner(path: string, owner: string | undefined, group: string | undefined): Promise<void>;
  /** -1 leaves a time as it is. */
  setTimes(path: string, modificationTimeMs: number, accessTimeMs: number): Promise<void>;
  setReplication(path: string, replication: number): Promise<boolean>;
  getContentSummary(path: string): Promise<ContentSummary>;
  /** Undefined where the file system has none (file://). */
  getFileChecksum(path: string): Promise<FileChecksum | undefined>;
  getStatus(): Promise<FsStatus>;
  /**
   * Closes the files that are still being written, too; one that can't be is warned of, and its lease expires. A
   * NameNode that is gone is waited for as the IPC client does (ipc.client.connect.max.retries times .retry.interval:
   * 10 s), one in safe mode for a minute, DataNodes that are silent for dfs.client.socket-timeout.
   */
  close(): Promise<void>;
}

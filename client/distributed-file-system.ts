/** HDFS as a FileSystem (Hadoop: DistributedFileSystem). */
import type { Configuration } from '../conf/configuration.ts';
import * as ClientNamenode from '../protocol/gen/client-namenode.ts';
import {
  type DatanodeInfoProto,
  DatanodeReportTypeProto,
  HdfsFileStatusProto_FileType as FileType,
  type FsServerDefaultsProto,
  type GetFsStatsResponseProto,
} from '../protocol/gen/messages.ts';
import type { Method } from '../protocol/method.ts';
import { joinPath } from '../protocol/path.ts';
import { hadoopError, isHadoopError } from '../runtime/errors.ts';
import { DfsClient, type DfsClientOptions } from './dfs/dfs-client.ts';
import { blockLocation, contentSummary, fileStatus } from './dfs/hdfs-status.ts';
import type {
  AppendOptions,
  BlockLocation,
  ContentSummary,
  CreateOptions,
  FileChecksum,
  FileInput,
  FileOutput,
  FileStatus,
  FileSystem,
  FsStatus,
  OpenOptions,
  RenameOptions,
} from './filesystem/file-system.ts';
import { validDfsPath } from './filesystem/path.ts';
import { parseUmask } from './filesystem/umask.ts';

export type { DfsClientOptions } from './dfs/dfs-client.ts';

/** getListing begins behind this name: the empty name is before all others. */
const NO_NAME = new Uint8Array();
const FILE_PERMISSION = 0o666;
const DIRECTORY_PERMISSION = 0o777;

/**
 * HDFS over Hadoop's own protocols, on a cluster of Calf or of Hadoop. The read and write streams are loaded when the
 * first file is opened, so that listings start fast.
 */
export class DistributedFileSystem implements FileSystem {
  readonly uri: string;
  readonly user: string;
  readonly homeDirectory: string;
  readonly defaultReplication: number;
  readonly defaultBlockSizeBytes: number;
  readonly conf: Configuration;
  readonly #client: DfsClient;
  readonly #umask: number;
  #serverDefaults: { readonly value: Promise<FsServerDefaultsProto>; readonly untilMs: number } | undefined;

  constructor(options: DfsClientOptions) {
    this.#client = new DfsClient(options);
    this.conf = options.conf;
    this.uri = this.#client.uri;
    this.user = this.#client.user;
    this.homeDirectory = `${this.conf.get('dfs.user.home.dir.prefix')}/${this.user}`;
    this.defaultReplication = this.conf.get('dfs.replication');
    this.defaultBlockSizeBytes = this.conf.get('dfs.blocksize');
    this.#umask = parseUmask(this.conf.get('fs.permissions.umask-mode'));
  }

  /** The client that all streams share, for tools that speak to DataNodes themselves. */
  get client(): DfsClient {
    return this.#client;
  }

  /** Makes a raw call of ClientNamenodeProtocol. */
  call<Q, S>(method: Method<Q, S>, request: Q): Promise<S> {
    return this.#client.call(method, request);
  }

  async getFileStatus(path: string): Promise<FileStatus> {
    const src = this.#valid(path);
    const { fs } = await this.#client.call(ClientNamenode.getFileInfo, { src });
    if (!fs) throw hadoopError('FileNotFoundException', `File does not exist: ${this.uri}${src}`);
    return fileStatus(src, fs);
  }

  async *listStatus(path: string): AsyncIterable<FileStatus> {
    const src = this.#valid(path);
    let startAfter: Uint8Array = NO_NAME;
    for (;;) {
      const { dirList } = await this.#client.call(ClientNamenode.getListing, { src, startAfter, needLocation: false });
      if (!dirList) throw hadoopError('FileNotFoundException', `File ${this.uri}${src} does not exist.`);
      for (const entry of dirList.partialListing) yield fileStatus(joinPath(src, decodeName(entry.path)), entry);
      const last = dirList.partialListing.at(-1);
      if (dirList.remainingEntries === 0 || !last) return;
      startAfter = last.path;
    }
  }

  async getFileBlockLocations(path: string, start = 0, length = Number.MAX_SAFE_INTEGER): Promise<BlockLocation[]> {
    const src = this.#valid(path);
    const { locations } = await this.#client.call(ClientNamenode.getBlockLocations, { src, offset: start, length });
    if (!locations) throw hadoopError('FileNotFoundException', `File does not exist: ${src}`);
    return locations.blocks.map(blockLocation);
  }

  async open(path: string, options: OpenOptions = {}): Promise<FileInput> {
    const src = this.#valid(path);
    const { HdfsInputStream } = await import('./read/read-stream.ts');
    return HdfsInputStream.open(this.#client, src, options);
  }

  async create(path: string, options: CreateOptions = {}): Promise<FileOutput> {
    const src = this.#valid(path);
    const { openForCreate } = await import('./write/create.ts');
    const unmasked = options.permission ?? FILE_PERMISSION;
    return openForCreate(this.#client, src, {
      ...options,
      permission: { masked: unmasked & ~this.#umask, unmasked },
      replication: options.replication ?? this.defaultReplication,
      blockSizeBytes: options.blockSizeBytes ?? this.defaultBlockSizeBytes,
    });
  }

  async append(path: string, options: AppendOptions = {}): Promise<FileOutput> {
    const src = this.#valid(path);
    const { openForAppend } = await import('./write/append.ts');
    return openForAppend(this.#client, src, options);
  }

  async truncate(path: string, newLengthBytes: number): Promise<boolean> {
    const src = this.#valid(path);
    const { clientName } = this.#client;
    return (await this.#client.call(ClientNamenode.truncate, { src, newLength: newLengthBytes, clientName })).result;
  }

  async concat(target: string, sources: readonly string[]): Promise<void> {
    const srcs = sources.map((source) => this.#valid(source));
    await this.#client.call(ClientNamenode.concat, { trg: this.#valid(target), srcs });
  }

  /**
   * Closes a file that another client left open. Returns false while its last block is being recovered: the caller asks
   * again, or asks isFileClosed().
   * @throws FileNotFoundException
   */
  async recoverLease(path: string): Promise<boolean> {
    const src = this.#valid(path);
    const { clientName } = this.#client;
    return (await this.#client.call(ClientNamenode.recoverLease, { src, clientName })).result;
  }

  mkdirs(path: string, permission = DIRECTORY_PERMISSION): Promise<void> {
    return this.#mkdirs(path, permission, true);
  }

  async mkdir(path: string, permission = DIRECTORY_PERMISSION): Promise<void> {
    // The NameNode answers true for an existing directory, so it is looked for first.
    const { fs } = await this.#client.call(ClientNamenode.getFileInfo, { src: this.#valid(path) });
    if (fs) throw hadoopError('FileAlreadyExistsException', `${path} already exists`);
    await this.#mkdirs(path, permission, false);
  }

  async #mkdirs(path: string, permission: number, createParent: boolean): Promise<void> {
    const src = this.#valid(path);
    const masked = { perm: permission & ~this.#umask };
    const unmasked = { perm: permission };
    const { result } = await this.#client.call(ClientNamenode.mkdirs, { src, masked, createParent, unmasked });
    if (!result) throw hadoopError('IOException', `Mkdirs failed to create ${src}`);
  }

  async rename(source: string, destination: string): Promise<boolean> {
    const src = this.#valid(source);
    const dst = this.#valid(destination);
    return (await this.#client.call(ClientNamenode.rename, { src, dst })).result;
  }

  async renameStrict(source: string, destination: string, options: RenameOptions = {}): Promise<void> {
    const src = this.#valid(source);
    const dst = this.#valid(destination);
    const { overwrite = false, toTrash = false } = options;
    await this.#client.call(ClientNamenode.rename2, { src, dst, overwriteDest: overwrite, moveToTrash: toTrash });
  }

  async delete(path: string, recursive: boolean): Promise<boolean> {
    const src = this.#valid(path);
    return (await this.#client.call(ClientNamenode.delete_, { src, recursive })).result;
  }

  async setPermission(path: string, permission: number): Promise<void> {
    const src = this.#valid(path);
    await this.#client.call(ClientNamenode.setPermission, { src, permission: { perm: permission } });
  }

  async setOwner(path: string, owner: string | undefined, group: string | undefined): Promise<void> {
    if (owner === undefined && group === undefined)
      throw hadoopError('IOException', 'username == null && groupname == null');
    const src = this.#valid(path);
    await this.#client.call(ClientNamenode.setOwner, { src, username: owner, groupname: group });
  }

  async setTimes(path: string, modificationTimeMs: number, accessTimeMs: number): Promise<void> {
    const src = this.#valid(path);
    await this.#client.call(ClientNamenode.setTimes, { src, mtime: modificationTimeMs, atime: accessTimeMs });
  }

  async setReplication(path: string, replication: number): Promise<boolean> {
    const src = this.#valid(path);
    return (await this.#client.call(ClientNamenode.setReplication, { src, replication })).result;
  }

  async getContentSummary(path: string): Promise<ContentSummary> {
    const src = this.#valid(path);
    return contentSummary((await this.#client.call(ClientNamenode.getContentSummary, { path: src })).summary);
  }

  async getFileChecksum(path: string): Promise<FileChecksum> {
    const src = this.#valid(path);
    const { fileChecksum } = await import('./read/file-checksum.ts');
    return fileChecksum(this.#client, src);
  }

  async getStatus(): Promise<FsStatus> {
    const { capacity, used, remaining } = await this.getFsStats();
    return { capacityBytes: capacity, usedBytes: used, remainingBytes: remaining };
  }

  getFsStats(): Promise<GetFsStatsResponseProto> {
    return this.#client.call(ClientNamenode.getFsStats, {});
  }

  /** @throws AccessControlException if the NameNode lets only superusers ask for DataNodes of this type */
  async getDatanodeReport(type: keyof typeof DatanodeReportTypeProto): Promise<DatanodeInfoProto[]> {
    return (await this.#client.call(ClientNamenode.getDatanodeReport, { type: DatanodeReportTypeProto[type] })).di;
  }

  /** Asks the NameNode for its defaults, and keeps the answer for dfs.client.server-defaults.validity.period.ms. */
  getServerDefaults(): Promise<FsServerDefaultsProto> {
    const now = this.#client.clock.monotonicMs();
    if (this.#serverDefaults && now < this.#serverDefaults.untilMs) return this.#serverDefaults.value;
    const value = this.#client.call(ClientNamenode.getServerDefaults, {}).then((answer) => answer.serverDefaults);
    this.#serverDefaults = { value, untilMs: now + this.conf.get('dfs.client.server-defaults.validity.period.ms') };
    const forget = () => {
      this.#serverDefaults = undefined;
    };
    value.catch(forget);
    return value;
  }

  /** Returns whether the last writer has closed the file. @throws FileNotFoundException */
  async isFileClosed(path: string): Promise<boolean> {
    const src = this.#valid(path);
    return (await this.#client.call(ClientNamenode.isFileClosed, { src })).result;
  }

  /** Returns true for a directory, false for a file or a path that does not exist. */
  async isDirectory(path: string): Promise<boolean> {
    try {
      const { fs } = await this.#client.call(ClientNamenode.getFileInfo, { src: this.#valid(path) });
      return fs?.fileType === FileType.IS_DIR;
    } catch (e) {
      if (isHadoopError(e, 'FileNotFoundException')) return false;
      throw e;
    }
  }

  #valid(path: string): string {
    return validDfsPath(path, this.uri);
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function decodeName(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

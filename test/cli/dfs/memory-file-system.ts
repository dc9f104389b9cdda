// Implements a file system in memory for the tests of shell commands.
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
  ReadRange,
} from '../../../client/filesystem/file-system.ts';
import { hadoopError } from '../../../runtime/errors.ts';

interface Node {
  isDirectory: boolean;
  data: Buffer;
  permission: number;
  owner: string;
  group: string;
  replication: number;
  modificationTimeMs: number;
  accessTimeMs: number;
}

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const CHUNK_BYTES = 7;

/** A file system in memory with the parts of HDFS's behaviour on which shell commands depend. */
export class MemoryFileSystem implements FileSystem {
  readonly uri: string;
  readonly user = 'me';
  readonly homeDirectory = '/user/me';
  readonly defaultReplication = 3;
  readonly defaultBlockSizeBytes = 134217728;
  /** Every call that changes a file or directory, such as `rename /a /b`. */
  readonly calls: string[] = [];
  isClosed = false;
  readonly #nodes = new Map<string, Node>();

  constructor(uri = 'hdfs://nn:8020') {
    this.uri = uri;
    this.#nodes.set('/', this.#node(true));
  }

  #node(isDirectory: boolean, data: Buffer = Buffer.alloc(0)): Node {
    return {
      isDirectory,
      data,
      permission: isDirectory ? 0o755 : 0o644,
      owner: 'me',
      group: 'supergroup',
      replication: isDirectory ? 0 : 3,
      modificationTimeMs: NOW,
      accessTimeMs: NOW,
    };
  }

  /** Adds a file and its parents without recording a call. */
  file(path: string, text = ''): this {
    this.directory(parent(path));
    this.#nodes.set(path, this.#node(false, Buffer.from(text)));
    return this;
  }

  directory(path: string): this {
    for (let at = path; at !== '/'; at = parent(at)) if (!this.#nodes.has(at)) this.#nodes.set(at, this.#node(true));
    return this;
  }

  text(path: string): string | undefined {
    return this.#nodes.get(path)?.data.toString();
  }

  has(path: string): boolean {
    return this.#nodes.has(path);
  }

  change(path: string, values: Partial<Omit<Node, 'isDirectory'>>): this {
    Object.assign(this.#get(path), values);
    return this;
  }

  #get(path: string): Node {
    const node = this.#nodes.get(path);
    if (!node) throw hadoopError('FileNotFoundException', `File does not exist: ${path}`);
    return node;
  }

  #status(path: string, node: Node): FileStatus {
    return {
      path,
      type: node.isDirectory ? 'DIRECTORY' : 'FILE',
      length: node.data.length,
      replication: node.replication,
      blockSizeBytes: node.isDirectory ? 0 : this.defaultBlockSizeBytes,
      modificationTimeMs: node.modificationTimeMs,
      accessTimeMs: node.accessTimeMs,
      permission: node.permission,
      owner: node.owner,
      group: node.group,
      hasAcl: false,
      isEncrypted: false,
      isErasureCoded: false,
      isSnapshottable: false,
    };
  }

  #below(path: string): string[] {
    const prefix = path === '/' ? '/' : `${path}/`;
    return [...this.#nodes.keys()].filter((p) => p !== '/' && p.startsWith(prefix));
  }

  async getFileStatus(path: string): Promise<FileStatus> {
    return this.#status(path, this.#get(path));
  }

  async *listStatus(path: string): AsyncIterable<FileStatus> {
    const node = this.#get(path);
    if (!node.isDirectory) yield this.#status(path, node);
    for (const p of this.#below(path).sort()) if (parent(p) === path) yield this.#status(p, this.#get(p));
  }

  async getFileBlockLocations(path: string): Promise<BlockLocation[]> {
    const { data, replication } = this.#get(path);
    const hosts = Array.from({ length: replication }, (_, i) => `h${i}`);
    return [{ offset: 0, length: data.length, hosts, names: [], topologyPaths: [], corrupt: false }];
  }

  async open(path: string): Promise<FileInput> {
    const { data } = this.#get(path);
    async function* stream({ start = 0, end = data.length }: ReadRange = {}): AsyncIterable<Uint8Array> {
      for (let at = start; at < end; at += CHUNK_BYTES) yield data.subarray(at, Math.min(end, at + CHUNK_BYTES));
    }
    return {
      length: data.length,
      pread: async (position, length) => data.subarray(position, position + length),
      stream,
      readable: (range) => ReadableStream.from(stream(range)),
      close: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  async create(path: string, options: CreateOptions = {}): Promise<FileOutput> {
    this.calls.push(`create ${path}`);
    if (this.#nodes.get(path)?.isDirectory) throw hadoopError('FileAlreadyExistsException', `${path} is a directory`);
    this.directory(parent(path));
    const node = this.#node(false);
    node.replication = options.replication ?? this.defaultReplication;
    this.#nodes.set(path, node);
    return this.#output(node);
  }

  async append(path: string, options: AppendOptions = {}): Promise<FileOutput> {
    this.calls.push(`append ${path}${options.newBlock ? ' newBlock' : ''}`);
    return this.#output(this.#get(path));
  }

  async concat(target: string, sources: readonly string[]): Promise<void> {
    this.calls.push(`concat ${target} ${sources.join(' ')}`);
    if (this.uri === 'file://') throw hadoopError('UnsupportedOperationException', 'no concat');
    const node = this.#get(target);
    node.data = Buffer.concat([node.data, ...sources.map((source) => this.#get(source).data)]);
    for (const source of sources) this.#nodes.delete(source);
  }

  /** Result of truncate(): false means that a block is still being cut. */
  truncates = true;

  async truncate(path: string, newLengthBytes: number): Promise<boolean> {
    this.calls.push(`truncate ${path} ${newLengthBytes}`);
    const node = this.#get(path);
    if (this.truncates) node.data = node.data.subarray(0, newLengthBytes);
    return this.truncates;
  }

  #output(node: Node): FileOutput {
    let position = node.data.length;
    const write = async (chunk: Uint8Array) => {
      node.data = Buffer.concat([node.data, chunk]);
      position += chunk.length;
    };
    return {
      get position() {
        return position;
      },
      write,
      hflush: async () => undefined,
      hsync: async () => undefined,
      writable: () => new WritableStream({ write }),
      close: async () => undefined,
      abort: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  async mkdirs(path: string): Promise<void> {
    this.calls.push(`mkdirs ${path}`);
    for (let at = path; at !== '/'; at = parent(at)) {
      if (this.#nodes.get(at)?.isDirectory === false) {
        throw hadoopError('ParentNotDirectoryException', `${at} (is not a directory)`);
      }
    }
    this.directory(path);
  }

  async mkdir(path: string): Promise<void> {
    this.#get(parent(path));
    await this.mkdirs(path);
  }

  async rename(source: string, destination: string): Promise<boolean> {
    this.calls.push(`rename ${source} ${destination}`);
    if (!this.#nodes.has(source) || this.#nodes.has(destination) || !this.#nodes.has(parent(destination))) return false;
    for (const path of [source, ...this.#below(source)]) {
      this.#nodes.set(destination + path.slice(source.length), this.#get(path));
      this.#nodes.delete(path);
    }
    return true;
  }

  async renameStrict(source: string, destination: string): Promise<void> {
    if (!(await this.rename(source, destination))) throw hadoopError('FileAlreadyExistsException', destination);
  }

  async delete(path: string, recursive: boolean): Promise<boolean> {
    this.calls.push(`delete ${path}`);
    const below = this.#below(path);
    if (below.length > 0 && !recursive) throw hadoopError('PathIsNotEmptyDirectoryException', `${path} is non empty`);
    for (const p of below) this.#nodes.delete(p);
    return this.#nodes.delete(path);
  }

  async setPermission(path: string, permission: number): Promise<void> {
    this.#get(path).permission = permission;
  }

  async setOwner(path: string, owner: string | undefined, group: string | undefined): Promise<void> {
    this.change(path, { ...(owner !== undefined && { owner }), ...(group !== undefined && { group }) });
  }

  async setTimes(path: string, modificationTimeMs: number, accessTimeMs: number): Promise<void> {
    const node = this.#get(path);
    if (modificationTimeMs >= 0) node.modificationTimeMs = modificationTimeMs;
    if (accessTimeMs >= 0) node.accessTimeMs = accessTimeMs;
  }

  async setReplication(path: string, replication: number): Promise<boolean> {
    this.#get(path).replication = replication;
    return true;
  }

  async getContentSummary(path: string): Promise<ContentSummary> {
    const nodes = [path, ...this.#below(path)].map((p) => this.#get(p));
    const files = nodes.filter((n) => !n.isDirectory);
    return {
      length: files.reduce((sum, n) => sum + n.data.length, 0),
      fileCount: files.length,
      directoryCount: nodes.length - files.length,
      quota: -1,
      spaceConsumed: files.reduce((sum, n) => sum + n.data.length * n.replication, 0),
      spaceQuota: -1,
      snapshotLength: 0,
      snapshotFileCount: 0,
      snapshotDirectoryCount: 0,
      snapshotSpaceConsumed: 0,
      erasureCodingPolicy: 'Replicated',
      typeQuotas: [],
    };
  }

  async getFileChecksum(path: string): Promise<FileChecksum | undefined> {
    this.#get(path);
    return { algorithm: 'MD5-of-0MD5-of-512CRC32C', bytes: Uint8Array.of(0, 15, 255) };
  }

  async getStatus(): Promise<FsStatus> {
    return { capacityBytes: 3 * 1024 ** 3, usedBytes: 1024 ** 3, remainingBytes: 2 * 1024 ** 3 };
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

// Carries out the file calls of a simulated process on its machine's disk.
import { constants } from 'node:fs';
import { type DirectoryNode, type FileNode, type FileTree, newDirectory, newFile, type TreeNode } from './disk.ts';

interface Flags {
  readonly write: boolean;
  readonly create: boolean;
  readonly exclusive: boolean;
  readonly truncate: boolean;
  /** Whether each write is on disk when it returns (O_DSYNC). */
  readonly sync: boolean;
}

interface OpenFile {
  readonly path: string;
  readonly node: TreeNode;
  readonly flags: Flags;
}

const FLAGS: Readonly<Record<string, Flags>> = Object.fromEntries(
  ['r', 'r+', 'w', 'w+', 'wx', 'wx+', 'a', 'a+', 'ax'].map((f) => [
    f,
    {
      write: f !== 'r',
      create: !f.startsWith('r'),
      exclusive: f.includes('x'),
      truncate: f.startsWith('w'),
      sync: false,
    },
  ]),
);
const READ_WRITE_SYNC: Flags = { ...(FLAGS['r+'] as Flags), sync: true };
const BLOCK_BYTES = 4096;

/** The file calls of one process. Each takes effect on its machine's disk at once; FileApi adds the delays. */
export class FileActions {
  readonly #disk: FileTree;
  readonly #process: { readonly isAlive: boolean };
  readonly #open = new Map<number, OpenFile>();
  #nextFd = 10;

  constructor(disk: FileTree, process: { readonly isAlive: boolean }) {
    this.#disk = disk;
    this.#process = process;
  }

  // ---- By path

  #check(path: string, call: string): void {
    if (this.#disk.isFailed(path)) throw errno('EIO', call, path);
  }

  #node(path: string, call: string): TreeNode | undefined {
    this.#check(path, call);
    return this.#disk.find(path);
  }

  #parent(path: string, call: string): ReturnType<FileTree['parent']> {
    this.#check(path, call);
    return this.#disk.parent(path);
  }

  open(path: string, given: string | number = 'r'): number {
    const flags = given === (constants.O_RDWR | constants.O_DSYNC) ? READ_WRITE_SYNC : FLAGS[given];
    if (flags === undefined) throw new Error(`sim fs: flags '${given}' are not simulated`);
    const { directory, name } = this.#parent(path, 'open');
    let node = this.#disk.find(path);
    if (node === undefined) {
      if (!flags.create || directory === undefined) throw errno('ENOENT', 'open', path);
      node = newFile();
      this.#disk.setName(directory, name, node);
    } else if (flags.exclusive) throw errno('EEXIST', 'open', path);
    else if (node.kind === 'directory' && flags.write) throw errno('EISDIR', 'open', path);
    if (flags.truncate && node.kind === 'file') this.#disk.resize(node, 0);
    const fd = this.#nextFd++;
    this.#open.set(fd, { path, node, flags });
    return fd;
  }

  exists(path: string): boolean {
    return !this.#disk.isFailed(path) && this.#disk.find(path) !== undefined;
  }

  stat(path: string) {
    const node = this.#node(path, 'stat');
    if (node === undefined) throw errno('ENOENT', 'stat', path);
    return this.#statsOf(node);
  }

  #statsOf(node: TreeNode) {
    return { ...statsOf(node), ino: this.#disk.inodeOf(node) };
  }

  statfs(path: string) {
    this.#check(path, 'statfs');
    const { capacityBytes, usedBytes } = this.#disk;
    const free = Math.max(0, Math.floor((capacityBytes - usedBytes) / BLOCK_BYTES));
    return { bsize: BLOCK_BYTES, blocks: Math.floor(capacityBytes / BLOCK_BYTES), bfree: free, bavail: free };
  }

  mkdir(path: string, recursive: boolean): string | undefined {
    const { directory, name } = this.#parent(path, 'mkdir');
    const there = this.#disk.find(path);
    if (there !== undefined) {
      if (!recursive || there.kind !== 'directory') throw errno('EEXIST', 'mkdir', path);
      return undefined;
    }
    if (directory === undefined) {
      if (!recursive) throw errno('ENOENT', 'mkdir', path);
      this.#disk.makeDirectory(path);
    } else this.#disk.setName(directory, name, newDirectory());
    return path;
  }

  remove(path: string, options: { recursive?: boolean; force?: boolean } = {}): void {
    const { directory, name } = this.#parent(path, 'rm');
    const node = directory?.children.get(name);
    if (node === undefined || directory === undefined) {
      if (options.force) return;
      throw errno('ENOENT', 'rm', path);
    }
    if (node.kind !== 'file' && !options.recursive) throw errno('EISDIR', 'rm', path);
    this.#disk.setName(directory, name, undefined);
    this.#disk.forget(node);
  }

  rename(from: string, to: string): void {
    const source = this.#parent(from, 'rename');
    const target = this.#parent(to, 'rename');
    const node = source.directory?.children.get(source.name);
    if (node === undefined || target.directory === undefined) throw errno('ENOENT', 'rename', `${from} -> ${to}`);
    const replaced = target.directory.children.get(target.name);
    if (replaced !== undefined && replaced !== node) this.#disk.forget(replaced);
    if (source.directory !== undefined)
      this.#disk.renameName(source.directory, source.name, target.directory, target.name);
  }

  link(from: string, to: string): void {
    const node = this.#node(from, 'link');
    const { directory, name } = this.#parent(to, 'link');
    if (node === undefined || directory === undefined) throw errno('ENOENT', 'link', to);
    if (directory.children.has(name)) throw errno('EEXIST', 'link', to);
    this.#disk.setName(directory, name, node);
  }

  /** Returns the entries of a directory in the order of their names. */
  readdir(path: string): [string, TreeNode][] {
    const node = this.#node(path, 'scandir');
    if (node === undefined) throw errno('ENOENT', 'scandir', path);
    if (node.kind !== 'directory') throw errno('ENOTDIR', 'scandir', path);
    return [...(node satisfies DirectoryNode).children].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  readWhole(path: string): Buffer {
    const node = this.#node(path, 'open');
    if (node?.kind !== 'file') throw errno(node === undefined ? 'ENOENT' : 'EISDIR', 'open', path);
    return Buffer.from(node.bytes);
  }

  writeWhole(path: string, data: string | Uint8Array, flush: boolean): void {
    const fd = this.open(path, 'w');
    this.write(fd, Buffer.from(data), 0);
    if (flush) this.sync(fd);
    this.close(fd);
  }

  copy(from: string, to: string, mode: number): void {
    if ((mode & constants.COPYFILE_EXCL) !== 0 && this.exists(to)) throw errno('EEXIST', 'copyfile', to);
    this.writeWhole(to, this.readWhole(from), false);
  }

  truncatePath(path: string, lengthBytes: number): void {
    const fd = this.open(path, 'r+');
    try {
      this.truncate(fd, lengthBytes);
    } finally {
      this.close(fd);
    }
  }

  // ---- By descriptor

  #opened(fd: number, call: string): OpenFile {
    const open = this.#open.get(fd);
    if (open === undefined) throw errno('EBADF', call, String(fd));
    this.#check(open.path, call);
    return open;
  }

  #file(fd: number, call: string): FileNode {
    const { node } = this.#opened(fd, call);
    if (node.kind !== 'file') throw errno('EISDIR', call, String(fd));
    return node;
  }

  close(fd: number): void {
    const open = this.#open.get(fd);
    if (open === undefined) throw errno('EBADF', 'close', String(fd));
    this.#disk.unlock(open.node, { process: this.#process, fd });
    this.#open.delete(fd);
  }

  /** Takes the lock of the operating system on an open file. Returns false if another descriptor has it. */
  tryLock(fd: number): boolean {
    return this.#disk.lock(this.#opened(fd, 'lock').node, { process: this.#process, fd });
  }

  fstat(fd: number) {
    return this.#statsOf(this.#opened(fd, 'fstat').node);
  }

  /** Returns whether the descriptor was opened with O_DSYNC. */
  isSync(fd: number): boolean {
    return this.#open.get(fd)?.flags.sync ?? false;
  }

  sync(fd: number): void {
    const { node } = this.#opened(fd, 'fsync');
    if (this.#disk.takesFailure('sync')) {
      if (node.kind === 'file') this.#forgetUnsynced(node);
      throw errno('EIO', 'fsync', String(fd));
    }
    if (node.kind === 'file') node.synced = node.bytes;
    else this.#disk.syncNames(node);
  }

  /** Drops the bytes that an fsync could not write: the system does not keep them for another try. */
  #forgetUnsynced(file: FileNode): void {
    this.#disk.usedBytes += file.synced.length - file.bytes.length;
    file.bytes = file.synced;
  }

  truncate(fd: number, lengthBytes: number): void {
    if (!this.#disk.resize(this.#file(fd, 'ftruncate'), lengthBytes)) throw errno('ENOSPC', 'ftruncate', String(fd));
  }

  read(fd: number, buffer: Uint8Array, offset: number, length: number, position: number | null): number {
    const part = this.#file(fd, 'read').bytes.subarray(position ?? 0, (position ?? 0) + length);
    buffer.set(part, offset);
    return part.length;
  }

  write(fd: number, bytes: Uint8Array, position: number | null | undefined): number {
    const file = this.#file(fd, 'write');
    if (this.#disk.takesFailure('write')) throw errno('EIO', 'write', String(fd));
    const at = position ?? file.bytes.length;
    const end = at + bytes.length;
    if (end > file.bytes.length && !this.#disk.resize(file, end)) throw errno('ENOSPC', 'write', String(fd));
    // Copy on write: buffers of the old content that were handed out must not change.
    const copy = Buffer.from(file.bytes);
    copy.set(bytes, at);
    file.bytes = copy;
    return bytes.length;
  }
}

/** Returns the methods of fs.Stats and fs.Dirent that tell files from directories. */
export function kindOf({ kind }: TreeNode) {
  return {
    isFile: () => kind === 'file',
    isDirectory: () => kind === 'directory',
    isSymbolicLink: () => false,
  };
}

function statsOf(node: TreeNode) {
  return {
    size: node.kind === 'file' ? node.bytes.length : 0,
    mtimeMs: 0,
    dev: 0,
    mode: node.kind === 'directory' ? 0o40755 : 0o100644,
    ...kindOf(node),
  };
}

function errno(code: string, call: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${call} '${path}'`), { code, syscall: call, path });
}

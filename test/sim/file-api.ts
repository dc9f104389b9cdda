import { constants } from 'node:fs';
import { type DirectoryNode, type FileNode, newDirectory, newFile, type TreeNode } from './disk.ts';
import type { SimProcess } from './process.ts';

type Callback<T> = (error: Error | null, value: T) => void;
type Flags = {
  read: boolean;
  write: boolean;
  create: boolean;
  exclusive: boolean;
  truncate: boolean;
  append: boolean;
  /** Writes return when they are on disk (O_DSYNC). */
  sync?: boolean;
};

const FLAGS: Readonly<Record<string, Flags>> = Object.fromEntries(
  ['r', 'r+', 'w', 'w+', 'wx', 'wx+', 'a', 'a+', 'ax'].map((f) => [
    f,
    {
      read: f.includes('r') || f.includes('+'),
      write: f !== 'r',
      create: !f.startsWith('r'),
      exclusive: f.includes('x'),
      truncate: f.startsWith('w'),
      append: f.startsWith('a'),
    },
  ]),
);
const READ_WRITE_SYNC: Flags = { ...(FLAGS['r+'] as Flags), sync: true };
const BLOCK_BYTES = 4096;

/** What a process's fs module does: the calls of node:fs that the daemons use, on the machine's simulated disk. */
export class FileApi {
  readonly #process: SimProcess;
  readonly #open = new Map<number, { node: TreeNode; flags: Flags }>();
  #nextFd = 10;
  readonly constants = constants;

  constructor(process: SimProcess) {
    this.#process = process;
  }

  get #disk() {
    return this.#process.machine.disk;
  }

  /** One call: what it does is done either as it is made or just before it is answered. */
  #run<T>(action: () => T, completed: () => void = () => undefined): Promise<T> {
    const { world } = this.#process;
    const delayMs = (0.02 + world.random.next() ** 4 * 3) * this.#disk.slowness;
    return new Promise((resolve, reject) => {
      const early = world.random.chance(0.5) ? attempt(action) : undefined;
      this.#process.after(delayMs, () => {
        const result = early ?? attempt(action);
        if (!result.ok) return reject(result.error);
        completed();
        resolve(result.value);
      });
    });
  }

  // ---- What a call does

  #openNow(path: string, given: string | number = 'r'): number {
    const flags = given === (constants.O_RDWR | constants.O_DSYNC) ? READ_WRITE_SYNC : FLAGS[given];
    if (flags === undefined) throw new Error(`sim fs: flags '${given}' are not simulated`);
    const { directory, name } = this.#disk.parent(path);
    let node = this.#disk.find(path);
    if (node === undefined) {
      if (!flags.create || directory === undefined) throw errno('ENOENT', 'open', path);
      node = newFile();
      directory.children.set(name, node);
    } else if (flags.exclusive) throw errno('EEXIST', 'open', path);
    else if (node.kind === 'directory' && flags.write) throw errno('EISDIR', 'open', path);
    if (flags.truncate && node.kind === 'file') this.#disk.resize(node, 0);
    const fd = this.#nextFd++;
    this.#open.set(fd, { node, flags });
    return fd;
  }

  #file(fd: number, call: string): FileNode {
    const open = this.#open.get(fd);
    if (open?.node.kind !== 'file') throw errno('EBADF', call, String(fd));
    return open.node;
  }

  #writeNow(fd: number, bytes: Uint8Array, position: number | null | undefined): number {
    const file = this.#file(fd, 'write');
    const at = position ?? file.bytes.length;
    const end = at + bytes.length;
    if (end > file.bytes.length && !this.#disk.resize(file, end)) throw errno('ENOSPC', 'write', String(fd));
    // What was handed out of the old content must not change: copy on write.
    const copy = Buffer.from(file.bytes);
    copy.set(bytes, at);
    file.bytes = copy;
    return bytes.length;
  }

  #statNow(node: TreeNode | undefined, path: string) {
    if (node === undefined) throw errno('ENOENT', 'stat', path);
    return {
      size: node.kind === 'file' ? node.bytes.length : 0,
      mtimeMs: 0,
      ino: 0,
      dev: 0,
      mode: node.kind === 'directory' ? 0o40755 : 0o100644,
      isFile: () => node.kind === 'file',
      isDirectory: () => node.kind === 'directory',
      isSymbolicLink: () => false,
    };
  }

  #mkdirNow(path: string, recursive: boolean): string | undefined {
    const { directory, name } = this.#disk.parent(path);
    const there = this.#disk.find(path);
    if (there !== undefined) {
      if (!recursive || there.kind !== 'directory') throw errno('EEXIST', 'mkdir', path);
      return undefined;
    }
    if (directory === undefined) {
      if (!recursive) throw errno('ENOENT', 'mkdir', path);
      this.#mkdirNow(path.slice(0, path.lastIndexOf('/')), true);
      return this.#mkdirNow(path, true);
    }
    directory.children.set(name, newDirectory());
    return path;
  }

  #removeNow(path: string, options: { recursive?: boolean; force?: boolean } = {}): void {
    const { directory, name } = this.#disk.parent(path);
    const node = directory?.children.get(name);
    if (node === undefined || directory === undefined) {
      if (options.force) return;
      throw errno('ENOENT', 'rm', path);
    }
    if (node.kind !== 'file' && !options.recursive) throw errno('EISDIR', 'rm', path);
    directory.children.delete(name);
    this.#disk.forget(node);
  }

  #renameNow(from: string, to: string): void {
    const source = this.#disk.parent(from);
    const target = this.#disk.parent(to);
    const node = source.directory?.children.get(source.name);
    if (node === undefined || target.directory === undefined) throw errno('ENOENT', 'rename', `${from} -> ${to}`);
    const replaced = target.directory.children.get(target.name);
    if (replaced !== undefined && replaced !== node) this.#disk.forget(replaced);
    source.directory?.children.delete(source.name);
    target.directory.children.set(target.name, node);
  }

  #readdirNow(path: string): DirectoryNode {
    const node = this.#disk.find(path);
    if (node === undefined) throw errno('ENOENT', 'scandir', path);
    if (node.kind !== 'directory') throw errno('ENOTDIR', 'scandir', path);
    return node;
  }

  #readWhole(path: string): Buffer {
    const node = this.#disk.find(path);
    if (node?.kind !== 'file') throw errno(node === undefined ? 'ENOENT' : 'EISDIR', 'open', path);
    return Buffer.from(node.bytes);
  }

  #writeWhole(path: string, data: string | Uint8Array, flush: boolean): void {
    const fd = this.#openNow(path, 'w');
    this.#writeNow(fd, Buffer.from(data), 0);
    if (flush) this.#syncNow(fd);
    this.#open.delete(fd);
  }

  #syncNow(fd: number): void {
    const node = this.#open.get(fd)?.node;
    if (node === undefined) throw errno('EBADF', 'fsync', String(fd));
    if (node.kind === 'file') node.synced = node.bytes;
  }

  // ---- node:fs/promises

  readonly promises = {
    constants,
    mkdir: (path: string, o?: { recursive?: boolean }) => this.#run(() => this.#mkdirNow(path, o?.recursive ?? false)),
    rm: (path: string, o?: { recursive?: boolean; force?: boolean }) => this.#run(() => this.#removeNow(path, o)),
    unlink: (path: string) => this.#run(() => this.#removeNow(path)),
    rename: (from: string, to: string) => this.#run(() => this.#renameNow(from, to)),
    stat: (path: string) => this.#run(() => this.#statNow(this.#disk.find(path), path)),
    lstat: (path: string) => this.#run(() => this.#statNow(this.#disk.find(path), path)),
    access: async (path: string) => void (await this.#run(() => this.#statNow(this.#disk.find(path), path))),
    readFile: (path: string, o?: string | { encoding?: string }) =>
      this.#run(() => {
        const bytes = this.#readWhole(path);
        return o === undefined ? bytes : bytes.toString('utf8');
      }),
    writeFile: (path: string, data: string | Uint8Array, o?: { flush?: boolean }) =>
      this.#run(() => this.#writeWhole(path, data, typeof o === 'object' && o.flush === true)),
    copyFile: (from: string, to: string, mode = 0) =>
      this.#run(() => {
        if ((mode & constants.COPYFILE_EXCL) !== 0 && this.#disk.find(to)) throw errno('EEXIST', 'copyfile', to);
        this.#writeWhole(to, this.#readWhole(from), false);
      }),
    link: (from: string, to: string) =>
      this.#run(() => {
        const node = this.#disk.find(from);
        const { directory, name } = this.#disk.parent(to);
        if (node === undefined || directory === undefined) throw errno('ENOENT', 'link', to);
        if (directory.children.has(name)) throw errno('EEXIST', 'link', to);
        directory.children.set(name, node);
      }),
    truncate: (path: string, length = 0) =>
      this.#run(() => {
        const node = this.#disk.find(path);
        if (node?.kind !== 'file') throw errno('ENOENT', 'truncate', path);
        if (!this.#disk.resize(node, length)) throw errno('ENOSPC', 'truncate', path);
      }),
    statfs: () =>
      this.#run(() => {
        const { capacityBytes, usedBytes } = this.#disk;
        const free = Math.max(0, Math.floor((capacityBytes - usedBytes) / BLOCK_BYTES));
        return { bsize: BLOCK_BYTES, blocks: Math.floor(capacityBytes / BLOCK_BYTES), bfree: free, bavail: free };
      }),
    readdir: (path: string, o?: { withFileTypes?: boolean }) =>
      this.#run(() => {
        const entries = [...this.#readdirNow(path).children].sort(([a], [b]) => (a < b ? -1 : 1));
        if (!o?.withFileTypes) return entries.map(([name]) => name);
        return entries.map(([name, node]) => ({
          name,
          parentPath: path,
          path,
          isFile: () => node.kind === 'file',
          isDirectory: () => node.kind === 'directory',
          isSymbolicLink: () => false,
        }));
      }),
    open: async (path: string, flags?: string) => this.#handle(await this.#run(() => this.#openNow(path, flags))),
  };

  #handle(fd: number) {
    const close = () => this.#run(() => void this.#open.delete(fd));
    return {
      fd,
      sync: () => this.#run(() => this.#syncNow(fd)),
      datasync: () => this.#run(() => this.#syncNow(fd)),
      stat: () => this.#run(() => this.#statNow(this.#open.get(fd)?.node, String(fd))),
      truncate: (length = 0) => this.#run(() => void this.#disk.resize(this.#file(fd, 'ftruncate'), length)),
      read: (buffer: Uint8Array, offset: number, length: number, position: number) =>
        this.#run(() => ({ bytesRead: this.#readNow(fd, buffer, offset, length, position), buffer })),
      write: (buffer: Uint8Array, offset = 0, length = buffer.length - offset, position?: number) =>
        this.#run(() => ({
          bytesWritten: this.#writeNow(fd, buffer.subarray(offset, offset + length), position),
          buffer,
        })),
      close,
      [Symbol.asyncDispose]: close,
    };
  }

  // ---- node:fs with callbacks, and the calls that wait

  #readNow(fd: number, buffer: Uint8Array, offset: number, length: number, position: number | null): number {
    const { bytes } = this.#file(fd, 'read');
    const part = bytes.subarray(position ?? 0, (position ?? 0) + length);
    buffer.set(part, offset);
    return part.length;
  }

  #answer<T>(callback: Callback<T>, action: () => T): void {
    this.#run(action).then(
      (value) => callback(null, value),
      (e: Error) => callback(e, undefined as T),
    );
  }

  open(path: string, flags: string | number, _mode: number, callback: Callback<number>): void {
    this.#answer(callback, () => this.#openNow(path, flags));
  }

  close(fd: number, callback: Callback<undefined>): void {
    this.#answer(callback, () => {
      if (!this.#open.delete(fd)) throw errno('EBADF', 'close', String(fd));
      return undefined;
    });
  }

  fsync(fd: number, callback: Callback<undefined>): void {
    this.#answer(callback, () => this.#syncNow(fd) as undefined);
  }

  fdatasync(fd: number, callback: Callback<undefined>): void {
    this.fsync(fd, callback);
  }

  fstat(fd: number, callback: Callback<{ size: number }>): void {
    this.#answer(callback, () => this.#statNow(this.#open.get(fd)?.node, String(fd)));
  }

  ftruncate(fd: number, length: number, callback: Callback<undefined>): void {
    this.#answer(callback, () => {
      if (!this.#disk.resize(this.#file(fd, 'ftruncate'), length)) throw errno('ENOSPC', 'ftruncate', String(fd));
      return undefined;
    });
  }

  read(fd: number, buffer: Uint8Array, offset: number, length: number, position: number, done: Callback<number>): void {
    this.#answer(done, () => this.#readNow(fd, buffer, offset, length, position));
  }

  /** Writes a part of the buffers, as a system call may. */
  writev(fd: number, buffers: readonly Uint8Array[], position: number, callback: Callback<number>): void {
    const write = this.#run(() => {
      const all = Buffer.concat(buffers);
      const { random } = this.#process.world;
      const part = all.length > 1 && random.chance(0.05) ? 1 + random.nextInt(all.length) : all.length;
      return this.#writeNow(fd, all.subarray(0, part), position);
    });
    const onDisk = this.#open.get(fd)?.flags.sync
      ? write.then((written) => this.#run(() => this.#syncNow(fd)).then(() => written))
      : write;
    onDisk.then(
      (written) => callback(null, written),
      (e: Error) => callback(e, 0),
    );
  }

  /** Reads into the buffers, one after the other. */
  readv(fd: number, buffers: readonly Uint8Array[], position: number, callback: Callback<number>): void {
    this.#answer(callback, () => {
      let count = 0;
      for (const buffer of buffers) count += this.#readNow(fd, buffer, 0, buffer.length, position + count);
      return count;
    });
  }

  write(
    fd: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
    done: Callback<number>,
  ): void {
    this.writev(fd, [buffer.subarray(offset, offset + length)], position, done);
  }

  /** The caller waits for the disk: the whole process does. */
  writeSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number {
    const { slowness } = this.#disk;
    if (slowness > 1) this.#process.pause(this.#process.world.random.next() * slowness);
    const written = this.#writeNow(fd, buffer.subarray(offset, offset + length), position);
    if (this.#open.get(fd)?.flags.sync) this.#syncNow(fd);
    return written;
  }

  writevSync(fd: number, buffers: readonly Uint8Array[], position: number): number {
    const all = Buffer.concat(buffers);
    return this.writeSync(fd, all, 0, all.length, position);
  }

  readSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number {
    return this.#readNow(fd, buffer, offset, length, position);
  }

  fsyncSync(fd: number): void {
    this.#syncNow(fd);
  }

  existsSync(path: string): boolean {
    return this.#disk.find(path) !== undefined;
  }

  readFileSync(path: string, encoding?: string): string | Buffer {
    const bytes = this.#readWhole(path);
    return encoding === undefined ? bytes : bytes.toString('utf8');
  }
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

function attempt<T>(action: () => T): Attempt<T> {
  try {
    return { ok: true, value: action() };
  } catch (error) {
    return { ok: false, error };
  }
}

function errno(code: string, call: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${call} '${path}'`), { code, syscall: call, path });
}

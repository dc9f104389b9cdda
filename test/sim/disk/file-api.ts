// Stands in for node:fs, over simulated disks.
import { constants } from 'node:fs';
import type { SimProcess } from '../world/process.ts';
import { FileActions, kindOf } from './file-actions.ts';

type Callback<T> = (error: Error | null, value: T) => void;

/** The fs module of one process: the calls of node:fs that the daemons use. Each call takes simulated time. */
export class FileApi {
  readonly #process: SimProcess;
  readonly #now: FileActions;
  readonly constants = constants;

  constructor(process: SimProcess) {
    this.#process = process;
    this.#now = new FileActions(process.machine.disk, process);
  }

  /** Runs one call. Its action takes effect either at the start of the call or just before its answer. */
  #run<T>(action: () => T): Promise<T> {
    const { world, machine } = this.#process;
    const delayMs = (0.02 + world.random.next() ** 4 * 3) * machine.disk.slowness;
    return new Promise((resolve, reject) => {
      const early = world.random.chance(0.5) ? attempt(action) : undefined;
      this.#process.after(delayMs, () => {
        const result = early ?? attempt(action);
        if (result.ok) resolve(result.value);
        else reject(result.error);
      });
    });
  }

  // ---- node:fs/promises

  readonly promises = {
    constants,
    mkdir: (path: string, o?: { recursive?: boolean }) => this.#run(() => this.#now.mkdir(path, o?.recursive ?? false)),
    rm: (path: string, o?: { recursive?: boolean; force?: boolean }) => this.#run(() => this.#now.remove(path, o)),
    unlink: (path: string) => this.#run(() => this.#now.remove(path)),
    rename: (from: string, to: string) => this.#run(() => this.#now.rename(from, to)),
    stat: (path: string) => this.#run(() => this.#now.stat(path)),
    lstat: (path: string) => this.#run(() => this.#now.stat(path)),
    /** The simulated disk has one user, so modes have no effect. */
    chmod: async (path: string) => void (await this.#run(() => this.#now.stat(path))),
    access: async (path: string) => void (await this.#run(() => this.#now.stat(path))),
    readFile: (path: string, o?: string | { encoding?: string }) =>
      this.#run(() => {
        const bytes = this.#now.readWhole(path);
        return o === undefined ? bytes : bytes.toString('utf8');
      }),
    writeFile: (path: string, data: string | Uint8Array, o?: { flush?: boolean }) =>
      this.#run(() => this.#now.writeWhole(path, data, typeof o === 'object' && o.flush === true)),
    copyFile: (from: string, to: string, mode = 0) => this.#run(() => this.#now.copy(from, to, mode)),
    link: (from: string, to: string) => this.#run(() => this.#now.link(from, to)),
    truncate: (path: string, length = 0) => this.#run(() => this.#now.truncatePath(path, length)),
    statfs: (path: string) => this.#run(() => this.#now.statfs(path)),
    readdir: (path: string, o?: { withFileTypes?: boolean }) =>
      this.#run(() => {
        const entries = this.#now.readdir(path);
        if (!o?.withFileTypes) return entries.map(([name]) => name);
        return entries.map(([name, node]) => ({ name, parentPath: path, path, ...kindOf(node) }));
      }),
    open: async (path: string, flags?: string) => this.#handle(await this.#run(() => this.#now.open(path, flags))),
  };

  #handle(fd: number) {
    const close = () => this.#run(() => this.#now.close(fd));
    return {
      fd,
      sync: () => this.#run(() => this.#now.sync(fd)),
      datasync: () => this.#run(() => this.#now.sync(fd)),
      stat: () => this.#run(() => this.#now.fstat(fd)),
      truncate: (length = 0) => this.#run(() => this.#now.truncate(fd, length)),
      read: (buffer: Uint8Array, offset: number, length: number, position: number) =>
        this.#run(() => ({ bytesRead: this.#now.read(fd, buffer, offset, length, position), buffer })),
      write: (buffer: Uint8Array, offset = 0, length = buffer.length - offset, position?: number) =>
        this.#run(() => ({
          bytesWritten: this.#now.write(fd, buffer.subarray(offset, offset + length), position),
          buffer,
        })),
      close,
      [Symbol.asyncDispose]: close,
    };
  }

  // ---- node:fs with callbacks, and the synchronous calls

  #answer<T>(callback: Callback<T>, action: () => T): void {
    this.#run(action).then(
      (value) => callback(null, value),
      (e: Error) => callback(e, undefined as T),
    );
  }

  open(path: string, flags: string | number, _mode: number, callback: Callback<number>): void {
    this.#answer(callback, () => this.#now.open(path, flags));
  }

  close(fd: number, callback: Callback<void>): void {
    this.#answer(callback, () => this.#now.close(fd));
  }

  fsync(fd: number, callback: Callback<void>): void {
    this.#answer(callback, () => this.#now.sync(fd));
  }

  fdatasync(fd: number, callback: Callback<void>): void {
    this.fsync(fd, callback);
  }

  fstat(fd: number, callback: Callback<{ size: number }>): void {
    this.#answer(callback, () => this.#now.fstat(fd));
  }

  ftruncate(fd: number, length: number, callback: Callback<void>): void {
    this.#answer(callback, () => this.#now.truncate(fd, length));
  }

  read(fd: number, buffer: Uint8Array, offset: number, length: number, position: number, done: Callback<number>): void {
    this.#answer(done, () => this.#now.read(fd, buffer, offset, length, position));
  }

  /** Writes the buffers, or only a part of them, as the system call may. */
  writev(fd: number, buffers: readonly Uint8Array[], position: number, callback: Callback<number>): void {
    const write = this.#run(() => {
      const all = Buffer.concat(buffers);
      const { random } = this.#process.world;
      const part = all.length > 1 && random.chance(0.05) ? 1 + random.nextInt(all.length) : all.length;
      return this.#now.write(fd, all.subarray(0, part), position);
    });
    const onDisk = this.#now.isSync(fd)
      ? write.then((written) => this.#run(() => this.#now.sync(fd)).then(() => written))
      : write;
    onDisk.then(
      (written) => callback(null, written),
      (e: Error) => callback(e, 0),
    );
  }

  /** Fills the buffers, one after the other. */
  readv(fd: number, buffers: readonly Uint8Array[], position: number, callback: Callback<number>): void {
    this.#answer(callback, () => {
      let count = 0;
      for (const buffer of buffers) count += this.#now.read(fd, buffer, 0, buffer.length, position + count);
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

  /** Writes at once, and pauses the whole process for the time that the disk takes. */
  writeSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number {
    const { slowness } = this.#process.machine.disk;
    if (slowness > 1) this.#process.pause(this.#process.world.random.next() * slowness);
    const written = this.#now.write(fd, buffer.subarray(offset, offset + length), position);
    if (this.#now.isSync(fd)) this.#now.sync(fd);
    return written;
  }

  writevSync(fd: number, buffers: readonly Uint8Array[], position: number): number {
    const all = Buffer.concat(buffers);
    return this.writeSync(fd, all, 0, all.length, position);
  }

  readSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number): number {
    return this.#now.read(fd, buffer, offset, length, position);
  }

  /** Stands in for tryLock of fs-native-extensions. */
  tryLock(fd: number): boolean {
    return this.#now.tryLock(fd);
  }

  fsyncSync(fd: number): void {
    this.#now.sync(fd);
  }

  existsSync(path: string): boolean {
    return this.#now.exists(path);
  }

  readFileSync(path: string, encoding?: string): string | Buffer {
    const bytes = this.#now.readWhole(path);
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

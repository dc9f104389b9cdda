/** The local file system as a FileSystem (Hadoop: LocalFileSystem over RawLocalFileSystem). */
import { constants, type Stats } from 'node:fs';
import fs from 'node:fs/promises';
import os from 'node:os';
import { type Configuration, osUserName } from '../../conf/configuration.ts';
import { baseName, joinPath, normalizePath, parentPath } from '../../protocol/path.ts';
import { errorCode, hadoopError, isHadoopError, isNoSuchFile } from '../../runtime/errors.ts';
import { makeDirectories } from '../../runtime/files/make-directories.ts';
import type {
  BlockLocation,
  ContentSummary,
  CreateOptions,
  FileInput,
  FileOutput,
  FileStatus,
  FileSystem,
  FsStatus,
  RenameOptions,
} from '../filesystem/file-system.ts';
import { parseUmask } from '../filesystem/umask.ts';
import { localError, systemCall } from './local-errors.ts';
import { LocalInputStream, LocalOutputStream } from './local-streams.ts';
import { OsNames } from './os-names.ts';

/** fs.local.block.size */
const BLOCK_SIZE_BYTES = 32 * 1024 * 1024;
const LOCAL_NAME = 'localhost:9866';

/** The files of this machine as Hadoop's LocalFileSystem shows them: replication 1, blocks of 32 MiB, no `.name.crc` files. */
export class LocalFileSystem implements FileSystem {
  readonly uri = 'file://';
  readonly user = osUserName();
  readonly homeDirectory = normalizePath(os.homedir());
  readonly defaultReplication = 1;
  readonly defaultBlockSizeBytes = BLOCK_SIZE_BYTES;
  readonly #names = new OsNames();
  readonly #umask: number;

  constructor(options: { conf?: Configuration } = {}) {
    this.#umask = parseUmask(options.conf?.get('fs.permissions.umask-mode') ?? '022');
  }

  async getFileStatus(path: string): Promise<FileStatus> {
    const file = normalizePath(path);
    return this.#status(file, await this.#stat(file));
  }

  /** @throws FileNotFoundException also for a path below a file, as RawLocalFileSystem.getFileStatus of Hadoop */
  async #stat(file: string): Promise<Stats> {
    const stats = await this.#find(file);
    if (!stats) throw hadoopError('FileNotFoundException', `File file:${file} does not exist`);
    return stats;
  }

  #find(file: string): Promise<Stats | undefined> {
    return ifThere(file, fs.stat(file));
  }

  #status(path: string, stats: Stats): FileStatus {
    const isDirectory = stats.isDirectory();
    return {
      path,
      type: isDirectory ? 'DIRECTORY' : 'FILE',
      length: isDirectory ? 0 : stats.size,
      replication: isDirectory ? 0 : 1,
      blockSizeBytes: isDirectory ? 0 : BLOCK_SIZE_BYTES,
      modificationTimeMs: Math.floor(stats.mtimeMs),
      accessTimeMs: Math.floor(stats.atimeMs),
      permission: stats.mode & 0o1777,
      owner: this.#names.user(stats.uid),
      group: this.#names.group(stats.gid),
      hasAcl: false,
      isEncrypted: false,
      isErasureCoded: false,
      isSnapshottable: false,
    };
  }

  async *listStatus(path: string): AsyncIterable<FileStatus> {
    const file = normalizePath(path);
    const stats = await this.#stat(file);
    if (!stats.isDirectory()) {
      yield this.#status(file, stats);
      return;
    }
    const names = await systemCall(file, fs.readdir(file));
    for (const name of names.sort()) {
      if (name.startsWith('.') && name.endsWith('.crc')) continue;
      const child = joinPath(file, name);
      try {
        yield await this.getFileStatus(child);
      } catch (e) {
        // The entry is a dangling link, or the file was deleted meanwhile.
        if (!isHadoopError(e, 'FileNotFoundException')) throw e;
      }
    }
  }

  async getFileBlockLocations(path: string, start = 0, length = Number.MAX_SAFE_INTEGER): Promise<BlockLocation[]> {
    const { length: size } = await this.getFileStatus(path);
    const last = Math.min(start + length, size);
    const locations: BlockLocation[] = [];
    for (let offset = start - (start % BLOCK_SIZE_BYTES); offset < last; offset += BLOCK_SIZE_BYTES) {
      locations.push({
        offset,
        length: Math.min(BLOCK_SIZE_BYTES, size - offset),
        hosts: ['localhost'],
        names: [LOCAL_NAME],
        topologyPaths: [`/default-rack/${LOCAL_NAME}`],
        corrupt: false,
      });
    }
    return locations;
  }

  async open(path: string): Promise<FileInput> {
    const file = normalizePath(path);
    const handle = await systemCall(file, fs.open(file, 'r'), `File file:${file} does not exist`);
    const stats = await handle.stat();
    if (!stats.isDirectory()) return new LocalInputStream(handle, stats.size);
    await handle.close();
    throw hadoopError('FileNotFoundException', `${file} (Is a directory)`);
  }

  /** Refused, as Hadoop's ChecksumFileSystem refuses it, on which Hadoop's file:// is built. */
  append(): Promise<FileOutput> {
    const message = 'Append is not supported by ChecksumFileSystem';
    return Promise.reject(hadoopError('UnsupportedOperationException', message));
  }

  truncate(): Promise<boolean> {
    const message = 'Truncate is not supported by ChecksumFileSystem';
    return Promise.reject(hadoopError('UnsupportedOperationException', message));
  }

  concat(): Promise<void> {
    const message = 'Concat is not supported by ChecksumFileSystem';
    return Promise.reject(hadoopError('UnsupportedOperationException', message));
  }

  async create(path: string, options: CreateOptions = {}): Promise<FileOutput> {
    const file = normalizePath(path);
    if (options.createParent ?? true) await this.mkdirs(parentPath(file));
    const { O_WRONLY, O_CREAT, O_TRUNC, O_EXCL } = constants;
    const flags = O_WRONLY | O_CREAT | ((options.overwrite ?? true) ? O_TRUNC : O_EXCL);
    const mode = (options.permission ?? 0o666) & ~this.#umask;
    try {
      const handle = await fs.open(file, flags, mode);
      let isRegular = false;
      try {
        isRegular = (await handle.stat()).isFile();
        await fs.rm(joinPath(parentPath(file), `.${baseName(file)}.crc`), { force: true });
      } catch (e) {
        await handle.close();
        throw e;
      }
      return new LocalOutputStream(handle, isRegular);
    } catch (e) {
      if (errorCode(e) === 'EEXIST') throw hadoopError('FileAlreadyExistsException', `File already exists: ${file}`, e);
      throw localError(
        file,
        e,
        `${file} (${errorCode(e) === 'EISDIR' ? 'Is a directory' : 'No such file or directory'})`,
      );
    }
  }

  async mkdirs(path: string, permission = 0o777): Promise<void> {
    const file = normalizePath(path);
    try {
      await makeDirectories(file, permission & ~this.#umask);
    } catch (e) {
      if (errorCode(e) !== 'EEXIST') throw localError(file, e);
      throw hadoopError('FileAlreadyExistsException', `Destination exists and is not a directory: ${file}`, e);
    }
  }

  async mkdir(path: string, permission = 0o777): Promise<void> {
    const file = normalizePath(path);
    const parent = parentPath(file);
    await systemCall(
      file,
      fs.mkdir(file, { mode: permission & ~this.#umask }),
      `Parent directory doesn't exist: ${parent}`,
    );
  }

  async rename(source: string, destination: string): Promise<boolean> {
    const from = normalizePath(source);
    let to = normalizePath(destination);
    if (!(await this.#find(from)) || !(await this.#find(parentPath(to)))) return false;
    // A destination that is a directory takes the source into it, as in HDFS.
    if ((await this.#find(to))?.isDirectory()) to = joinPath(to, baseName(from));
    if (await this.#find(to)) return false;
    await systemCall(from, fs.rename(from, to));
    return true;
  }

  async renameStrict(source: string, destination: string, options: RenameOptions = {}): Promise<void> {
    const from = normalizePath(source);
    const to = normalizePath(destination);
    await this.#stat(from);
    if (!options.overwrite && (await this.#find(to))) {
      throw hadoopError('FileAlreadyExistsException', `rename destination ${to} already exists.`);
    }
    await systemCall(from, fs.rename(from, to), `rename destination parent ${parentPath(to)} not found.`);
  }

  async delete(path: string, recursive: boolean): Promise<boolean> {
    const file = normalizePath(path);
    const stats = await ifThere(file, fs.lstat(file));
    if (!stats) return false;
    if (!stats.isDirectory()) await systemCall(file, fs.unlink(file));
    else if (recursive) await systemCall(file, fs.rm(file, { recursive: true }));
    else if ((await systemCall(file, fs.readdir(file))).length > 0) {
      throw hadoopError('IOException', `Directory ${file} is not empty`);
    } else await systemCall(file, fs.rmdir(file));
    return true;
  }

  async setPermission(path: string, permission: number): Promise<void> {
    const file = normalizePath(path);
    await systemCall(file, fs.chmod(file, permission), `File file:${file} does not exist`);
  }

  async setOwner(path: string, owner: string | undefined, group: string | undefined): Promise<void> {
    const file = normalizePath(path);
    const stats = await this.#stat(file);
    const uid = owner === undefined ? stats.uid : this.#names.uid(owner);
    const gid = group === undefined ? stats.gid : this.#names.gid(group);
    if (uid === undefined) throw hadoopError('IOException', `chown: invalid user: '${owner}'`);
    if (gid === undefined) throw hadoopError('IOException', `chown: invalid group: '${group}'`);
    await systemCall(file, fs.chown(file, uid, gid));
  }

  async setTimes(path: string, modificationTimeMs: number, accessTimeMs: number): Promise<void> {
    const file = normalizePath(path);
    const stats = await this.#stat(file);
    const atimeMs = accessTimeMs >= 0 ? accessTimeMs : stats.atimeMs;
    const mtimeMs = modificationTimeMs >= 0 ? modificationTimeMs : stats.mtimeMs;
    await systemCall(file, fs.utimes(file, utimeSeconds(atimeMs), utimeSeconds(mtimeMs)));
  }

  /** Returns true: a local file keeps its one replica, whatever number is asked for (as Hadoop's FileSystem). */
  async setReplication(): Promise<boolean> {
    return true;
  }

  async getContentSummary(path: string): Promise<ContentSummary> {
    const status = await this.getFileStatus(path);
    const sum = { length: 0, fileCount: 0, directoryCount: 0 };
    const pending = [status];
    for (let next = pending.pop(); next; next = pending.pop()) {
      if (next.type === 'FILE') {
        sum.length += next.length;
        sum.fileCount++;
      } else {
        sum.directoryCount++;
        for await (const child of this.listStatus(next.path)) pending.push(child);
      }
    }
    return {
      ...sum,
      quota: -1,
      spaceConsumed: sum.length,
      spaceQuota: -1,
      snapshotLength: 0,
      snapshotFileCount: 0,
      snapshotDirectoryCount: 0,
      snapshotSpaceConsumed: 0,
      erasureCodingPolicy: '',
      typeQuotas: [],
    };
  }

  async getFileChecksum(path: string): Promise<undefined> {
    await this.getFileStatus(path);
  }

  async getStatus(): Promise<FsStatus> {
    const s = await fs.statfs('/');
    return {
      capacityBytes: s.blocks * s.bsize,
      usedBytes: (s.blocks - s.bfree) * s.bsize,
      remainingBytes: s.bavail * s.bsize,
    };
  }

  async close(): Promise<void> {
    // Nothing is kept open between calls.
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Returns the time for utimes(), which takes seconds and cuts them to microseconds. Half of one is added: the quotient may be
 * a little less than the time, which would then be read back as the millisecond before it.
 */
const utimeSeconds = (timeMs: number): number => (timeMs + 0.0005) / 1000;

/** Returns undefined if there is no such file. @throws HadoopError for a file that can't be looked at */
async function ifThere(file: string, stats: Promise<Stats>): Promise<Stats | undefined> {
  try {
    return await stats;
  } catch (e) {
    if (isNoSuchFile(e)) return undefined;
    throw localError(file, e);
  }
}

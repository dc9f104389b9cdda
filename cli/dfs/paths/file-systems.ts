/** The file systems of one shell command. */
import type { FileSystem } from '../../../client/filesystem/file-system.ts';
import { splitPath } from '../../../client/filesystem/path-text.ts';
import type { Configuration } from '../../../conf/configuration.ts';
import { hadoopError } from '../../../runtime/errors.ts';

/** Opens file systems: a real one for users, one in memory for tests. */
export interface FileSystemFactory {
  hdfs(uri: string): Promise<FileSystem>;
  local(): Promise<FileSystem>;
}

/** Opens each file system once and closes all of them together. */
export class FileSystems implements AsyncDisposable {
  readonly #conf: Configuration;
  readonly #factory: FileSystemFactory;
  readonly #opened = new Map<string, Promise<FileSystem>>();

  constructor(conf: Configuration, factory: FileSystemFactory) {
    this.#conf = conf;
    this.#factory = factory;
  }

  /**
   * Returns the file system of a scheme and authority, or that of fs.defaultFS if there is no scheme.
   * @throws HadoopError for an unknown scheme, and for `hdfs:///` if the default file system is no HDFS
   */
  get(scheme?: string, authority?: string): Promise<FileSystem> {
    const standard = splitPath(this.#conf.get('fs.defaultFS'));
    if (scheme === undefined) return this.#open(standard.scheme ?? 'file', standard.authority ?? '');
    if (authority || scheme === 'file') return this.#open(scheme, authority ?? '');
    if (scheme === 'hdfs' && !(standard.scheme === 'hdfs' && standard.authority)) {
      throw hadoopError('IOException', 'Incomplete HDFS URI, no host: hdfs:///');
    }
    return this.#open(scheme, standard.scheme === scheme ? (standard.authority ?? '') : '');
  }

  local(): Promise<FileSystem> {
    return this.#open('file', '');
  }

  #open(scheme: string, authority: string): Promise<FileSystem> {
    const uri = `${scheme}://${authority}`;
    const opened = this.#opened.get(uri) ?? this.#create(scheme, uri);
    this.#opened.set(uri, opened);
    return opened;
  }

  #create(scheme: string, uri: string): Promise<FileSystem> {
    if (scheme === 'file') return this.#factory.local();
    if (scheme === 'hdfs') return this.#factory.hdfs(uri);
    throw hadoopError('IOException', `No FileSystem for scheme "${scheme}"`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await Promise.allSettled(this.#opened.values());
    this.#opened.clear();
    await Promise.allSettled(
      opened.map(async (result) => (result.status === 'fulfilled' ? result.value.close() : undefined)),
    );
  }
}

/** Returns the directory that relative paths start at: the home directory, or this process's directory for local files. */
export function workingDirectory(fs: FileSystem): string {
  return isLocal(fs) ? process.cwd() : fs.homeDirectory;
}

export function isLocal(fs: FileSystem): boolean {
  return fs.uri.startsWith('file:');
}

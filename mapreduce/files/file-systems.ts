/** The file systems that a job, a task or a daemon has open. */
import type { FileSystem } from '../../client/filesystem/file-system.ts';
import { resolvePath, splitPath } from '../../client/filesystem/path-text.ts';
import { getFileSystem } from '../../client/get-file-system.ts';
import type { Configuration } from '../../conf/configuration.ts';

/** A path with its file system. */
export interface QualifiedPath {
  readonly fs: FileSystem;
  /** Absolute path, without scheme and authority. */
  readonly path: string;
  /** URI as Hadoop prints it: `hdfs://host:port/path` or `file:/path`. */
  readonly uri: string;
}

/** Open file systems of one user, one for each scheme and authority. Disposing closes all. */
export class FileSystems implements AsyncDisposable {
  readonly #open = new Map<string, FileSystem>();
  readonly #conf: Configuration;
  readonly #user: string | undefined;

  constructor(conf: Configuration, user?: string) {
    this.#conf = conf;
    this.#user = user;
  }

  /** Returns the file system of a URI such as `hdfs://host:port/a`; for a path without scheme, the default one. */
  get(uri: string): FileSystem {
    const { scheme, authority } = splitPath(uri);
    const key = `${scheme}://${authority}`;
    let fs = this.#open.get(key);
    if (!fs) {
      fs = getFileSystem(uri, this.#conf, this.#user === undefined ? {} : { user: this.#user });
      this.#open.set(key, fs);
    }
    return fs;
  }

  /** Takes a path with or without scheme. A relative path begins at the home directory; a local one, at the working directory. */
  qualify(text: string): QualifiedPath {
    const fs = this.get(text);
    const base = fs.uri.startsWith('file:') ? process.cwd() : fs.homeDirectory;
    const path = resolvePath(splitPath(text).path, base);
    return { fs, path, uri: uriOf(fs, path) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map((fs) => fs.close()));
  }
}

/** Returns the URI of a path; that of a local file is `file:/path`, as Hadoop's Path prints it. */
export function uriOf(fs: Pick<FileSystem, 'uri'>, path: string): string {
  return fs.uri.startsWith('file:') ? `file:${path}` : `${fs.uri}${path}`;
}

import type { FileSystem } from '../../client/filesystem/file-system.ts';
import { normalizePath } from '../../client/filesystem/path.ts';
import { getFileSystem, parsePath } from '../../client/get-file-system.ts';
import type { Configuration } from '../../conf/configuration.ts';

/** A path with its file system. */
export interface QualifiedPath {
  readonly fs: FileSystem;
  /** Absolute, without scheme. */
  readonly path: string;
  /** `hdfs://host:port/path` or `file:/path`, as Hadoop prints it. */
  readonly uri: string;
}

/** The file systems that one user's job, task or daemon has open, one per scheme and authority. */
export class FileSystems implements AsyncDisposable {
  readonly #open = new Map<string, FileSystem>();
  readonly #conf: Configuration;
  readonly #user: string | undefined;

  constructor(conf: Configuration, user?: string) {
    this.#conf = conf;
    this.#user = user;
  }

  /** The file system of a URI such as `hdfs://host:port/a`; the default one for a path without scheme. */
  get(uri: string): FileSystem {
    const { scheme, authority } = parsePath(uri);
    const key = `${scheme}://${authority}`;
    let fs = this.#open.get(key);
    if (!fs) {
      fs = getFileSystem(uri, this.#conf, this.#user === undefined ? {} : { user: this.#user });
      this.#open.set(key, fs);
    }
    return fs;
  }

  /** A path as people write it: with or without scheme; a relative one begins at the home or working directory. */
  qualify(text: string): QualifiedPath {
    const fs = this.get(text);
    const given = parsePath(text).path;
    const base = fs.uri.startsWith('file:') ? process.cwd() : fs.homeDirectory;
    const path = normalizePath(given.startsWith('/') ? given : `${base}/${given}`);
    return { fs, path, uri: uriOf(fs, path) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map((fs) => fs.close()));
  }
}

/** `file:/path` for local files, as Hadoop's Path prints them. */
export function uriOf(fs: Pick<FileSystem, 'uri'>, path: string): string {
  return fs.uri.startsWith('file:') ? `file:${path}` : `${fs.uri}${path}`;
}

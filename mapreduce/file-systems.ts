import { DistributedFileSystem } from '../client/distributed-file-system.ts';
import type { FileSystem } from '../client/file-system.ts';
import { LocalFileSystem } from '../client/local-file-system.ts';
import { normalizePath } from '../client/path.ts';
import type { Configuration } from '../conf/configuration.ts';
import { hadoopError } from '../protocol/errors.ts';

/** A path with its file system. */
export interface QualifiedPath {
  readonly fs: FileSystem;
  /** Absolute, without scheme. */
  readonly path: string;
  /** `hdfs://host:port/path` or `file:/path`, as Hadoop prints it. */
  readonly uri: string;
}

const SCHEME = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/]*))?(.*)$/i;

/** The file systems that one user's job, task or daemon has open, one per URI. */
export class FileSystems implements AsyncDisposable {
  readonly #open = new Map<string, FileSystem>();
  readonly #conf: Configuration;
  readonly #user: string | undefined;

  constructor(conf: Configuration, user?: string) {
    this.#conf = conf;
    this.#user = user;
  }

  /** The file system of a URI such as `hdfs://host:port` or `file:///`; the default one for ''. */
  get(uri: string): FileSystem {
    const match = SCHEME.exec(uri || this.#conf.get('fs.defaultFS'));
    const scheme = match?.[1]?.toLowerCase() ?? 'file';
    const key = scheme === 'file' ? 'file' : `${scheme}://${match?.[2] || this.#defaultAuthority(scheme)}`;
    let fs = this.#open.get(key);
    if (!fs) this.#open.set(key, (fs = this.#create(scheme, key)));
    return fs;
  }

  /** A path as people write it: with or without scheme; a relative one begins at the home or working directory. */
  qualify(text: string): QualifiedPath {
    const match = SCHEME.exec(text);
    const fs = this.get(match ? text : '');
    const given = match ? (match[3] ?? '') : text;
    const base = fs.uri.startsWith('file:') ? process.cwd() : fs.homeDirectory;
    const path = normalizePath(given.startsWith('/') ? given : `${base}/${given}`);
    return { fs, path, uri: uriOf(fs, path) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map((fs) => fs.close()));
  }

  #create(scheme: string, uri: string): FileSystem {
    if (scheme === 'file') return new LocalFileSystem({ conf: this.#conf });
    if (scheme === 'hdfs') {
      return new DistributedFileSystem({ conf: this.#conf, uri, ...(this.#user ? { user: this.#user } : {}) });
    }
    throw hadoopError('UnsupportedOperationException', `No FileSystem for scheme "${scheme}"`);
  }

  #defaultAuthority(scheme: string): string {
    const match = SCHEME.exec(this.#conf.get('fs.defaultFS'));
    if (match?.[1] === scheme && match[2]) return match[2];
    throw hadoopError('IOException', `Incomplete ${scheme} URI, no host, and fs.defaultFS names none`);
  }
}

/** `file:/path` for local files, as Hadoop's Path prints them. */
export function uriOf(fs: Pick<FileSystem, 'uri'>, path: string): string {
  return fs.uri.startsWith('file:') ? `file:${path}` : `${fs.uri}${path}`;
}

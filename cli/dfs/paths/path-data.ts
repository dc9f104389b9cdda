/** Paths with their status, and the expansion of globs. */
import type { FileStatus, FileSystem } from '../../../client/filesystem/file-system.ts';
import {
  comparePaths,
  joinPath,
  type PathParts,
  relativize,
  resolvePath,
  splitPath,
  unquoteGlob,
} from '../../../client/filesystem/path-text.ts';
import { baseName, parentPath } from '../../../protocol/path.ts';
import { isHadoopError } from '../../../runtime/errors.ts';
import { checkPathText } from './check-path-text.ts';
import { type FileSystems, workingDirectory } from './file-systems.ts';
import { PathError } from './path-error.ts';

/** A path with its text in the user's words, its file system and its status. PathData of Hadoop. */
export class PathData {
  readonly fs: FileSystem;
  /** The text that results and messages show: typed by the user, or derived from typed text. */
  readonly text: string;
  /** Absolute, without scheme. */
  readonly path: string;
  /** Undefined if the path does not exist. */
  status: FileStatus | undefined;

  constructor(fs: FileSystem, text: string, status: FileStatus | undefined) {
    this.fs = fs;
    this.text = text;
    this.path = resolvePath(splitPath(text).path, workingDirectory(fs));
    this.status = status;
  }

  /** Returns a path of a file system, with its status. */
  static async lookUp(fs: FileSystem, text: string): Promise<PathData> {
    const item = new PathData(fs, text, undefined);
    item.status = await statusOrUndefined(fs, item.path);
    return item;
  }

  /** Returns a path of the configured file systems. Characters of globs have no meaning in it. */
  static async of(text: string, fileSystems: FileSystems): Promise<PathData> {
    checkPathText(text);
    const { scheme, authority } = splitPath(text);
    return PathData.lookUp(await fileSystems.get(scheme, authority), text);
  }

  /** Returns a local path, with or without `file:`. If it does not exist, its percent escapes are decoded and tried. */
  static async local(text: string, fileSystems: FileSystems): Promise<PathData> {
    const { scheme, path } = splitPath(text);
    const item = await PathData.lookUp(await fileSystems.local(), scheme === undefined ? text : path);
    const decoded = item.exists ? undefined : percentDecoded(item.text);
    if (decoded === undefined) return item;
    const other = await PathData.lookUp(item.fs, decoded);
    return other.exists ? other : item;
  }

  get exists(): boolean {
    return this.status !== undefined;
  }

  get isDirectory(): boolean {
    return this.status?.type === 'DIRECTORY';
  }

  /** The path with scheme and authority. */
  get qualified(): string {
    return `${this.fs.uri}${this.path}`;
  }

  toString(): string {
    return this.text;
  }

  /** The status. @throws PathError if the path does not exist */
  get required(): FileStatus {
    if (!this.status) throw new PathError('notFound', this.text);
    return this.status;
  }

  /** Reads the status again. @throws PathError if the path does not exist any more */
  async refresh(): Promise<FileStatus> {
    this.status = await statusOrUndefined(this.fs, this.path);
    return this.required;
  }

  /** Whether the text can only mean a directory: `a/`, `.`, `a/..`. */
  get representsDirectory(): boolean {
    return ['', '.', '..'].includes(baseName(splitPath(this.text).path));
  }

  async parentExists(): Promise<boolean> {
    const parent = this.representsDirectory ? this.path : parentPath(this.path);
    return (await statusOrUndefined(this.fs, parent)) !== undefined;
  }

  /** Returns the text of an entry of this directory. A relative path stays relative. */
  childText(name: string): string {
    if (this.text === '.') return name;
    return splitPath(this.text).path.endsWith('/') ? this.text + name : `${this.text}/${name}`;
  }

  child(status: FileStatus): PathData {
    return new PathData(this.fs, this.childText(baseName(status.path)), status);
  }

  /** Returns the entry of this directory that has the name of another path. */
  async childNamedLike(other: PathData): Promise<PathData> {
    if (!this.exists) throw new PathError('notFound', this.text);
    if (!this.isDirectory) throw new PathError('isNotDirectory', this.text);
    return PathData.lookUp(this.fs, this.childText(baseName(other.path)));
  }

  async *entries(): AsyncIterable<PathData> {
    if (!this.exists) throw new PathError('notFound', this.text);
    if (!this.isDirectory) throw new PathError('isNotDirectory', this.text);
    for await (const status of this.fs.listStatus(this.path)) yield this.child(status);
  }

  async sortedEntries(): Promise<PathData[]> {
    const items: PathData[] = [];
    for await (const item of this.entries()) items.push(item);
    return items.sort((a, b) => comparePaths(a.path, b.path));
  }
}

async function statusOrUndefined(fs: FileSystem, path: string): Promise<FileStatus | undefined> {
  try {
    return await fs.getFileStatus(path);
  } catch (e) {
    if (isHadoopError(e, 'FileNotFoundException')) return undefined;
    throw e;
  }
}

function percentDecoded(text: string): string | undefined {
  if (!/^[^\s%]*(?:%[0-9a-f]{2}[^\s%]*)+$/i.test(text)) return undefined;
  try {
    return decodeURIComponent(text);
  } catch (e) {
    if (e instanceof URIError) return undefined;
    throw e;
  }
}

const GLOB = /[*?{}[\]\\]/;

/**
 * Returns the paths that a typed path or glob stands for, in order. A path that is no glob and does not exist is one item
 * without status. A glob without a match is no item.
 */
export async function expandGlob(pattern: string, fileSystems: FileSystems): Promise<PathData[]> {
  checkPathText(pattern);
  const parts = splitPath(pattern);
  const fs = await fileSystems.get(parts.scheme, parts.authority);
  const absolute = resolvePath(parts.path, workingDirectory(fs));
  const text = (path: string) => matchText(parts, path, workingDirectory(fs));
  if (!GLOB.test(pattern)) {
    const status = await statusOrUndefined(fs, absolute);
    return [new PathData(fs, status ? text(status.path) : pattern, status)];
  }
  const { globStatus } = await import('../../../client/filesystem/file-util.ts');
  const matches = await globStatus(fs, absolute);
  if (!matches) return [new PathData(fs, unquoteGlob(pattern), undefined)];
  return matches
    .map((status) => new PathData(fs, text(status.path), status))
    .sort((a, b) => comparePaths(a.path, b.path));
}

/** Returns the text of a match in the form of its pattern: with scheme and authority, absolute or relative. */
function matchText(parts: PathParts, path: string, cwd: string): string {
  if (parts.scheme !== undefined) return joinPath({ scheme: parts.scheme, authority: parts.authority ?? '', path });
  return parts.path.startsWith('/') ? path : relativize(cwd, path);
}
